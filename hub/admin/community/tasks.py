"""`hub tasks` 下派任务: tasks from above, their registration and decision, and the burden."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.audit import AuditAction
from hub.accounts.operator_audit import noting, operator_name
from hub.admin.ask import ask_store, render_rows
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.settings.store import StoreSettings
from hub.store.client import Store, open_store
from hub.store.engine_client import EngineStore
from hub.store.staff_rows.tasks import (
    ADMITTED_IN_YEAR,
    BY_ID,
    COLUMNS,
    SELECTED,
    audit_line,
    counted_with,
    row_of,
    task_of,
)
from hub.town.registers import load_town
from hub.workbench.burdens.form import read_decision, read_request
from schemas.base import BEIJING
from schemas.town.lists import TASK_NAMES
from schemas.town.task import RULING_NAMES, Task
from streams.town.admission import decided_task, new_task
from streams.town.register import Register

LIST = (
    f"SELECT {SELECTED}, u.name AS department_name"  # noqa: S608 - our own columns
    " FROM tasks AS t FINAL"
    " LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = t.department"
    " WHERE {ruling:String} IN ('', t.ruling)"
    " AND {department:String} IN ('', t.department)"
    " ORDER BY t.handed_at DESC, task_id LIMIT {limit:UInt32}"
)
BURDENS = (
    "SELECT toString(b.month) AS month, department, department_name, kind, tasks, admitted,"
    " refused, waiting, receipts, load FROM burdens AS b"
    " ORDER BY b.month DESC, load DESC, department, kind"
)
MONTHS = (
    "SELECT toString(b.month) AS month, tasks, admitted, refused, waiting, receipts, load,"
    " burden_index FROM burdens_by_month AS b ORDER BY b.month DESC"
)
BEGINNING = (
    f"SELECT {SELECTED}"  # noqa: S608 - our own columns
    " FROM tasks AS t FINAL WHERE startsWith(toString(t.task_id), {begin:String}) LIMIT 2"
)
SHORT_ID = 8
"""Characters of an id that the list shows, and that are enough to decide."""
SHOWN = (
    "task_id",
    "title",
    "paper",
    "department",
    "kind",
    "handed_on",
    "due_on",
    "ruling",
    "reason",
)
NAMES = {
    "task_id": "编号",
    "title": "任务",
    "paper": "文号",
    "department": "部门",
    "department_name": "部门名称",
    "kind": "类别",
    "handed_on": "下达",
    "due_on": "期限",
    "ruling": "结论",
    "reason": "依据",
    "month": "月份",
    "tasks": "下派",
    "admitted": "准入",
    "refused": "退回",
    "waiting": "报县审核",
    "receipts": "件次",
    "load": "负担分",
    "burden_index": "减负指数",
}
WORDS: dict[str, str] = {
    str(code): name for names in (TASK_NAMES, RULING_NAMES) for code, name in names.items()
}


def list_tasks(settings: StoreSettings, *, as_json: bool, **filters: Any) -> str:
    """Return the tasks, newest first; raises `HubError`.

    The filters are ruling, department (empty: any) and limit.
    """
    rows = ask_store(settings, LIST, filters)
    if as_json:
        return render_rows(rows, as_json=True)
    short = ({**row, "task_id": row["task_id"][:SHORT_ID]} for row in rows)
    shown = [
        _in_chinese(
            {name: row[name] for name in SHOWN}
            | {"department": row["department_name"] or row["department"]}
        )
        for row in short
    ]
    return render_rows(shown, as_json=False)


def add_task(settings: Settings, fields: Mapping[str, str]) -> str:
    """Register a task as the page does, and return its ruling; raises `HubError`.

    `fields` are those of the form. A task that is registered already stays as it is.
    """
    now = datetime.now(UTC)
    register = Register.of(load_town(settings.town))
    filled = read_request(fields, register, "", now.astimezone(BEIJING).date())
    if filled.request is None:
        raise HubError(f"{filled.fault} (units.csv has the codes of units)")
    known = ask_store(settings, BY_ID, {"id": str(filled.request.task_id)})
    if known:
        return f"registered before. {_ruling_of(task_of(known[0]))}"
    counted = ask_store(settings, ADMITTED_IN_YEAR, counted_with(filled.request))
    admitted = int(counted[0]["admitted"])
    task = new_task(filled.request, register, admitted, operator_name(), now)
    _store(settings, task, now)
    return _ruling_of(task)


def decide_task(settings: Settings, begin: str, ruling: str, reason: str) -> str:
    """Store the decision of the county about a task, and return it; raises `HubError`.

    `begin` is the begin of the id, which must name one task.
    """
    decision, words, fault = read_decision({"ruling": ruling, "reason": reason})
    if decision is None or fault:
        raise HubError(fault)
    if len(begin) < SHORT_ID:
        raise HubError(f"give at least {SHORT_ID} characters of the id; hub tasks ls shows them")
    rows = ask_store(settings, BEGINNING, {"begin": begin.lower()})
    if len(rows) != 1:
        many = "several tasks begin" if rows else "no task begins"
        raise HubError(f"{many} with {begin}; hub tasks ls --json has the whole ids")
    now = datetime.now(UTC)
    try:
        task = decided_task(task_of(rows[0]), decision, words, operator_name(), now)
    except ValueError as error:
        raise HubError(str(error)) from error
    _store(settings, task, now)
    return _ruling_of(task)


def _store(settings: Settings, task: Task, now: datetime) -> None:
    """Note a task in the audit, and store it; raises `HubError`."""
    noting(settings, AuditAction.TASK)(audit_line(task))
    store: Store = open_store(settings) if settings.clickhouse else EngineStore(settings)
    try:
        with closing(store):
            store.insert("tasks", COLUMNS, [row_of(task, now)])
    except ClickHouseError as error:
        raise HubError(f"the task was not stored: {error}") from error


def _ruling_of(task: Task) -> str:
    return f"{str(task.task_id)[:SHORT_ID]} {RULING_NAMES[task.ruling]}：{task.reason}"


def show_burdens(settings: StoreSettings, *, as_json: bool) -> str:
    """Return the burden by month, and by month, department and kind; raises `HubError`."""
    parts = [ask_store(settings, sql) for sql in (MONTHS, BURDENS)]
    if as_json:
        return "\n".join(filter(None, (render_rows(rows, as_json=True) for rows in parts)))
    tables = [[_in_chinese(row) for row in rows] for rows in parts]
    return "\n".join(render_rows(rows, as_json=False) for rows in tables)


def _in_chinese(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with Chinese names and words; a missing value becomes an empty text."""
    return {
        NAMES[name]: "" if value is None else WORDS.get(value, value) for name, value in row.items()
    }
