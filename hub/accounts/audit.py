"""Audit 审计: log-ins, views of contact details, commands, exports and refusals.

The hub writes the audit line before it responds, so no data is shown without a line about it. A
refusal is recorded with the person and the action, never with the protected data.
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

from hub.accounts.audit_chain import COLUMNS, NEVER, Head, next_line
from hub.accounts.refusal_count import Refusal, RefusalCount
from hub.runtime.metrics import METERS, Metric
from hub.settings.store import StoreSettings
from hub.store.client import Store
from hub.web.client_address import address_of

LAST_LINE = "SELECT at, hash FROM audit WHERE hash != '' ORDER BY at DESC, link DESC LIMIT 1"
FLUSH_EVERY = 20.0
"""Seconds between two writes of the counts of repeated refusals."""

log = structlog.get_logger()


class AuditAction(StrEnum):
    """What a person did, or was refused."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGIN_REFUSED = "login_refused"
    """too many attempts"""
    LOGOUT = "logout"
    PASSWORD = "password"  # noqa: S105 - the name of an action, not a secret
    """a member changed his own password"""
    PASSWORD_FAILED = "password_failed"  # noqa: S105
    TOKEN_FAILED = "token_failed"  # noqa: S105
    """an API was called without a token, or with a wrong one"""
    CONTACTS = "contacts"
    CONTACTS_REFUSED = "contacts_refused"
    """the viewer may not see them, or stated no purpose"""
    PERSON_SEARCH = "person_search"
    """cases were searched by phone, ID number, mail address, name, or the reporter of a case"""
    COMMAND = "command"
    COMMAND_REFUSED = "command_refused"
    CASE_REFUSED = "case_refused"
    """a case outside the viewer's scope"""
    WEBHOOK = "webhook"
    """a message was sent again, or a receiver enabled"""
    ENTRY = "entry"
    """a report was entered by hand 人工录入"""
    PROJECT = "project"
    """a project was registered or changed 村居项目"""
    DELIBERATION = "deliberation"
    """a topic was put on the agenda, or a step was written down 议事"""
    RATING = "rating"
    """a member rated a department; the line does not have the rating"""
    RATING_REFUSED = "rating_refused"
    """the unit had not asked the department in this case"""
    EXPORT = "export"
    FIGURES = "figures"
    """a province read the figures of the city 上报"""
    AUDIT_REFUSED = "audit_refused"
    SQL_REFUSED = "sql_refused"
    MODELS = "models"
    """other models were put into use: hub learn adopt, hub learn back"""
    PLACE_NAME = "place_name"
    """a place name was accepted or refused: hub places"""
    TASK = "task"
    """a task from above was registered, or the county decided about it"""
    REGISTER_LOAD = "register_load"
    """a base register got another version: hub registers load"""
    FIRM_CHOICE = "firm_choice"
    """a member said which firm of the register a report means"""
    REGISTER_LOOK = "register_look"
    """an entry of a base register was opened for a purpose, by a page or hub registers show"""
    REGISTER_MISS = "register_miss"
    """a member typed or sent what names nobody whom he may open"""
    REGISTER_LIST = "register_list"
    """the people of a grid and class were listed, without names"""
    REGISTER_REFUSED = "register_refused"
    """no right, no purpose in words, or over the day's limit"""
    REGISTER_RIGHT = "register_right"
    """a member got or lost the right to look into the register of people"""


OPERATOR = "operator"
"""Role of whoever runs a command on the machine: the data folder belongs to his account."""
LOGINS = frozenset({AuditAction.LOGIN, AuditAction.LOGIN_FAILED, AuditAction.LOGIN_REFUSED})


class Principal(Protocol):
    """The person or program of an audit line: a viewer of the page or a caller of the case API."""

    @property
    def name(self) -> str:
        """Name; empty for the public."""

    @property
    def role(self) -> StrEnum | None:
        """Role; None for the public."""

    @property
    def unit(self) -> str:
        """Code of the office; empty for the whole county."""


class Audit:
    """Writes the table `audit`, one line at a time."""

    def __init__(self, settings: StoreSettings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._chain, self._link = token_hex(8), 0
        self._head: Head | None = None
        self._writing = threading.Lock()
        self._refusals, self._flushing = RefusalCount(), asyncio.Lock()

    async def note(
        self,
        request: web.Request,
        viewer: Principal,
        what: AuditAction,
        case_id: str = "",
        detail: str = "",
    ) -> None:
        """Write one line. Raises the store's error; then the request must not be answered."""
        await self._write_line(self._line(request, viewer, what, case_id, detail))
        if what in LOGINS:
            METERS.count(Metric.LOGINS, what)

    def note_operator(self, who: str, what: AuditAction, detail: str) -> None:
        """Write one line about a command on this machine, by the name of the system account.

        Raises the store's error; then the command must not take effect.
        """
        self._write([datetime.now(UTC), who, OPERATOR, "", str(what), None, detail[:500], ""])

    async def note_refusal(
        self,
        request: web.Request,
        viewer: Principal,
        what: AuditAction,
        case_id: str = "",
        detail: str = "",
    ) -> None:
        """Write a line about a refusal, or count it.

        The first refusals of a kind in a minute are written at once. Further ones of the same
        person from the same address are counted, and the count becomes one line after the minute,
        so a flood of refusals does not fill the audit. If the store fails, the refusal is counted
        and logged, and the caller still answers with the refusal.
        """
        line = self._line(request, viewer, what, case_id, detail)
        if what in LOGINS:
            METERS.count(Metric.LOGINS, what)
        refusal = Refusal(viewer.name, line[2], viewer.unit, str(what), line[7])
        only_counted = self._refusals.count(refusal, line[6], line[0])
        try:
            await self._flush(line[0])
            if not only_counted:
                await self._write_line(line)
        except ClickHouseError as error:
            if not only_counted:
                self._refusals.add(refusal, line[6], line[0])
            log.warning("refusal_audit_delayed", who=viewer.name, what=what, error=str(error))

    async def _flush(self, now: datetime, *, is_last: bool = False) -> None:
        """Write the counts of refusals whose minute is over; all counts if `is_last`."""
        async with self._flushing:
            for refusal, detail in self._refusals.drain(now, is_last=is_last):
                columns = [refusal.who, refusal.role, refusal.unit, refusal.what]
                await self._write_line([now, *columns, None, detail[:500], refusal.address])

    async def flush_counts(self, _: web.Application) -> AsyncIterator[None]:
        """Write counts while an application runs; for its `cleanup_ctx`."""
        task = asyncio.create_task(self._flush_forever())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(ClickHouseError):
            await self._flush(datetime.now(UTC), is_last=True)

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            try:
                await self._flush(datetime.now(UTC))
            except ClickHouseError as error:
                log.warning("refusal_counts_delayed", error=str(error))

    def _line(
        self, request: web.Request, viewer: Principal, what: AuditAction, case_id: str, detail: str
    ) -> list[Any]:
        return [
            *(datetime.now(UTC), viewer.name, str(viewer.role or "public"), viewer.unit, str(what)),
            *(case_id or None, detail[:500], address_of(request, self._settings.proxies)),
        ]

    async def _write_line(self, line: list[Any]) -> None:
        await asyncio.to_thread(self._write, line)

    def _write(self, content: list[Any]) -> None:
        with self._writing:
            head = self._head or self._last()
            line = next_line(content, self._chain, self._link + 1, head)
            try:
                self._store.insert("audit", COLUMNS, [[line[name] for name in COLUMNS]])
            except ClickHouseError:
                # The line may be stored in spite of the error, so the next line starts a new chain
                # after the last line that the table has then.
                self._chain, self._link, self._head = token_hex(8), 0, None
                raise
            self._link, self._head = self._link + 1, Head(line["at"], line["hash"])
        log.info("audited", chain=self._chain, link=self._link, hash=line["hash"])

    def _last(self) -> Head:
        rows = self._store.rows(LAST_LINE)
        return Head(*rows[0]) if rows else Head(NEVER)
