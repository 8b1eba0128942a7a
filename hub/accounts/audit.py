"""Audit 审计: who logged in, looked at contact details, commanded, exported, was refused.

Written before it is answered, so that nothing is seen that is not written down. A refusal is
written with who and what was refused, never with what it would have shown.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any, Protocol

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.audit_chain import COLUMNS, NEVER, Head, chained
from hub.accounts.refusal_count import Refusal, RefusalCount
from hub.runtime.metrics import METERS, Metric
from hub.settings.store import StoreSettings
from hub.store.client import Store
from hub.web.client_address import address_of

LAST = "SELECT at, hash FROM audit WHERE hash != '' ORDER BY at DESC, link DESC LIMIT 1"
WRITE_COUNTS_EVERY = 20.0
"""Seconds between two looks for repeated refusals whose minute is over."""

log = structlog.get_logger()


class Look(StrEnum):
    """What was done, or refused."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGIN_REFUSED = "login_refused"
    """too many attempts"""
    LOGOUT = "logout"
    PASSWORD = "password"  # noqa: S105 - the name of an act, not a secret
    """somebody changed his own"""
    PASSWORD_FAILED = "password_failed"  # noqa: S105
    TOKEN_FAILED = "token_failed"  # noqa: S105
    """a caller of the case API without a token, or with a wrong one"""
    CONTACTS = "contacts"
    CONTACTS_REFUSED = "contacts_refused"
    """somebody who may not see them, or who gave no purpose"""
    COMMAND = "command"
    COMMAND_REFUSED = "command_refused"
    CASE_REFUSED = "case_refused"
    """a case that is not his"""
    EXPORT = "export"
    AUDIT_REFUSED = "audit_refused"
    SQL_REFUSED = "sql_refused"


LOGINS = frozenset({Look.LOGIN, Look.LOGIN_FAILED, Look.LOGIN_REFUSED})


class Somebody(Protocol):
    """Who is written down: a viewer of the page or a caller of the case API."""

    @property
    def name(self) -> str:
        """His name, empty for the public."""

    @property
    def role(self) -> StrEnum | None:
        """His role; None is the public."""

    @property
    def unit(self) -> str:
        """Code of his office, empty for the whole county."""


class Audit:
    """Writes the table `audit`, one line after the other."""

    def __init__(self, settings: StoreSettings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._chain, self._link = token_hex(8), 0
        self._head: Head | None = None
        self._writing = threading.Lock()
        self._refusals, self._counts = RefusalCount(), asyncio.Lock()

    async def note(
        self,
        request: web.Request,
        viewer: Somebody,
        what: Look,
        case_id: str = "",
        detail: str = "",
    ) -> None:
        """Write one line; raises what the store raises, and then nothing may be answered."""
        await self._write_line(self._line(request, viewer, what, case_id, detail))
        if what in LOGINS:
            METERS.count(Metric.LOGINS, what)

    async def note_refusal(
        self,
        request: web.Request,
        viewer: Somebody,
        what: Look,
        case_id: str = "",
        detail: str = "",
    ) -> None:
        """Write down that something was refused.

        The first ones of a kind in a minute are lines at once; further ones of the same person
        from the same address are counted, and the count is a line when the minute is over, so
        that a flood of them does not fill the audit. Where the store does not take a line it is
        counted and logged: the refusal stands.
        """
        line = self._line(request, viewer, what, case_id, detail)
        if what in LOGINS:
            METERS.count(Metric.LOGINS, what)
        refusal = Refusal(viewer.name, line[2], viewer.unit, str(what), line[7])
        counted = self._refusals.count(refusal, line[6], line[0])
        try:
            await self.write_counts(line[0])
            if not counted:
                await self._write_line(line)
        except ClickHouseError as error:
            if not counted:
                self._refusals.keep(refusal, line[6], line[0])
            log.warning(
                "a refusal is not audited yet", who=viewer.name, what=what, error=str(error)
            )

    async def write_counts(self, now: datetime, *, is_last: bool = False) -> None:
        """Write the counts of refusals whose minute is over, or all when this is the last time."""
        async with self._counts:
            for refusal, detail in self._refusals.over(now, is_last=is_last):
                who = [refusal.who, refusal.role, refusal.unit, refusal.what]
                await self._write_line([now, *who, None, detail[:500], refusal.address])

    async def counting(self, _: web.Application) -> AsyncIterator[None]:
        """Write counts as long as an application runs: for its `cleanup_ctx`."""
        task = asyncio.create_task(self._write_counts_forever())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(ClickHouseError):
            await self.write_counts(datetime.now(UTC), is_last=True)

    async def _write_counts_forever(self) -> None:
        while True:
            await asyncio.sleep(WRITE_COUNTS_EVERY)
            try:
                await self.write_counts(datetime.now(UTC))
            except ClickHouseError as error:
                log.warning("counts of refusals are not audited yet", error=str(error))

    def _line(
        self, request: web.Request, viewer: Somebody, what: Look, case_id: str, detail: str
    ) -> list[Any]:
        return [
            *(datetime.now(UTC), viewer.name, str(viewer.role or "public"), viewer.unit, str(what)),
            *(case_id or None, detail[:500], address_of(request, self._settings.proxies)),
        ]

    async def _write_line(self, line: list[Any]) -> None:
        await asyncio.to_thread(self._write, line)

    def _write(self, said: list[Any]) -> None:
        with self._writing:
            head = self._head or self._last()
            line = chained(said, self._chain, self._link + 1, head)
            try:
                self._store.insert("audit", COLUMNS, [[line[name] for name in COLUMNS]])
            except ClickHouseError:
                # It may be there all the same: what comes next begins a chain after what is there.
                self._chain, self._link, self._head = token_hex(8), 0, None
                raise
            self._link, self._head = self._link + 1, Head(line["at"], line["hash"])
        log.info("audited", chain=self._chain, link=self._link, hash=line["hash"])

    def _last(self) -> Head:
        rows = self._store.rows(LAST)
        return Head(*rows[0]) if rows else Head(NEVER)
