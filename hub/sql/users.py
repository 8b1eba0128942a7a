"""Users of the SQL endpoint 查询用户: staff with their passwords, and the hub's own processes.

Each has a client of the engine of his own, with his limits and his rows; it is read-only for ever.
"""

import hmac
import threading
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from hub.accounts.staff import Member, StaffFile, StaffRole, verify
from hub.runtime.private_file import create_private
from hub.settings import Settings
from hub.sql.guard import canonical, check
from hub.sql.roles import Sight, UnsightedError, sight_of, uses
from hub.store.client import Store, reading_client
from hub.store.reader import OWN
from streams.town.register import Register

VIEWS = (
    "SELECT name, as_select FROM system.tables WHERE engine = 'View'"
    " AND database = currentDatabase()"
)


def own_token(settings: Settings) -> str:
    """Return the password of the hub's own processes; made at the first start of the store."""
    path = settings.sql_token
    create_private(path, token_urlsafe(32))
    return path.read_text(encoding="utf-8")


class Asker:
    """One user's way to the engine; one question at a time."""

    def __init__(self, settings: Settings, sight: Sight | None) -> None:
        self.sight = sight
        self._client = reading_client(settings, _limits(settings, sight) if sight else {})
        self._one_at_a_time = threading.Lock()

    def answer(self, sql: str, fmt: str, parameters: dict[str, Any]) -> bytes:
        """Return the result; raises `RefusedError` and `ClickHouseError`."""
        with self._one_at_a_time:
            check(self._lines, sql, parameters, self.sight)
            return bytes(self._client.raw_query(sql, parameters, fmt=fmt))

    def canonical(self, sql: str) -> str:
        """Return the one statement as the engine writes it; raises `ClickHouseError`."""
        with self._one_at_a_time:
            return canonical(self._lines, sql)

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _lines(self, sql: str, parameters: dict[str, Any]) -> list[str]:
        return [str(row[0]) for row in self._client.query(sql, parameters).result_rows]


def _limits(settings: Settings, sight: Sight) -> dict[str, Any]:
    filters = ", ".join(f"'default.{table}': {_literal(rows)}" for table, rows in sight.rows)
    return {
        "max_execution_time": settings.sql_seconds,
        "max_result_rows": settings.sql_rows,
        "max_memory_usage": settings.sql_memory,
        "max_threads": 1,
        "additional_table_filters": f"{{{filters}}}",
    }


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def office_of(member: Member, register: Register) -> str:
    """Return the area of somebody's township, or the code of his unit; raises `UnsightedError`."""
    if member.role is StaffRole.TOWNSHIP:
        unit = register.unit(member.unit)
        if unit is None:
            raise UnsightedError(f"{member.unit} is no unit of the register")
        return unit.area
    return member.unit if member.role is StaffRole.UNIT else ""


class SqlUsers:
    """Who may ask, by name and password."""

    def __init__(self, settings: Settings, store: Store, register: Register) -> None:
        self._settings, self._register = settings, register
        self._token = own_token(settings)
        self._resting = uses(dict(map(tuple, store.rows(VIEWS))))
        self._staff = StaffFile(settings)
        self._known: dict[tuple[str, str], str] = {}
        self._askers: dict[tuple[str, Sight | None], Asker] = {}
        self._opening = threading.Lock()

    def asker(self, name: str, password: str) -> Asker | None:
        """Return the way of whoever this is, or None; raises `UnsightedError`."""
        if name == OWN:
            right = hmac.compare_digest(password.encode(), self._token.encode())
            return self._open(name, None) if right else None
        member = self._proved(name, password)
        if member is None:
            return None
        return self._open(
            name, sight_of(member.role, office_of(member, self._register), self._resting)
        )

    def close(self) -> None:
        """Close all clients."""
        for asker in self._askers.values():
            asker.close()

    def remembers(self, name: str, password: str) -> bool:
        """Whether this password has been proved before; takes no time."""
        member = self._staff.members().get(name)
        return member is not None and self._known.get(self._proof(name, password)) == member.mark

    def member(self, name: str) -> Member | None:
        """Return somebody of the staff by his name."""
        return self._staff.members().get(name)

    def _proved(self, name: str, password: str) -> Member | None:
        """Return the member who has this password.

        A proof is remembered until his password changes: Argon2 is slow by intent, and a client
        proves itself at every question.
        """
        if self.remembers(name, password):
            return self.member(name)
        member = verify(self._staff.members(), name, password)
        if member is not None:
            self._known[self._proof(name, password)] = member.mark
        return member

    def _proof(self, name: str, password: str) -> tuple[str, str]:
        return name, sha256(f"{self._token}\n{password}".encode()).hexdigest()

    def _open(self, name: str, sight: Sight | None) -> Asker:
        with self._opening:
            if (name, sight) not in self._askers:
                self._askers[name, sight] = Asker(self._settings, sight)
            return self._askers[name, sight]
