"""`hub projects ls` lists projects, as a table in Chinese or as JSON lines."""

import json
from typing import Any

import pytest

from hub.admin.community import projects
from hub.settings import Settings
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.topic import PROJECTS
from schemas.town.patrol import Patrols
from tests.builders.stored import keep
from tests.builders.town import NOON, TOWN, VILLAGE
from tests.hub.projects.built import registered


def test_the_table_names_village_and_unit_and_json_has_their_codes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows twelve digits by heart; a program needs them."""

    def ask(_: Any, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return store.named(sql, parameters)

    monkeypatch.setattr(projects, "ask_store", ask)
    store_registers(store, TOWN, Patrols((), (), (), ()), NOON)
    keep(store, PROJECTS.name, *registered())
    wanted = {"late": False, "area": "", "unit": "", "limit": 50}
    (line,) = projects.list_projects(Settings(), as_json=True, **wanted).splitlines()
    listed = json.loads(line)
    assert (listed["division_code"], listed["unit"]) == (VILLAGE, "U-V")
    table = projects.list_projects(Settings(), as_json=False, **wanted)
    assert VILLAGE not in table
    assert {listed["village"], listed["unit_name"]} == {
        *(area.name for area in TOWN.areas if area.code == VILLAGE),
        *(unit.name for unit in TOWN.units if unit.code == "U-V"),
    }
