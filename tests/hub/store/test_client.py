"""Opening the store after a full disk, and registers that have not changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.store.client import Store, set_aside_damaged
from hub.store.registers import store_registers
from hub.town.patrols import load_patrols
from hub.town.registers import load_town

WHOLE = "ATTACH TABLE _ UUID '9e7c'\n(\n    `code` String COMMENT '(a',\n)\nENGINE = MergeTree\n"


@pytest.mark.parametrize("left", [0, 1, 20, len(WHOLE) - 30])
def test_half_a_definition_of_a_table_is_set_aside(tmp_path: Path, left: int) -> None:
    """A truncated definition is moved aside; complete ones stay."""
    folder = tmp_path / "store" / "9e7" / "9e7c20fb"
    folder.mkdir(parents=True)
    (folder / "areas_next.sql").write_text(WHOLE[:left])
    (folder / "areas.sql").write_text(WHOLE)
    moved = set_aside_damaged(tmp_path)
    assert [path.name for path in moved] == ["9e7c20fb.areas_next.sql"]
    assert all(path.exists() for path in moved)
    assert [path.name for path in folder.iterdir()] == ["areas.sql"]
    assert set_aside_damaged(tmp_path) == []
    assert set_aside_damaged(tmp_path / "none") == []


def test_definitions_of_the_engine_are_complete(store: Store, engine_settings: Settings) -> None:
    """No definition that the engine writes counts as truncated."""
    assert store.rows("SELECT count() > 30 FROM system.tables WHERE database = 'default'") == [(1,)]
    assert set_aside_damaged(engine_settings.data / "clickhouse") == []


def test_registers_that_have_not_changed_are_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second start changes nothing; only a changed register is replaced."""
    town, patrols = load_town(Settings().town), load_patrols(Settings().town)
    now = datetime.now(UTC)
    store_registers(store, town, patrols, now)
    commands: list[str] = []
    command = store.command

    def listen(sql: str) -> None:
        commands.append(sql)
        command(sql)

    monkeypatch.setattr(store, "command", listen)
    store_registers(store, town, patrols, now)
    assert commands == []
    fewer: Any = town.model_copy(update={"grids": town.grids[1:]})
    store_registers(store, fewer, patrols, now)
    assert {sql.split()[-1] for sql in commands} == {"grids", "grids_next"}
    assert store.rows("SELECT count() FROM grids") == [(len(fewer.grids),)]
    store_registers(store, town, patrols, now)
