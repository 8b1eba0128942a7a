"""The real engine: a process can open one folder of it, so it is opened once."""

from collections.abc import Iterator

import pytest

from hub.settings import Settings
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from schemas.cases.case import Case
from tests.builders.fortnight import fill

TABLES = (
    "SELECT name FROM system.tables WHERE engine LIKE '%MergeTree'"
    " AND database = currentDatabase() AND name != 'migrations'"
)


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


@pytest.fixture
def store(engine: Store) -> Store:
    """Return the engine with empty tables."""
    return emptied(engine)


@pytest.fixture
def cases(store: Store) -> list[Case]:
    """Fill the store with a fortnight of cases."""
    return fill(store)
