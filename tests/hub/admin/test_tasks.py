"""`hub tasks` lists tasks and burdens, as a table in Chinese or as JSON lines."""

import json
from datetime import timedelta
from typing import Any

import pytest

from hub.admin.community import tasks
from hub.lab.simulate.scenario.lists import TASKS, tasks_before
from hub.settings import Settings
from hub.store.client import Store
from hub.store.registers import store_registers
from hub.store.staff_rows.tasks import COLUMNS, row_of
from hub.town.registers import load_town
from schemas.town.patrol import Patrols
from schemas.town.task import Ruling
from streams.town.register import Register
from tests.builders.town import NOON


@pytest.fixture
def settings(store: Store, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings whose store is the test's, with the demo's tasks."""

    def ask(_: Any, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return store.named(sql, parameters)

    monkeypatch.setattr(tasks, "ask_store", ask)
    listed = tasks_before(NOON, Register.of(load_town(Settings().town)))
    store.insert("tasks", COLUMNS, [row_of(task, NOON) for task in listed])
    return Settings()


def test_tasks_are_listed_by_ruling_and_department(settings: Settings) -> None:
    """JSON lines have the codes, the table has Chinese words."""
    shown = tasks.list_tasks(settings, as_json=True, ruling="", department="", limit=50)
    assert len(shown.splitlines()) == len(TASKS)
    waiting = tasks.list_tasks(settings, as_json=True, ruling="to_county", department="", limit=50)
    assert {json.loads(line)["ruling"] for line in waiting.splitlines()} == {"to_county"}
    table = tasks.list_tasks(settings, as_json=False, ruling="refused", department="", limit=50)
    assert "退回" in table
    assert "refused" not in table


def test_a_task_that_was_decided_is_listed_once_with_its_decision(
    settings: Settings, store: Store
) -> None:
    """Registration and decision are two rows until the engine merges them."""
    listed = tasks_before(NOON, Register.of(load_town(Settings().town)))
    waiting = next(task for task in listed if task.ruling is Ruling.TO_COUNTY)
    decided = waiting.model_copy(update={"ruling": Ruling.ADMITTED, "decided_by": "李县长"})
    store.insert("tasks", COLUMNS, [row_of(decided, NOON + timedelta(days=1))])
    shown = tasks.list_tasks(settings, as_json=True, ruling="", department="", limit=50)
    lines = [json.loads(line) for line in shown.splitlines()]
    assert len(lines) == len(TASKS)
    rulings = {line["ruling"] for line in lines if line["task_id"] == str(waiting.task_id)}
    assert rulings == {"admitted"}


def test_the_table_names_the_department(settings: Settings, store: Store) -> None:
    """Nobody knows its code by heart; a program needs it."""
    store_registers(store, load_town(Settings().town), Patrols((), (), (), ()), NOON)
    wanted = {"ruling": "", "department": "", "limit": 50}
    codes = {
        json.loads(line)["department"]
        for line in tasks.list_tasks(settings, as_json=True, **wanted).splitlines()
    }
    table = tasks.list_tasks(settings, as_json=False, **wanted)
    assert codes
    assert not any(code in table for code in codes)
    assert "民政局" in table


def test_burdens_have_months_before_departments(settings: Settings) -> None:
    """The index of each month comes first."""
    lines = [json.loads(line) for line in tasks.show_burdens(settings, as_json=True).splitlines()]
    assert "burden_index" in lines[0]
    assert "department" in lines[-1]
    assert "减负指数" in tasks.show_burdens(settings, as_json=False)
