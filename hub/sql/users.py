"""Users of SQL 查询用户: staff with their passwords, and the hub's own processes with a token.

Each member of the staff has an engine client of their own, with the limits and the row filter of
their role. It is read-only and cannot be made writable again.
"""

import threading
from secrets import token_hex, token_urlsafe
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.staff import OFFICE_ROLES, Member, StaffRole
from hub.accounts.staff_passwords import StaffPasswords
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import create_private
from hub.settings.sql import SqlSettings
from hub.sql.dialect import unescaped
from hub.sql.guard.catalogue import catalogue_of
from hub.sql.guard.check import KEYWORDS, Context, canonical, keywords_of, prepare
from hub.sql.guard.formats import reviewed_format
from hub.sql.guard.pinned import settings_of
from hub.sql.guard.refusals import failure, refusal
from hub.sql.roles import NoSqlAccessError, Visibility
from hub.store.client import reading_client
from streams.town.register import Register

VIEWS = (
    "SELECT name, as_select FROM system.tables WHERE engine = 'View'"
    " AND database = currentDatabase()"
)


MOST_SQL = 256 * 1024
"""Longest statement of the staff, in characters."""


def own_token(settings: SqlSettings) -> str:
    """Return the token of the hub's own processes; the first start of the store creates it."""
    path = DataPaths(settings.data).sql_token
    create_private(path, token_urlsafe(32))
    return path.read_text(encoding="utf-8")


class SqlSession:
    """A member's session on the engine: one client that runs one query at a time.

    Each query carries `mark` as its `log_comment`, so that it can be killed.
    """

    def __init__(self, settings: SqlSettings, visibility: Visibility, name: str = "staff") -> None:
        self.visibility, self.mark = visibility, f"asker-{token_hex(8)}"
        limits = _limits(settings)
        pinned = settings_of(visibility) | _filters(visibility)
        self._client = reading_client(settings, limits | pinned | {"log_comment": self.mark})
        self._lock = threading.Lock()
        self._context = Context(
            catalogue=catalogue_of(lambda sql: self._client.query(sql).result_rows, visibility),
            user=name,
            limits=limits | {"final": 1, "max_threads": 1, "readonly": 1},
            keywords=keywords_of(self._lines(KEYWORDS, {})),
        )

    def answer(self, sql: str, fmt: str, parameters: dict[str, Any]) -> bytes:
        """Return the result of a canonical statement; raises `RefusedError`, `FailedError`."""
        with self._lock:
            query = prepare(self._lines, sql, parameters, self.visibility, self._context)
            written = reviewed_format(fmt)
            try:
                return bytes(self._client.raw_query(query.sql, fmt=written))
            except ClickHouseError as error:
                raise failure(error) from error

    def canonical(self, sql: str) -> str:
        """Return the one statement as the engine writes it; raises as `answer` does."""
        if len(sql) > MOST_SQL:
            raise refusal(
                f"a statement of {len(sql)} characters is too long",
                f"use at most {MOST_SQL}, and send lists as parameters",
            )
        with self._lock:
            try:
                return canonical(self._lines, sql)
            except ClickHouseError as error:
                raise failure(error) from error

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _lines(self, sql: str, parameters: dict[str, Any]) -> list[str]:
        # `query` treats a statement that ends in LIMIT 0 as a request for column names, so
        # `raw_query`. Its default format is TabSeparated; a FORMAT would go to the inner SELECT.
        text = bytes(self._client.raw_query(sql, parameters)).decode("utf-8", "replace")
        return [unescaped(line.split("\t")[0]) for line in text.split("\n")[:-1]]


def _limits(settings: SqlSettings) -> dict[str, Any]:
    return {
        "max_execution_time": settings.sql_seconds,
        "max_result_rows": settings.sql_rows,
        "max_memory_usage": settings.sql_memory,
    }


def _filters(visibility: Visibility) -> dict[str, Any]:
    filters = ", ".join(f"'default.{table}': {_literal(rows)}" for table, rows in visibility.rows)
    return {"additional_table_filters": f"{{{filters}}}"}


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def office_of(member: Member, register: Register) -> str:
    """Return the area of a member's township or the code of their unit.

    Empty for roles that see the whole county. Raises `NoSqlAccessError`.
    """
    if member.role not in OFFICE_ROLES:
        raise NoSqlAccessError("grid workers have no access to SQL")
    if member.role is StaffRole.TOWNSHIP:
        unit = register.unit(member.unit)
        if unit is None:
            raise NoSqlAccessError(f"{member.unit} is not a unit of the register")
        return unit.area
    return member.unit if member.role is StaffRole.UNIT else ""


class SqlUsers(StaffPasswords):
    """Staff who may query, checked by name and password."""

    def __init__(self, settings: SqlSettings, register: Register) -> None:
        super().__init__(settings)
        self._register = register

    def office(self, member: Member) -> str:
        """Return the area or unit whose rows a member sees; raises `NoSqlAccessError`."""
        return office_of(member, self._register)
