"""`hub registers` with a ClickHouse server: the installed engine behind HTTP stands for one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.admin.community.registers import list_versions, load_register, show_entry
from hub.registers.load import Terms
from hub.registers.tables import RegisterTables, Way
from hub.runtime.errors import HubError
from hub.runtime.process import listen
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.store.client import Store
from schemas.registers.entry import RegisterKind
from tests.builders.register_files import PEOPLE, id_number, person, write_csv
from tests.integration.engine_server import EngineServer
from tests.integration.parts import free_port

GRID = "429999001001001"
"""A grid of the shipped town."""


def while_served(store: Store, folder: Path, work: Callable[[Settings], None]) -> None:
    """Serve the engine as a server, and do the work of a command in a thread."""
    settings = Settings(data=folder, clickhouse=f"http://127.0.0.1:{free_port()}?compress=false")

    async def scenario() -> None:
        port = int(settings.clickhouse.rpartition(":")[2].partition("?")[0])
        runner = await listen(EngineServer(store).app, "127.0.0.1", port)
        try:
            await asyncio.to_thread(work, settings)
        finally:
            await runner.cleanup()

    make_sealer(settings)
    asyncio.run(scenario())


def test_registers_are_loaded_and_shown_through_a_server(store: Store, tmp_path: Path) -> None:
    """In full and by changes; versions and entries are read through the server too."""

    def load(settings: Settings, way: Way, *rows: tuple[str, ...]) -> str:
        file = write_csv(tmp_path / "people.csv", [PEOPLE, *rows])
        return load_register(settings, RegisterKind.PEOPLE, [file], Terms(way), lambda _: None)

    def work(settings: Settings) -> None:
        rows = [person(each, GRID) for each in range(300)]
        assert "version 1 is in use: 300 entries, 300 added" in load(settings, Way.FULL, *rows)
        changes = (person(300, GRID), person(1, "", "", "死亡"))
        assert "301 entries, 1 added, 1 changed" in load(settings, Way.CHANGES, *changes)
        assert [row["in_use"] for row in list_versions(settings, "people", 5)] == [True, False]
        shown = show_entry(settings, RegisterKind.PEOPLE, id_number(7), "核实走访情况")
        assert shown["name"] == "王7"
        with pytest.raises(HubError, match="rows have faults"):
            load(settings, Way.FULL, ("王", "123", GRID))

    while_served(store, tmp_path / "data", work)
    assert store.rows("SELECT count() FROM people FINAL") == [(301,)]
    assert store.rows("EXISTS TABLE people_next") == [(0,)]


class Recording(Store):
    """A store that records statements instead of running them, as a replicated server gets them."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._is_replicated = True

    def command(self, sql: str) -> None:
        """Record a statement."""
        self.statements.append(sql)

    def long_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Record a query; every count is 0."""
        self.statements.append(sql)
        return [(0, 0, 0, 0, 0)]


def test_a_replica_has_all_rows_before_they_are_counted() -> None:
    """The rows of a load may have gone to another replica than the one that compares them."""
    store = Recording()
    tables = RegisterTables(store)
    tables.stage(RegisterKind.PEOPLE, keep=False)
    tables.difference(RegisterKind.PEOPLE)
    drop, create, sync, compare = store.statements
    assert drop == "DROP TABLE IF EXISTS people_next SYNC"
    assert create == "CREATE TABLE people_next AS people"
    assert sync == "SYSTEM SYNC REPLICA people_next"
    assert "people_next FINAL" in compare
