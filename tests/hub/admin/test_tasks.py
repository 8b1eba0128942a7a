"""`hub tasks` lists tasks and burdens, as a table in Chinese or as JSON lines."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from hub.accounts.audit import AuditAction
from hub.admin.community import tasks
from hub.lab.simulate.scenario.lists import TASKS, tasks_before
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from hub.store.registers import store_registers
from hub.store.staff_rows.tasks import COLUMNS, row_of
from hub.town.registers import load_town
from schemas.town.patrol import Patrols
from schemas.town.task import Ruling
from streams.town.register import Register
from tests.builders.town import NOON


class Unclosed:
    """The test's store, which the command must not close."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows."""
        self._store.insert(table, columns, rows)

    def close(self) -> None:
        """Leave it open."""


@pytest.fixture
def noted() -> list[str]:
    """Return what the commands write into the audit."""
    return []


@pytest.fixture
def settings(store: Store, monkeypatch: pytest.MonkeyPatch, noted: list[str]) -> Settings:
    """Return settings whose store is the test's, with the demo's tasks."""

    def ask(_: Any, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return store.named(sql, parameters)

    def noting(_: Any, what: AuditAction) -> Callable[[str], None]:
        return lambda detail: noted.append(f"{what} {detail}")

    monkeypatch.setattr(tasks, "ask_store", ask)
    monkeypatch.setattr(tasks, "noting", noting)
    monkeypatch.setattr(tasks, "EngineStore", lambda _: Unclosed(store))
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


def fields(**changes: str) -> dict[str, str]:
    """Return the options of a task that is not on the list, with a paper and resources."""
    department = next(
        unit.code for unit in load_town(Settings().town).units if unit.tier == "county"
    )
    return {
        "department": department,
        "title": "年末专项检查",
        "kind": "campaign",
        "tier": "village",
        "paper": "清办发[2026] 9 号",
        "handed_on": "2026-11-02",
        "resources": "经费三万元",
        **changes,
    }


def rulings(store: Store) -> list[tuple[Any, ...]]:
    """Return the tasks that the commands have stored."""
    return store.rows("SELECT paper, ruling FROM tasks FINAL WHERE title = '年末专项检查'")


def test_a_task_is_added_once_and_decided_once(
    settings: Settings, store: Store, noted: list[str]
) -> None:
    """Its ruling is that of the page; the beginning of its id is enough; the audit has both."""
    shown = tasks.add_task(settings, fields())
    assert "报县审核" in shown
    assert rulings(store) == [("清办发〔2026〕9号", "to_county")]
    assert "registered before" in tasks.add_task(settings, fields(paper="清办发〔2026〕9号"))
    begin = shown.split()[0]
    decided = tasks.decide_task(settings, begin, "admitted", "县委专题会议定")
    assert "准入：县里决定准入：县委专题会议定" in decided
    assert rulings(store) == [("清办发〔2026〕9号", "admitted")]
    with pytest.raises(HubError, match="不能再次决定"):
        tasks.decide_task(settings, begin, "refused", "再次研究后退回")
    assert [line.split()[2] for line in noted] == ["to_county:", "admitted:"]
    assert begin in tasks.list_tasks(settings, as_json=False, ruling="", department="", limit=50)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"department": "none"}, "县级单位"),
        ({"title": "查"}, "任务名称"),
        ({"handed_on": "11月2日"}, "日期写成"),
        ({"receiver": "none"}, "接收单位"),
        ({"due_on": "2026-11-01"}, "早于下达日期"),
    ],
)
def test_a_task_is_refused_with_the_reason(
    settings: Settings, store: Store, noted: list[str], changes: dict[str, str], reason: str
) -> None:
    """Nothing is stored and nothing is in the audit."""
    with pytest.raises(HubError, match=reason):
        tasks.add_task(settings, fields(**changes))
    assert rulings(store) == []
    assert noted == []


@pytest.mark.parametrize(
    ("begin", "reason", "words"),
    [
        ("0", "经专题研究", "at least 8"),
        ("ffffffff-0000", "经专题研究", "no task begins"),
        ("%_______", "经专题研究", "no task begins"),
        ("ffffffff", "好", "写明决定的依据"),
    ],
)
def test_a_decision_is_refused_with_the_reason(
    settings: Settings, begin: str, reason: str, words: str
) -> None:
    """An id that names no task, or no reason."""
    with pytest.raises(HubError, match=words):
        tasks.decide_task(settings, begin, "admitted", reason)
