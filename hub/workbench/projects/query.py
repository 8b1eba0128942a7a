"""The SQL of the pages of projects 项目查询. Pure."""

from typing import Any

from hub.accounts.permissions import Scope
from schemas.projects.project import ProjectClass

PAGE = 100
LISTS = {
    "open": ("进行中", "state = 'open'"),
    "late": ("超期", "days_late > 0"),
    "up": ("提级督办", "supervision = 'up'"),
    "ended": ("已结束", "state != 'open'"),
    "all": ("全部", "1"),
}
"""Lists of the page: name and condition."""
REPORTS = """
SELECT toString(d.case_id) AS case_id, c.number AS number, c.state AS state, c.unit AS unit,
       r.received_at AS received_at
FROM (SELECT event_id, received_at FROM TABLE WHERE COLUMN = {code:String}) AS r
INNER JOIN
(
    SELECT event_id, case_id FROM dispositions WHERE case_id IS NOT NULL AND event_id IN
        (SELECT event_id FROM TABLE WHERE COLUMN = {code:String})
) AS d ON d.event_id = r.event_id
LEFT JOIN
(
    SELECT k.case_id AS case_id, if(k.confidential, '', k.number) AS number,
           if(k.confidential, '', k.state) AS state, if(k.confidential, '', k.unit) AS unit
    FROM cases AS k WHERE k.case_id IN
        (SELECT case_id FROM dispositions WHERE event_id IN
            (SELECT event_id FROM TABLE WHERE COLUMN = {code:String}))
) AS c ON c.case_id = d.case_id
ORDER BY r.received_at DESC LIMIT 50"""


def reports_query(kind: str) -> str:
    """Return the SQL of the newest reports about a matter with their cases.

    `kind` is `project` or `deliberation`. The page of a case checks who may open it; the
    columns of a confidential case are empty.
    """
    return REPORTS.replace("TABLE", f"{kind}_reports").replace("COLUMN", kind)


def list_query(
    scope: Scope, name: str, project_class: str, page: int
) -> tuple[str, dict[str, Any]]:
    """Return the query of a page of a list of `LISTS`; the most overdue come first."""
    condition = LISTS[name][1]
    if project_class:
        condition += " AND project_class = {class:String}"
    sql = f"""
SELECT code, name, project_class, division_code, unit, stage, toString(due) AS due, days_late,
       supervision, state, toString(budget) AS budget, toString(raised) AS raised,
       count() OVER () AS total
FROM projects WHERE {scope.sql} AND {condition}
ORDER BY days_late DESC, state != 'open', due, code
LIMIT {PAGE} OFFSET {{start:UInt32}}"""
    parameters = {"class": project_class, "start": page * PAGE}
    return sql, {**scope.parameters, **parameters}


def is_list(name: str, project_class: str) -> bool:
    """Whether a list and a class exist; an empty class means all."""
    return name in LISTS and project_class in {"", *ProjectClass}
