"""`hub tasks` lists tasks and burdens, as a table in Chinese or as JSON lines."""

import json
from typing import Any

import pytest

from hub.admin.community import tasks
from hub.lab.simulate.scenario.lists import TASKS, tasks_before
from hub.settings import Settings
from hub.store.client import Store
from hub.store.staff_rows.tasks import COLUMNS, row_of
from hub.town.registers import load_town
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


def test_burdens_have_months_before_departments(settings: Settings) -> None:
    """The index of each month comes first."""
    lines = [json.loads(line) for line in tasks.show_burdens(settings, as_json=True).splitlines()]
    assert "burden_index" in lines[0]
    assert "department" in lines[-1]
    assert "减负指数" in tasks.show_burdens(settings, as_json=False)
