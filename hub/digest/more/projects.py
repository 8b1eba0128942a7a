"""Overdue stages of projects 村居项目超期 in the daily digest, as at the end of the day."""

from typing import Any

from hub.digest.document import Section, Table
from hub.digest.queries import Names
from schemas.projects.project import STAGE_NAMES, Stage

MOST_ROWS = 15
OVERDUE_PROJECTS = """
SELECT name, division_code, unit, stage, toString(s.due) AS last_day,
       dateDiff('day', s.due, toDate(toDateTime64({begin:String}, 3, 'Asia/Shanghai'))) AS days
FROM project_stages AS s
WHERE entered_at < toDateTime64({end:String}, 3, 'Asia/Shanghai')
  AND (left_at IS NULL OR left_at >= toDateTime64({end:String}, 3, 'Asia/Shanghai'))
  AND s.due < toDate(toDateTime64({begin:String}, 3, 'Asia/Shanghai'))
ORDER BY days DESC, code"""
"""Stages that were not finished at the end of the day, and due before it."""


def projects_section(names: Names, rows: list[dict[str, Any]]) -> Section | None:
    """Return the section without its number; None if no stage is overdue, or there are none."""
    if not rows:
        return None
    lines = [
        (
            row["name"],
            names.area(row["division_code"]),
            names.unit(row["unit"]),
            STAGE_NAMES[Stage(row["stage"])],
            row["last_day"],
            f"{row['days']}天",
        )
        for row in rows[:MOST_ROWS]
    ]
    more = f"，下表列出超期最久的{MOST_ROWS}个" if len(rows) > MOST_ROWS else ""
    columns = ("项目", "村（社区）", "责任单位", "阶段", "期限", "超期")
    return Section(
        title="村居项目超期",
        words=(f"日终有{len(rows)}个项目的阶段超期{more}。",),
        table=Table(columns, tuple(lines)),
    )
