"""The SQL of the pages of deliberations 议事查询. Pure."""

from typing import Any

from hub.accounts.permissions import Scope

PAGE = 100
LISTS = {
    "open": ("进行中", "state = 'open'"),
    "late": ("超期", "days_late > 0"),
    "up": ("提级督办", "supervision = 'up'"),
    "objections": ("有异议未答复", "state = 'open' AND unanswered > 0"),
    "ended": ("已结束", "state != 'open'"),
    "all": ("全部", "1"),
}
"""Lists of the page: name and condition."""
COUNTED = ("open", "late", "up", "objections")
"""Lists whose counts stand above the list."""
COLUMNS = (
    "code, number, title, division_code, unit, step, toString(due) AS due, days_late, supervision,"
    " state, result, entitled, attended, in_favour, objections, unanswered"
)
CASES = """
SELECT toString(c.case_id) AS case_id, if(c.confidential, '', c.number) AS number,
       if(c.confidential, '', c.state) AS state, if(c.confidential, '', c.unit) AS unit
FROM cases AS c FINAL WHERE c.case_id IN {ids:Array(UUID)} ORDER BY c.opened_at"""
"""The cases of a deliberation. The page of a case checks who may open it. A case may have become
confidential by a merge since it was linked: then its columns are empty."""
OF_CASE = f"""
SELECT {COLUMNS} FROM deliberations WHERE code IN
    (SELECT code FROM deliberation_cases WHERE case_id = {{id:UUID}})
ORDER BY state != 'open', changed_at DESC LIMIT 20"""
"""The deliberations of a case, and of those that were merged into it."""
OF_PROJECT = f"""
SELECT {COLUMNS} FROM deliberations WHERE project = {{code:String}}
ORDER BY registered_at LIMIT 20"""
OPEN_OF_VILLAGE = """
SELECT code, title FROM deliberations
WHERE division_code = {division:String} AND state = 'open' ORDER BY registered_at LIMIT 500"""


def list_query(scope: Scope, name: str, page: int) -> tuple[str, dict[str, Any]]:
    """Return the query of a page of a list of `LISTS`; the most overdue come first.

    A unit sees also what it carries out.
    """
    sql = f"""
SELECT {COLUMNS}, count() OVER () AS total
FROM deliberations WHERE {_within(scope)} AND {LISTS[name][1]}
ORDER BY days_late DESC, state != 'open', due, code
LIMIT {PAGE} OFFSET {{start:UInt32}}"""
    return sql, {**scope.parameters, "start": page * PAGE}


def counts_query(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the query of one row: how many topics are on each list that asks for work."""
    counts = ", ".join(f"countIf({LISTS[name][1]}) AS {name}" for name in COUNTED)
    sql = f"SELECT {counts} FROM deliberations WHERE {_within(scope)}"
    return sql, scope.parameters


def _within(scope: Scope) -> str:
    return f"({scope.sql} OR carried_by = {{scope:String}})" if scope.is_of_unit else scope.sql
