"""The real engine, which a process can open once, and cheap password hashes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from hub.accounts import staff
from hub.settings import Settings
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from schemas.cases.case import Case
from tests.builders.fortnight import fill

TABLES = (
    "SELECT name FROM system.tables WHERE engine LIKE '%MergeTree'"
    " AND database = currentDatabase() AND name != 'migrations'"
)
CONTENT = """
SELECT table, count(), groupBitXor(cityHash64(hash_of_all_files)) FROM system.parts
WHERE active AND database = currentDatabase() AND table != 'migrations'
GROUP BY table ORDER BY table"""
"""What the tables contain. It changes with each insert, deletion and merge of parts."""


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash cheaply: tests check who may log in, not how long guessing takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        staff._dummy_hash.cache_clear()
        yield


@pytest.fixture(scope="session")
def engine_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of the engine."""
    return Settings(data=tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def engine(engine_settings: Settings) -> Iterator[Store]:
    """Return the engine in a folder; a process can open only one folder."""
    store = open_store(engine_settings)
    migrate(store)
    yield store
    store.close()


def emptied(engine: Store) -> Store:
    """Return the engine with empty tables."""
    for (name,) in engine.rows(TABLES):
        engine.command(f"TRUNCATE TABLE {name}")
    return engine


class Fortnight:
    """The cases of a fortnight in the store, which are filled in again only if something changed.

    To fill them takes far longer than most tests that read them.
    """

    FRESH = timedelta(minutes=1)
    """So old its cases may be: they count from now, and tests compare with now."""

    def __init__(self, engine: Store) -> None:
        self._engine, self._cases = engine, list[Case]()
        self._content: list[tuple[Any, ...]] = []
        self._until = datetime.min.replace(tzinfo=UTC)

    def in_store(self) -> list[Case]:
        """Return the cases; the store has exactly them."""
        if self._until < datetime.now(UTC) or self._content != self._engine.rows(CONTENT):
            self._until = datetime.now(UTC) + self.FRESH
            self._cases = fill(emptied(self._engine))
            self._content = self._engine.rows(CONTENT)
        return list(self._cases)


@pytest.fixture(scope="session")
def fortnight(engine: Store) -> Fortnight:
    """Return the fortnight that the tests of a process share."""
    return Fortnight(engine)


@pytest.fixture
def store(engine: Store, request: pytest.FixtureRequest) -> Store:
    """Return the engine with empty tables, or with the fortnight of the fixture `cases`."""
    return engine if "cases" in request.fixturenames else emptied(engine)


@pytest.fixture
def cases(fortnight: Fortnight) -> list[Case]:
    """Fill the store with a fortnight of cases."""
    return fortnight.in_store()
