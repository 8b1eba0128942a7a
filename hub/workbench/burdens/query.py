"""The SQL of the page 减负 减负查询. Pure."""

from collections.abc import Collection
from typing import Any

from hub.store.staff_rows.tasks import SELECTED

MOST_TASKS = 200
MONTHS = """
SELECT toString(b.month) AS month, tasks, admitted, refused, waiting, receipts, load, burden_index
FROM burdens_by_month AS b ORDER BY b.month DESC LIMIT 12"""
OF_MONTH = """
SELECT department, department_name, kind, tasks, admitted, refused, waiting, receipts, load
FROM burdens AS b WHERE b.month = toDate({month:String})
ORDER BY load DESC, tasks DESC, department, kind"""
CERTIFICATES = """
SELECT certificate, status, sum(r.reports) AS reports,
       sumIf(r.reports, r.use = 'complains') AS complaints
FROM certificate_reports AS r WHERE r.month = toDate({month:String})
GROUP BY certificate, status ORDER BY reports DESC, certificate"""
_TASKS = f"SELECT {SELECTED} FROM tasks AS t FINAL WHERE"
WAITING = f"{_TASKS} t.ruling = 'to_county' ORDER BY t.registered_at, task_id LIMIT {MOST_TASKS}"
"""The tasks that wait for the decision of the county, the oldest first."""


def tasks_query(month: str, receivers: Collection[str] | None) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the tasks of a month, such as 2026-11-01, the newest first.

    `receivers` are codes of units: only their tasks, and those of all units; None: each task.
    """
    scope = "1" if receivers is None else "t.receiver IN {receivers:Array(String)}"
    sql = (
        f"{_TASKS} toStartOfMonth(t.handed_at) = toDate({{month:String}}) AND {scope}"
        f" ORDER BY t.registered_at DESC, task_id LIMIT {MOST_TASKS}"
    )
    return sql, {"month": month, "receivers": ["", *(receivers or ())]}
