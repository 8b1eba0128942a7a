"""Tasks from above 下派任务 in the daily digest: the burden of the month up to the day."""

from typing import Any

from hub.digest.document import Section, Table
from hub.digest.queries import Names
from hub.digest.sql import BEGIN, END
from schemas.town.task import WEIGHTS

MOST_ROWS = 15
_LOAD = (
    f"t.receivers * transform(t.kind, {[str(kind) for kind in WEIGHTS]},"
    f" {list(WEIGHTS.values())}, 1)"
)
TASKS_OF_MONTH = f"""
SELECT t.department AS department, count() AS tasks, countIf(t.ruling = 'admitted') AS admitted,
       countIf(t.ruling = 'refused') AS refused, countIf(t.ruling = 'to_county') AS waiting,
       sumIf({_LOAD}, t.ruling = 'admitted') AS load,
       countIf(t.handed_at >= {BEGIN}) AS of_day
FROM tasks AS t FINAL
WHERE t.handed_at >= toStartOfMonth({BEGIN}) AND t.handed_at < {END} AND t.registered_at < {END}
GROUP BY department ORDER BY load DESC, tasks DESC, department"""
"""The tasks of the month that were handed down and registered up to the day, by department."""
RECEIVERS = "SELECT count() AS units FROM units FINAL WHERE tier IN ('township', 'village')"


def burdens_section(
    names: Names, rows: list[dict[str, Any]], receivers: list[dict[str, Any]]
) -> Section | None:
    """Return the section without its number; None if no task was registered in the month.

    `rows` are those of `TASKS_OF_MONTH`, `receivers` the one of `RECEIVERS`.
    """
    if not rows:
        return None

    def total(name: str) -> int:
        return sum(int(row[name]) for row in rows)

    units = max(int(receivers[0]["units"]), 1)
    waiting = f"，{total('waiting')}项等候县里决定" if total("waiting") else ""
    words = (
        f"本月至当日下派任务{total('tasks')}项（当日{total('of_day')}项），准入{total('admitted')}"
        f"项，退回{total('refused')}项{waiting}；减负指数{total('load') / units:.2f}。"
    )
    columns = ("admitted", "refused", "waiting", "load")
    lines = [
        (names.unit(row["department"]), str(row["tasks"]), *(str(row[name]) for name in columns))
        for row in rows[:MOST_ROWS]
    ]
    return Section(
        title="下派任务与减负",
        words=(words,),
        table=Table(("部门", "任务", "准入", "退回", "待决定", "负担分"), tuple(lines)),
    )
