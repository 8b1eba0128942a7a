"""Counts of the queues 队列计数: one query for all queues of a viewer, kept for two seconds.

Members of one scope share a count, so fifty open pages cost what one costs.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from hub.accounts.permissions import Scope, scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.workbench.navigation import Entry
from hub.workbench.queues.catalogue import queues_of
from hub.workbench.queues.query import count_query
from hub.workbench.services import Services

KEPT_SECONDS = 2.0
MOST_KEPT = 500
"""Scopes whose counts are in memory; the oldest is dropped first."""


@dataclass(slots=True)
class _Kept:
    counts: dict[str, int]
    at: float


class QueueCounts:
    """Counts the queues of viewers."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services, self._clock = services, clock
        self._kept: dict[tuple[StaffRole | None, str], _Kept] = {}
        self._counting = asyncio.Lock()

    async def of(self, viewer: Viewer) -> dict[str, int]:
        """Return the number of cases of each queue of a viewer, at most `KEPT_SECONDS` old."""
        scope = scope_of(viewer, self._services.register)
        key = (viewer.role, repr(scope))
        async with self._counting:
            kept = self._kept.get(key)
            if kept is None or self._clock() - kept.at > KEPT_SECONDS:
                self._kept.pop(key, None)
                kept = self._kept[key] = _Kept(await self._count(viewer, scope), self._clock())
                while len(self._kept) > MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
        return kept.counts

    async def entries(self, viewer: Viewer) -> list[Entry]:
        """Return the navigation entries of a viewer's queues."""
        counts = await self.of(viewer)
        return [
            Entry(queue.address, queue.name, counts[queue.code], queue.key, queue.alarm, queue.code)
            for queue in queues_of(viewer.role)
        ]

    def forget(self) -> None:
        """Count again at the next request: a command has just changed something."""
        self._kept.clear()

    async def _count(self, viewer: Viewer, scope: Scope) -> dict[str, int]:
        sql, parameters = count_query(queues_of(viewer.role), scope)
        (row,) = await self._services.rows(sql, parameters)
        return {code: int(count) for code, count in row.items()}
