"""Clients of each role over a store with a fortnight of cases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.staff import StaffRole
from hub.settings import Settings
from hub.sql.dialect import split_format
from hub.sql.roles import Visibility, base_tables_of, visibility_of
from hub.sql.users import VIEWS, SqlSession
from hub.store.client import Store
from tests.builders.fortnight import fill
from tests.hub.conftest import emptied

TOWNSHIP, UNIT = "421299001", "U-T"
ROLES = ("city", "auditor", "township", "unit")

Ask = Callable[..., str]
"""ask(role, sql, parameters): the answer in TSV, or the sentence of an error."""


def visibilities(store: Store) -> dict[str, Visibility]:
    """Return the visibility of each role."""
    base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    offices = {StaffRole.TOWNSHIP: TOWNSHIP, StaffRole.UNIT: UNIT}
    return {
        role: visibility_of(StaffRole(role), offices.get(role, ""), base_tables) for role in ROLES
    }


def answer_of(session: SqlSession, sql: str, parameters: dict[str, Any] | None = None) -> str:
    """Return the answer of the endpoint: the result, or the sentence of the error."""
    try:
        query, fmt = split_format(session.canonical(sql), "TabSeparated")
        return session.answer(query, fmt, parameters or {}).decode("utf-8", "replace")
    except (ValueError, ClickHouseError) as error:
        return str(error)


@pytest.fixture(scope="module")
def sessions(engine: Store, engine_settings: Settings) -> Iterator[dict[str, SqlSession]]:
    """Return a session of each role, over a store that is filled once for a test module.

    A test of one of these modules changes nothing, and does not also use the empty `store`.
    """
    store = emptied(engine)
    assert fill(store)
    settings = engine_settings.model_copy(update={"sql_seconds": 5, "sql_rows": 20_000})
    by_role = {
        role: SqlSession(settings, visibility, f"某{role}")
        for role, visibility in visibilities(store).items()
    }
    yield by_role
    for session in by_role.values():
        session.close()


@pytest.fixture
def ask(sessions: dict[str, SqlSession]) -> Ask:
    """Return a function that queries as a role."""

    def ask_as_role(role: str, sql: str, parameters: dict[str, Any] | None = None) -> str:
        return answer_of(sessions[role], sql, parameters)

    return ask_as_role
