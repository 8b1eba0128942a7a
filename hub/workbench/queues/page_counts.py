"""Counts of the pages in the navigation 导航计数: what waits or is late there, for each viewer.

What is late is counted once for all viewers: a query groups it by unit and place, and each viewer
sees the groups of his scope. So fifty open pages cost what one costs. A page does not wait for a
count that is a little old: it is counted again meanwhile. For service items it never waits: their
view reads every stage of each item, and takes seconds in a large city.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import sees_rows
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.workbench.navigation import Entry, PageCount, pages_of
from hub.workbench.queues.query import WAITING_ROWS
from hub.workbench.services import Services

KEPT_SECONDS = 10.0
LEAST_PAUSE = 10
"""A count is kept at least so many times as long as it took."""
MOST_KEPT = 500
"""Units whose occasions to rate are counted in memory; the oldest is dropped first."""
WHOLE_COUNTY = frozenset({StaffRole.CITY, StaffRole.AUDITOR})
ToRate = Callable[[Viewer], Awaitable[int | None]]
"""Returns how many departments a member may rate and has not rated; None if it is not known."""
Value = TypeVar("Value")

log = structlog.get_logger()


@dataclass(slots=True)
class _Kept(Generic[Value]):
    value: Value
    at: float
    seconds: float

    def is_old(self, now: float) -> bool:
        return now - self.at > max(KEPT_SECONDS, self.seconds * LEAST_PAUSE)


class _Count(Generic[Value]):
    """One count: the first reader waits for it, the others get the last one."""

    def __init__(
        self, query: Callable[[], Awaitable[Value]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._query, self._clock = query, clock
        self._kept: _Kept[Value] | None = None
        self._counting = asyncio.Lock()
        self._again: asyncio.Task[None] | None = None
        self._forgotten = 0

    async def get(self) -> Value:
        """Return the count; raises what the query raises if there is none yet."""
        kept = self._kept
        if kept is None:
            async with self._counting:
                kept = self._kept or await self._counted()
        else:
            self.newest()
        return kept.value

    def newest(self) -> Value | None:
        """Return the last count, and count again if it is old; None if there is none yet."""
        kept = self._kept
        is_due = kept is None or kept.is_old(self._clock())
        if is_due and (self._again is None or self._again.done()):
            self._again = asyncio.create_task(self._count_again())
        return kept.value if kept is not None else None

    def forget(self) -> None:
        """Count again at the next request."""
        self._kept = None
        self._forgotten += 1

    async def _count_again(self) -> None:
        try:
            async with self._counting:
                await self._counted()
        except ClickHouseError as error:
            log.warning("page_counts_not_counted", error=str(error))

    async def _counted(self) -> _Kept[Value]:
        started, forgotten = self._clock(), self._forgotten
        value = await self._query()
        now = self._clock()
        kept = _Kept(value, now, now - started)
        # What was counted before something changed is not kept.
        if forgotten == self._forgotten:
            self._kept = kept
        return kept


class PageCounts:
    """Counts what waits on the pages of viewers."""

    def __init__(
        self, services: Services, to_rate: ToRate, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._services, self._to_rate, self._clock = services, to_rate, clock
        self._waiting = {
            page: _Count(partial(services.rows, sql), clock) for page, sql in WAITING_ROWS.items()
        }
        self._rated: dict[str, _Count[int | None]] = {}

    async def of(self, viewer: Viewer) -> dict[str, int]:
        """Return the counts of the pages of a viewer by code, without those that are unknown."""
        codes = {entry.code for entry in pages_of(viewer) if entry.code}
        if viewer.role not in WHOLE_COUNTY:
            # Tasks that wait for the county are shown to the county.
            codes.discard(PageCount.BURDENS)
        counts: dict[str, int] = {}
        sees = sees_rows(viewer, self._services.register)
        for page, count in self._waiting.items():
            if page not in codes:
                continue
            rows = count.newest() if page is PageCount.SERVICES else await count.get()
            if rows is not None:
                counts[page] = sum(
                    int(row["rows"])
                    for row in rows
                    if sees(row["unit"], row["division_code"], row["grid_code"])
                    or sees(row.get("carried_by", ""), "", "")
                )
        if PageCount.RATINGS in codes:
            waiting = await self._ratings_of(viewer).get()
            counts |= {} if waiting is None else {PageCount.RATINGS: waiting}
        return counts

    async def entries(self, viewer: Viewer) -> list[Entry]:
        """Return the navigation entries of a viewer's pages."""
        counts = await self.of(viewer)
        return [replace(entry, count=counts.get(entry.code)) for entry in pages_of(viewer)]

    def forget(self, page: PageCount) -> None:
        """Count a page again at the next request: a form has just changed something."""
        if page is PageCount.RATINGS:
            self._rated.clear()
        else:
            self._waiting[page].forget()

    def _ratings_of(self, viewer: Viewer) -> _Count[int | None]:
        """Return the count of a unit: all its members may rate the same occasions."""

        async def waiting() -> int | None:
            return await self._to_rate(viewer)

        count = self._rated.setdefault(viewer.unit, _Count(waiting, self._clock))
        while len(self._rated) > MOST_KEPT:
            del self._rated[next(iter(self._rated))]
        return count
