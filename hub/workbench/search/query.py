"""The SQL of the search 查找查询: events by words or reporter, and the cases of events. Pure.

The search reads the newest events first and stops when it has enough, so that a frequent word costs
no more than a rare one.
"""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from hub.accounts.permissions import Scope


class KeyColumn(StrEnum):
    """The columns of keyed hashes: of what identifies the reporter, and of his name."""

    REPORTER = "reporter_key"
    NAME = "name_key"


MOST_EVENTS = 60
"""Events of one search whose cases are looked up."""


class Window(NamedTuple):
    """A time of receipt, in days back from now: from `oldest` (None: ever) up to `newest`."""

    oldest: int | None = None
    newest: int = 0


WINDOWS = (Window(31), Window(366, 31), Window(None, 366))
"""They are searched after each other, until there are enough events; none is read twice."""
EVER = Window()
CASES_OF_EVENTS = """
SELECT DISTINCT case_id FROM event_cases WHERE event_id IN {ids:Array(UUID)}"""
MASKED_REPORTERS = """
SELECT event_id, reporter_masked FROM events
WHERE event_id IN {ids:Array(UUID)}"""
REPORTER_KEYS = """
SELECT DISTINCT reporter_key FROM events
WHERE event_id IN {ids:Array(UUID)} AND reporter_key != '' LIMIT 50"""
_COLUMNS = (
    "case_id, number, state, title, content, category, urgency, place_name,"
    " division_code, grid_code, unit, reports, channels, supervision, opened_at, due_at, route,"
    " merged_into"
)


def words_query(
    words: tuple[str, ...], day: date | None, scope: Scope, window: Window = EVER
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the newest events of a window that contain all words.

    With a day, the events of that day are meant, and the window is ignored.

    Columns: `event_id` and `received_at`. `words` are in small letters.
    """
    parts, parameters = _in_window(window, day), dict(scope.parameters)
    for number, word in enumerate(words):
        parameters[f"word_{number}"] = word
        name = f"{{word_{number}:String}}"
        parts.append(f"hasAllTokens(text, {name}) AND position(text, {name}) > 0")
    if day is not None:
        parameters["day"] = day.isoformat()
    parts.append(f"({_event_scope(scope, EVER if day is not None else window)})")
    return _events_where(parts), parameters


def _in_window(window: Window, day: date | None) -> list[str]:
    """Return the conditions of a day, or else of a window."""
    if day is not None:
        return ["toDate(received_at, 'Asia/Shanghai') = toDate({day:String})"]
    parts = []
    if window.oldest is not None:
        parts.append(f"received_at >= now() - INTERVAL {int(window.oldest)} DAY")
    if window.newest:
        parts.append(f"received_at < now() - INTERVAL {int(window.newest)} DAY")
    return parts


def reporter_query(
    keys: list[str], scope: Scope, column: KeyColumn = KeyColumn.REPORTER
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the newest events whose reporter has one of these keys.

    Columns: `event_id`, `received_at` and `reporter_key`.
    """
    parts = [f"({_event_scope(scope)})", f"{column} IN {{keys:Array(String)}}"]
    sql = _events_where(parts, "event_id, received_at, reporter_key")
    return sql, {**scope.parameters, "keys": keys}


def _events_where(parts: list[str], columns: str = "event_id, received_at") -> str:
    return (
        f"SELECT {columns} FROM event_texts"
        f" WHERE {' AND '.join(parts)} ORDER BY received_at DESC LIMIT {MOST_EVENTS}"
    )


def _event_scope(scope: Scope, window: Window = EVER) -> str:
    """Return the scope of a viewer for events: a unit sees the reports of its cases.

    A case changes when a report joins it, so cases that have not changed since the beginning of
    the window have no report in it.
    """
    if not scope.is_of_unit:
        return scope.sql
    since = ""
    if window.oldest is not None:
        since = f" AND updated_at >= now() - INTERVAL {int(window.oldest) + 1} DAY"
    return f"report IN (SELECT report FROM unit_reports WHERE {scope.sql}{since})"


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
