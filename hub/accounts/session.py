"""Sessions 会话: who is logged in. They are stored on the server.

The cookie is a random id. The file `sessions.db` has only its SHA-256, so a cookie cannot be forged
from the file or from a key. A session ends at logout, when the member is removed or gets another
password, role or unit, after `HUB_SESSION_IDLE_MINUTES` without use, and after `HUB_SESSION_HOURS`.
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
"""Browsers accept a cookie with this prefix only over TLS, for this host, not from a subdomain."""
CSRF_HEADER = "X-CSRF-Token"
MOST_SESSIONS = 8
"""Sessions of one person; a further one ends the session that is unused for longest."""
WRITE_USE_EVERY = 30.0
"""Seconds between two writes of the time of last use of a session."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id_sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, issuer TEXT NOT NULL, role TEXT NOT NULL,
    unit TEXT NOT NULL, mark TEXT NOT NULL, csrf TEXT NOT NULL, created REAL NOT NULL,
    seen REAL NOT NULL, address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (issuer, name);
"""
INSERT = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
DELETE = "DELETE FROM sessions WHERE id_sha256 = ?"
DELETE_ALL = "DELETE FROM sessions WHERE issuer = ? AND name = ?"
DELETE_EXPIRED = "DELETE FROM sessions WHERE created <= ? OR seen <= ?"
DELETE_SURPLUS = """
DELETE FROM sessions WHERE id_sha256 IN (
    SELECT id_sha256 FROM sessions WHERE issuer = ? AND name = ? AND id_sha256 != ?
    ORDER BY seen DESC LIMIT -1 OFFSET ?)"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who uses the page: a member of staff, or the public, which has no role.

    `issuer` is the identity provider of the login; empty for a login by password.
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
    """Creates, reads and ends sessions; several processes may share one file."""

    def __init__(self, settings: AccountSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._file = StaffFile(settings)
        self._using = threading.Lock()
        self._database = _open(settings)

    def begin(self, member: Member, request: web.Request, response: web.StreamResponse) -> Viewer:
        """Create a session after a login by password, and set its cookie on the response."""
        viewer = Viewer(member.name, member.role, member.unit, token_urlsafe(18))
        self._begin(viewer, member.password_mark, request, response)
        return viewer

    def begin_oidc(
        self,
        name: str,
        role: StaffRole,
        unit: str,
        request: web.Request,
        response: web.StreamResponse,
    ) -> Viewer:
        """Create a session after a login at the city's identity provider, and set its cookie.

        Role and unit stay for the whole session: a person removed at the provider keeps access
        until the session ends.
        """
        viewer = Viewer(name, role, unit, token_urlsafe(18), self._settings.oidc_issuer)
        self._begin(viewer, "", request, response)
        return viewer

    def viewer(self, request: web.Request, *, is_use: bool = True) -> Viewer:
        """Return the viewer of a request; the public if it has no valid session.

        `is_use` is False for requests that a page sends by itself: they do not prolong a session.
        """
        row = self._row(request)
        if row is None:
            return PUBLIC
        now = self._clock()
        if not self._is_valid(row, now):
            self._write_if_possible(DELETE, row.id_sha256)
            return PUBLIC
        if is_use and now - row.seen >= WRITE_USE_EVERY:
            change = "UPDATE sessions SET seen = ? WHERE id_sha256 = ?"
            self._write_if_possible(change, now, row.id_sha256)
        return Viewer(row.name, StaffRole(row.role), row.unit, row.csrf, row.issuer)

    def end(self, request: web.Request, response: web.StreamResponse) -> None:
        """End the session of a request, and delete its cookie in the response."""
        row = self._row(request)
        if row is not None:
            self._write(DELETE, row.id_sha256)
        secure = is_secure(request, self._settings.proxies)
        response.del_cookie(cookie_name(COOKIE, secure=secure), path="/", secure=secure)

    def end_all(self, viewer: Viewer) -> int:
        """End all sessions of a person on all devices; return their number."""
        return self._write(DELETE_ALL, viewer.issuer, viewer.name)

    def addresses(self) -> list[tuple[str, str]]:
        """Return names and addresses of the stored sessions that began with a password."""
        with self._using:
            rows = self._database.execute(
                "SELECT DISTINCT name, address FROM sessions WHERE issuer = ''"
            )
            return [(str(name), str(address)) for name, address in rows]

    def staff(self) -> dict[str, Member]:
        """Return the members of staff by name, as the file has them now."""
        return self._file.members()

    async def close_at_end(self, _: web.Application) -> None:
        """Close the file; for an application's `on_cleanup`."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._database.close()

    def _begin(
        self, viewer: Viewer, mark: str, request: web.Request, response: web.StreamResponse
    ) -> None:
        session_id, now = token_urlsafe(32), self._clock()
        previous = self._row(request)
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
            if previous is not None:
                self._database.execute(DELETE, (previous.id_sha256,))
            self._database.execute(DELETE_EXPIRED, self._cutoffs(now))
            self._database.execute(INSERT, row)
            surplus = (row.issuer, row.name, row.id_sha256, MOST_SESSIONS - 1)
            self._database.execute(DELETE_SURPLUS, surplus)
        secure = is_secure(request, self._settings.proxies)
        response.set_cookie(
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
            row = self._database.execute(
                "SELECT * FROM sessions WHERE id_sha256 = ?", (_digest(session_id),)
            ).fetchone()
        return _Row(*row) if row else None

    def _is_valid(self, row: _Row, now: float) -> bool:
        created_after, used_after = self._cutoffs(now)
        if row.created <= created_after or row.seen <= used_after:
            return False
        if row.issuer:
            return row.issuer == self._settings.oidc_issuer
        member = self._file.members().get(row.name)
        return member is not None and (member.password_mark, str(member.role), member.unit) == (
            row.mark,
            row.role,
            row.unit,
        )

    def _cutoffs(self, now: float) -> tuple[float, float]:
        """Return two times: sessions created, or last used, at or before them have expired."""
        idle = self._settings.session_idle_minutes * 60
        return now - self._settings.session_hours * 3600, now - idle if idle else 0.0

    def _write(self, sql: str, *values: object) -> int:
        with self._using, transaction(self._database):
            return self._database.execute(sql, values).rowcount

    def _write_if_possible(self, sql: str, *values: object) -> None:
        """Write something that a request does not depend on: a full disk must not stop work."""
        try:
            self._write(sql, *values)
        except sqlite3.Error as error:
            log.warning(
                "session_write_failed",
                file=DataPaths(self._settings.data).sessions.name,
                error=str(error),
            )


def cookie_name(name: str, *, secure: bool) -> str:
    """Return a cookie's name; over TLS with a prefix that plain HTTP and subdomains cannot set."""
    return f"{SECURE_PREFIX}{name}" if secure else name


def _digest(session_id: str) -> str:
    return sha256(session_id.encode()).hexdigest()


def _open(settings: AccountSettings) -> sqlite3.Connection:
    path = DataPaths(settings.data).sessions
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Create the file before SQLite does: SQLite gives its journal files the mode of the database.
    path.touch(mode=0o600)
    path.chmod(0o600)
    return open_durable(path, SCHEMA)
