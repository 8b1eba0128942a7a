"""The SQL of the search 查找查询: events by words or reporter, and the cases of events. Pure.

The search reads the newest events first and stops when it has enough, so that a frequent word costs
no more than a rare one.
"""

from datetime import date
from typing import Any

from hub.accounts.permissions import Scope

MOST_EVENTS = 60
"""Events of one search whose cases are looked up."""
WINDOWS: tuple[int | None, ...] = (31, 366, None)
"""Days back that are searched after each other, until there are enough events; None: all."""
CASES_OF_EVENTS = """
SELECT DISTINCT case_id FROM event_cases WHERE event_id IN {ids:Array(UUID)}"""
REPORTER_KEYS = """
SELECT DISTINCT reporter_key FROM events
WHERE event_id IN {ids:Array(UUID)} AND reporter_key != '' LIMIT 50"""
_COLUMNS = (
    "case_id, number, state, title, content, category, urgency, place_name,"
    " division_code, grid_code, unit, reports, channels, supervision, opened_at, due_at, route,"
    " merged_into"
)


def words_query(
    words: tuple[str, ...], day: date | None, scope: Scope, days_back: int | None
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the newest events that contain all words, of one day if there is one.

    Columns: `event_id` and `received_at`. `words` are in small letters.
    """
    parts, parameters = [f"({_event_scope(scope)})"], dict(scope.parameters)
    for number, word in enumerate(words):
        parameters[f"word_{number}"] = word
        name = f"{{word_{number}:String}}"
        parts.append(f"hasAllTokens(text, {name}) AND position(text, {name}) > 0")
    if day is not None:
        parameters["day"] = day.isoformat()
        parts.append("toDate(received_at, 'Asia/Shanghai') = toDate({day:String})")
    elif days_back is not None:
        parts.append(f"received_at >= now() - INTERVAL {int(days_back)} DAY")
    return _events_where(parts), parameters


def reporter_query(keys: list[str], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the newest events whose reporter has one of these keys."""
    parts = [f"({_event_scope(scope)})", "reporter_key IN {keys:Array(String)}"]
    return _events_where(parts), {**scope.parameters, "keys": keys}


def _events_where(parts: list[str]) -> str:
    return (
        "SELECT event_id, received_at FROM event_texts"
        f" WHERE {' AND '.join(parts)} ORDER BY received_at DESC LIMIT {MOST_EVENTS}"
    )


def _event_scope(scope: Scope) -> str:
    """Return the scope of a viewer for events: a unit sees the reports of its cases."""
    if not scope.is_of_unit:
        return scope.sql
    return f"report IN (SELECT arrayJoin(native_ids) FROM cases WHERE {scope.sql})"


def cases_query(
    condition: str, scope: Scope, parameters: dict[str, Any], size: int
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the cases that meet a condition on `cases`, the newest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM cases WHERE {condition} AND ({scope.sql})"
        f" ORDER BY opened_at DESC, case_id LIMIT {int(size)}"
    )
    return sql, {**scope.parameters, **parameters}


BY_ID = "case_id IN {ids:Array(UUID)}"
BY_NUMBER = "number = {number:String} AND {city:String} IN ('', route)"
BY_UNIT = "unit IN {units:Array(String)}"
BY_AREA = (
    "arrayExists(area -> startsWith(division_code, area) OR startsWith(grid_code, area),"
    " {areas:Array(String)})"
)
