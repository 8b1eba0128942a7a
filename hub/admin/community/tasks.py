"""`hub tasks` 下派任务: lists tasks from above, and the burden of each month."""

from typing import Any

from hub.admin.ask import ask_store, render_rows
from hub.settings.store import StoreSettings
from hub.store.staff_rows.tasks import SELECTED
from schemas.town.lists import TASK_NAMES
from schemas.town.task import RULING_NAMES

LIST = (
    f"SELECT {SELECTED}, u.name AS department_name"  # noqa: S608 - our own columns
    " FROM tasks AS t LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = t.department"
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
SHOWN = ("title", "paper", "department", "kind", "handed_on", "due_on", "ruling", "reason")
NAMES = {
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
    shown = [
        _in_chinese(
            {name: row[name] for name in SHOWN}
            | {"department": row["department_name"] or row["department"]}
        )
        for row in rows
    ]
    return render_rows(shown, as_json=False)


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
