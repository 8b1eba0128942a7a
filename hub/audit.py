"""Audit 审计: who logged in, looked at contact details, commanded, exported.

Written before it is answered, so that nothing is seen that is not written down.
"""

import asyncio
from datetime import UTC, datetime
from enum import StrEnum

from aiohttp import web

from hub.metrics import METERS, Metric
from hub.progress_http import address_of
from hub.session import Viewer
from hub.settings import Settings
from hub.store import Store

COLUMNS = ("at", "who", "role", "unit", "what", "case_id", "detail", "address")


class Look(StrEnum):
    """What was done."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    CONTACTS = "contacts"
    COMMAND = "command"
    EXPORT = "export"


class Audit:
    """Writes the table `audit`."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store

    async def note(
        self, request: web.Request, viewer: Viewer, what: Look, case_id: str = "", detail: str = ""
    ) -> None:
        """Write one line; raises what the store raises, and then nothing may be answered."""
        line = [
            *(datetime.now(UTC), viewer.name, str(viewer.role or "public"), viewer.unit, what),
            *(case_id or None, detail[:500], address_of(request, self._settings.proxies)),
        ]
        await asyncio.to_thread(self._store.insert, "audit", COLUMNS, [line])
        if what in (Look.LOGIN, Look.LOGIN_FAILED):
            METERS.count(Metric.LOGINS, what)
