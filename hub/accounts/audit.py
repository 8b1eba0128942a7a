"""Audit 审计: who logged in, looked at contact details, commanded, exported.

Written before it is answered, so that nothing is seen that is not written down.
"""

import asyncio
import threading
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any

import click
import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.audit_chain import COLUMNS, NEVER, Head, chained, faults
from hub.accounts.session import Viewer
from hub.runtime.metrics import METERS, Metric
from hub.settings import Settings
from hub.store.client import Store
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.http import address_of

LAST = "SELECT at, hash FROM audit WHERE hash != '' ORDER BY at DESC, link DESC LIMIT 1"
ALL = "SELECT * FROM audit ORDER BY at"

log = structlog.get_logger()


class Look(StrEnum):
    """What was done."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    CONTACTS = "contacts"
    COMMAND = "command"
    EXPORT = "export"


class Audit:
    """Writes the table `audit`, one line after the other."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._chain, self._link = token_hex(8), 0
        self._head: Head | None = None
        self._writing = threading.Lock()

    async def note(
        self, request: web.Request, viewer: Viewer, what: Look, case_id: str = "", detail: str = ""
    ) -> None:
        """Write one line; raises what the store raises, and then nothing may be answered."""
        said = [
            *(datetime.now(UTC), viewer.name, str(viewer.role or "public"), viewer.unit, what),
            *(case_id or None, detail[:500], address_of(request, self._settings.proxies)),
        ]
        await asyncio.to_thread(self._write, said)
        if what in (Look.LOGIN, Look.LOGIN_FAILED):
            METERS.count(Metric.LOGINS, what)

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


def verify(settings: Settings, known: str) -> tuple[bool, str]:
    """Return whether the audit is whole, and what to say; `known` is a hash that must be in it.

    Raises `click.ClickException` where the store does not answer.
    """
    reader = Reader(settings)
    try:
        lines = reader.rows(ALL)
    except StoreAwayError as error:
        raise click.ClickException(str(error)) from error
    finally:
        reader.close()
    found = faults(lines, datetime.now(UTC), settings.keep_audit)
    if known and known not in {line["hash"] for line in lines}:
        found.append(f"no line has the hash {known}")
    loose = sum(1 for line in lines if not line["hash"])
    told = [f"{len(lines)} lines, {loose} of them from before there was a chain"]
    told += [f"the last hash is {lines[-1]['hash']}"] if lines and lines[-1]["hash"] else []
    return not found, "\n".join([*found, *told])
