"""Askers of each role over a store with a fortnight of cases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.staff import StaffRole
from hub.settings import Settings
from hub.sql.dialect import split_format
from hub.sql.roles import Sight, sight_of, uses
from hub.sql.users import VIEWS, Asker
from hub.store.client import Store
from tests.builders.fortnight import fill
from tests.hub.conftest import emptied

TOWNSHIP, UNIT = "421299001", "U-T"
ROLES = ("city", "auditor", "township", "unit")

Ask = Callable[..., str]
"""ask(role, sql, parameters): the answer in TSV, or the sentence of an error."""


def sights(store: Store) -> dict[str, Sight]:
    """Return the sight of each role."""
    resting = uses(dict(map(tuple, store.rows(VIEWS))))
    offices = {StaffRole.TOWNSHIP: TOWNSHIP, StaffRole.UNIT: UNIT}
    return {role: sight_of(StaffRole(role), offices.get(role, ""), resting) for role in ROLES}


def answer_of(asker: Asker, sql: str, parameters: dict[str, Any] | None = None) -> str:
    """Return what the endpoint would answer: the result, or the sentence of the error."""
    try:
        query, fmt = split_format(asker.canonical(sql), "TabSeparated")
        return asker.answer(query, fmt, parameters or {}).decode("utf-8", "replace")
    except (ValueError, ClickHouseError) as error:
        return str(error)


@pytest.fixture(scope="module")
def askers(engine: Store, engine_settings: Settings) -> Iterator[dict[str, Asker]]:
    """Return an asker of each role, over a store that is filled once for a file of tests.

    A test of such a file changes nothing, and does not ask for an empty `store` beside.
    """
    store = emptied(engine)
    assert fill(store)
    settings = engine_settings.model_copy(update={"sql_seconds": 5, "sql_rows": 20_000})
    by_role = {role: Asker(settings, sight, f"某{role}") for role, sight in sights(store).items()}
    yield by_role
    for asker in by_role.values():
        asker.close()


@pytest.fixture
def ask(askers: dict[str, Asker]) -> Ask:
    """Return what asks as a role."""

    def asked(role: str, sql: str, parameters: dict[str, Any] | None = None) -> str:
        return answer_of(askers[role], sql, parameters)

    return asked
