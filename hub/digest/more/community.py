"""Overdue projects and deliberations 村居项目与议事超期 in the daily digest, at the day's end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.digest.document import Section, Table
from hub.digest.queries import Names
from schemas.deliberation.topic import STEP_NAMES
from schemas.projects.project import STAGE_NAMES

MOST_ROWS = 15
OVERDUE = """
SELECT NAME AS name, division_code, unit, toString(STEP) AS step, toString(s.due) AS last_day,
       dateDiff('day', s.due, toDate(toDateTime64({begin:String}, 3, 'Asia/Shanghai'))) AS days
FROM VIEW AS s
WHERE entered_at < toDateTime64({end:String}, 3, 'Asia/Shanghai')
  AND (left_at IS NULL OR left_at >= toDateTime64({end:String}, 3, 'Asia/Shanghai'))
  AND s.due < toDate(toDateTime64({begin:String}, 3, 'Asia/Shanghai'))
ORDER BY days DESC, code"""


def _overdue(view: str, name: str, step: str) -> str:
    return OVERDUE.replace("VIEW", view).replace("NAME", name).replace("STEP", step)


OVERDUE_PROJECTS = _overdue("project_stages", "s.name", "s.stage")
"""Stages that were not finished at the end of the day, and due before it."""
OVERDUE_DELIBERATIONS = _overdue("deliberation_steps", "s.title", "s.step")
"""Steps of deliberations, likewise."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a section names its matters: `thing` and `part` as in 3个项目的阶段超期."""

    title: str
    thing: str
    part: str
    steps: Mapping[Any, str]


PROJECTS = _Kind("村居项目超期", "项目", "阶段", STAGE_NAMES)
DELIBERATIONS = _Kind("议事超期", "议题", "步骤", STEP_NAMES)


def community_sections(
    names: Names, projects: list[dict[str, Any]], deliberations: list[dict[str, Any]]
) -> tuple[Section, ...]:
    """Return a section without its number for each kind with something overdue."""
    kinds = ((PROJECTS, projects), (DELIBERATIONS, deliberations))
    return tuple(_section(kind, names, rows) for kind, rows in kinds if rows)


def _section(kind: _Kind, names: Names, rows: list[dict[str, Any]]) -> Section:
    lines = [
        (
            row["name"],
            names.area(row["division_code"]),
            names.unit(row["unit"]),
            kind.steps[row["step"]],
            row["last_day"],
            f"{row['days']}天",
        )
        for row in rows[:MOST_ROWS]
    ]
    more = f"，下表列出超期最久的{MOST_ROWS}个" if len(rows) > MOST_ROWS else ""
    columns = (kind.thing, "村（社区）", "责任单位", kind.part, "期限", "超期")
    return Section(
        title=kind.title,
        words=(f"日终有{len(rows)}个{kind.thing}的{kind.part}超期{more}。",),
        table=Table(columns, tuple(lines)),
    )
