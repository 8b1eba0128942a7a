"""Sessions 会话: who is logged in, kept on the server's side.

The cookie is a random id; the file `sessions.db` has its SHA-256 only, so neither the file nor any
key lets anybody make a cookie. A session ends at logout, when the member is removed or has another
password, role or unit, after idleness (`HUB_SESSION_IDLE_MINUTES`) and after `HUB_SESSION_HOURS`.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

import structlog
from aiohttp import web

from hub.accounts.staff import Member, StaffFile, StaffRole
from hub.runtime.paths import DataPaths
from hub.runtime.sqlite import open_durable, transaction
from hub.settings.accounts import AccountSettings
from hub.web.client_address import address_of, is_secure

COOKIE = "hub_session"
SECURE_PREFIX = "__Host-"
"""A browser takes a cookie of such a name by TLS only, for this host only, from no subdomain."""
CSRF_HEADER = "X-CSRF-Token"
MOST_EACH = 8
"""Sessions of one person; when another begins, the one that was used least lately ends."""
SEEN_EVERY = 30.0
"""Seconds between two writes of when a session was used last."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id_sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, issuer TEXT NOT NULL, role TEXT NOT NULL,
    unit TEXT NOT NULL, mark TEXT NOT NULL, csrf TEXT NOT NULL, created REAL NOT NULL,
    seen REAL NOT NULL, address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (issuer, name);
"""
BEGIN = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
END_ONE = "DELETE FROM sessions WHERE id_sha256 = ?"
END_ALL = "DELETE FROM sessions WHERE issuer = ? AND name = ?"
END_OLD = "DELETE FROM sessions WHERE created <= ? OR seen <= ?"
END_SURPLUS = """
DELETE FROM sessions WHERE id_sha256 IN (
    SELECT id_sha256 FROM sessions WHERE issuer = ? AND name = ? AND id_sha256 != ?
    ORDER BY seen DESC LIMIT -1 OFFSET ?)"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a member of staff, or the public, who has no role.

    `issuer` is the identity provider that has proved him, empty where the file of staff has.
    """

    name: str = ""
    role: StaffRole | None = None
    unit: str = ""
    csrf: str = ""
    issuer: str = ""


PUBLIC = Viewer()


class _Row(NamedTuple):
    id_sha256: str
    name: str
    issuer: str
    role: str
    unit: str
    mark: str
    csrf: str
    created: float
    seen: float
    address: str


class Sessions:
    """Begins, reads and ends sessions; several processes may share one file."""

    def __init__(self, settings: AccountSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._file = StaffFile(settings)
        self._using = threading.Lock()
        self._database = _open(settings)

    def begin(self, member: Member, request: web.Request, answer: web.StreamResponse) -> Viewer:
        """Begin a session of somebody who has just proved who he is, and set its cookie."""
        viewer = Viewer(member.name, member.role, member.unit, token_urlsafe(18))
        self._begin(viewer, member.mark, request, answer)
        return viewer

    def begin_proved(
        self,
        name: str,
        role: StaffRole,
        unit: str,
        request: web.Request,
        answer: web.StreamResponse,
    ) -> Viewer:
        """Begin a session of somebody whom the city's identity provider has proved.

        Role and unit hold as long as the session: who is removed there is out at its end.
        """
        viewer = Viewer(name, role, unit, token_urlsafe(18), self._settings.oidc_issuer)
        self._begin(viewer, "", request, answer)
        return viewer

    def viewer(self, request: web.Request, *, is_use: bool = True) -> Viewer:
        """Return who asks; without a valid session, the public.

        `is_use` is False for what a page does by itself: it keeps no session from idling out.
        """
        row = self._row(request)
        if row is None:
            return PUBLIC
        now = self._clock()
        if not self._is_valid(row, now):
            self._write_if_possible(END_ONE, row.id_sha256)
            return PUBLIC
        if is_use and now - row.seen >= SEEN_EVERY:
            change = "UPDATE sessions SET seen = ? WHERE id_sha256 = ?"
            self._write_if_possible(change, now, row.id_sha256)
        return Viewer(row.name, StaffRole(row.role), row.unit, row.csrf, row.issuer)

    def end(self, request: web.Request, answer: web.StreamResponse) -> None:
        """End the session that a request comes with, and take its cookie away."""
        row = self._row(request)
        if row is not None:
            self._write(END_ONE, row.id_sha256)
        secure = is_secure(request, self._settings.proxies)
        answer.del_cookie(cookie_name(COOKIE, secure=secure), path="/", secure=secure)

    def end_all(self, viewer: Viewer) -> int:
        """End all sessions of a person, wherever; return how many there were."""
        return self._write(END_ALL, viewer.issuer, viewer.name)

    def addresses(self) -> list[tuple[str, str]]:
        """Return names and addresses of the sessions that a password began and that are kept."""
        with self._using:
            found = self._database.execute(
                "SELECT DISTINCT name, address FROM sessions WHERE issuer = ''"
            )
            return [(str(name), str(address)) for name, address in found]

    def staff(self) -> dict[str, Member]:
        """Return the staff as the file has it now."""
        return self._file.members()

    async def close_at_end(self, _: web.Application) -> None:
        """Close the file: for an application's `on_cleanup`."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._database.close()

    def _begin(
        self, viewer: Viewer, mark: str, request: web.Request, answer: web.StreamResponse
    ) -> None:
        session_id, now = token_urlsafe(32), self._clock()
        former = self._row(request)
        row = _Row(
            _digest(session_id),
            viewer.name,
            viewer.issuer,
            str(viewer.role),
            viewer.unit,
            mark,
            viewer.csrf,
            now,
            now,
            address_of(request, self._settings.proxies),
        )
        with self._using, transaction(self._database):
            if former is not None:
                self._database.execute(END_ONE, (former.id_sha256,))
            self._database.execute(END_OLD, self._oldest(now))
            self._database.execute(BEGIN, row)
            surplus = (row.issuer, row.name, row.id_sha256, MOST_EACH - 1)
            self._database.execute(END_SURPLUS, surplus)
        secure = is_secure(request, self._settings.proxies)
        answer.set_cookie(
            cookie_name(COOKIE, secure=secure),
            session_id,
            max_age=int(self._settings.session_hours * 3600),
            httponly=True,
            samesite="Strict",
            secure=secure,
            path="/",
        )

    def _row(self, request: web.Request) -> _Row | None:
        secure = is_secure(request, self._settings.proxies)
        session_id = request.cookies.get(cookie_name(COOKIE, secure=secure), "")
        if not session_id:
            return None
        with self._using:
            found = self._database.execute(
                "SELECT * FROM sessions WHERE id_sha256 = ?", (_digest(session_id),)
            ).fetchone()
        return _Row(*found) if found else None

    def _is_valid(self, row: _Row, now: float) -> bool:
        created_after, seen_after = self._oldest(now)
        if row.created <= created_after or row.seen <= seen_after:
            return False
        if row.issuer:
            return row.issuer == self._settings.oidc_issuer
        member = self._file.members().get(row.name)
        return member is not None and (member.mark, str(member.role), member.unit) == (
            row.mark,
            row.role,
            row.unit,
        )

    def _oldest(self, now: float) -> tuple[float, float]:
        """Return before what a session must not have begun, and not have been used last."""
        idle = self._settings.session_idle_minutes * 60
        return now - self._settings.session_hours * 3600, now - idle if idle else 0.0

    def _write(self, sql: str, *values: object) -> int:
        with self._using, transaction(self._database):
            return self._database.execute(sql, values).rowcount

    def _write_if_possible(self, sql: str, *values: object) -> None:
        """Write what a request can do without: a full disk ends nobody's work on the page."""
        try:
            self._write(sql, *values)
        except sqlite3.Error as error:
            log.warning(
                "the file of sessions takes nothing",
                file=DataPaths(self._settings.data).sessions.name,
                error=str(error),
            )


def cookie_name(name: str, *, secure: bool) -> str:
    """Return a cookie's name: by TLS one that no plain connection and no subdomain can set."""
    return f"{SECURE_PREFIX}{name}" if secure else name


def _digest(session_id: str) -> str:
    return sha256(session_id.encode()).hexdigest()


def _open(settings: AccountSettings) -> sqlite3.Connection:
    path = DataPaths(settings.data).sessions
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made before SQLite does: it gives its journal files the mode of the database.
    path.touch(mode=0o600)
    path.chmod(0o600)
    return open_durable(path, SCHEMA)
