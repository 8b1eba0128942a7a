"""The SQL of the page of a case 事项页查询. Pure."""

from typing import Any

from hub.accounts.permissions import Scope
from hub.workbench.search.query import cases_query
from schemas.cases.case import Case

MOST_RELATED = 8
ATTACHED = """
SELECT attached, words, confidential FROM events
WHERE event_id = toUUIDOrZero({id:String}) LIMIT 1"""

ANSWERS = """
SELECT data, words FROM case_events WHERE case_id = {id:UUID} AND move = 'resolve' ORDER BY seq"""
"""The entries in which a case was resolved."""

ASSIGNED_AT = """
SELECT at FROM case_events
WHERE case_id = {id:UUID} AND unit = {unit:String} AND move IN ('assign', 'hand_over', 'escalate')
ORDER BY seq DESC LIMIT 1"""
"""When the unit that has a case got it last."""

IS_FILED = """
SELECT 1 AS filed FROM case_reports
WHERE case_id = {case:UUID} AND toString(event_id) = {report:String} LIMIT 1"""


def same_place_query(case: Case, scope: Scope) -> tuple[str, dict[str, Any]] | None:
    """Return the SQL of the newest other cases at the place of a case; None without a place."""
    if not case.place_name or not case.division_code:
        return None
    condition = (
        "place_name = {place:String} AND grid_code = {grid:String}"
        " AND case_id != {case:UUID} AND state != 'merged'"
    )
    named = {"place": case.place_name, "grid": case.grid_code, "case": str(case.case_id)}
    return cases_query(condition, scope, named, MOST_RELATED + 1)
