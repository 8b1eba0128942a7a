"""The SQL of the lists of a day 研判明细查询: by the conditions of the digest's numbers. Pure."""

from dataclasses import dataclass
from typing import Any

from hub.accounts.permissions import Scope
from hub.digest.sql import AS_IT_ENDED, END, LOOKED_BACK, MOVED, OPEN, RECEIVED
from schemas.reports.fact import Urgency

MOST_ROWS = 500
FILTERS = ("township", "category", "unit", "grid", "place")
OF_DAY = f"kind = 'report' AND {RECEIVED}"
BY_TOWNSHIP_AND_CATEGORY = (
    "({township:String} = '' OR startsWith(division_code, {township:String}))"
    " AND ({category:String} = '' OR category = {category:String})"
)
AT_PLACE = f"kind = 'report' AND {LOOKED_BACK} AND place_name = {{place:String}}"


@dataclass(frozen=True, slots=True)
class DayList:
    """A list of cases of a day: its title, and a query for their ids."""

    title: str
    ids: str


def _ended(condition: str) -> str:
    return f"SELECT case_id FROM {AS_IT_ENDED} AS e WHERE state IN {OPEN} AND {condition}"


def _moved(move: str) -> str:
    return f"SELECT case_id FROM case_events WHERE move = '{move}' AND {MOVED}"


def _cases_of_reports(condition: str) -> str:
    events = f"SELECT event_id FROM events WHERE {condition}"
    return f"SELECT case_id FROM dispositions WHERE event_id IN ({events})"


LISTS = {
    "reports": DayList(
        "当日有人反映的事项", _cases_of_reports(f"{OF_DAY} AND {BY_TOWNSHIP_AND_CATEGORY}")
    ),
    "opened": DayList("当日立案", _moved("open")),
    "resolved": DayList("当日办结", _moved("resolve")),
    "open": DayList("日终在办", _ended("1")),
    "overdue": DayList(
        "日终超期", _ended(f"due_at < {END} AND ({{unit:String}} = '' OR unit = {{unit:String}})")
    ),
    "triage": DayList("日终待研判", _ended("state = 'triage'")),
    "urgent": DayList(
        "日终未结的紧急事项",
        f"SELECT case_id FROM cases WHERE urgency = '{Urgency.URGENT}'"
        f" AND case_id IN ({_ended('1')})",
    ),
    "place": DayList(
        "三十天内此处的事项", _cases_of_reports(f"{AT_PLACE} AND grid_code = {{grid:String}}")
    ),
}
"""Name in the address → list. `hub.digest.daily` links to them."""


def list_query(asked: DayList, scope: Scope, bounds: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the query of a list within a viewer's scope, and its parameters.

    `bounds` are those of `hub.digest.queries.Day` and the filters.
    """
    sql = f"""
    SELECT toString(case_id) AS case_id, number, title, place_name, category, state, unit,
           due_at, opened_at, reports, confidential, count() OVER () AS total
    FROM cases WHERE {scope.sql} AND state != 'merged' AND case_id IN ({asked.ids})
    ORDER BY opened_at DESC, case_id LIMIT {MOST_ROWS}
    """
    return sql, {**bounds, **scope.parameters}
