"""Lists of cases 事项清单: the cases behind each number of the page, as JSON, CSV or Excel."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connectors.formats.sheets.spreadsheet import workbook
from hub.accounts.permissions import Scope
from hub.overview.figures import OverviewFigures
from hub.overview.search import search_condition
from hub.store.case_sql import OPEN_SQL, RED_SQL, START_OF_TODAY, WAITING_SQL
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, shorten
from schemas.cases.assignment import Tier
from schemas.cases.case import STATE_NAMES, State
from schemas.cases.clock import Supervision
from schemas.cases.queue import WAITING_STATES
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.reports.fact import URGENCY_NAMES
from schemas.wording import harmless

PAGE_ROWS, MOST_ROWS = 50, 50_000
LAST_PAGE = 100_000
LONGEST_SEARCH = 200
MOST_LISTED = 20
COLUMNS = {
    "number": "事项号",
    "case_id": "事项编号",
    "state": "状态",
    "category": "事项",
    "title": "标题",
    "content": "内容",
    "place_name": "地点",
    "division_code": "区划",
    "grid_code": "网格",
    "unit": "承办单位",
    "tier": "层级",
    "reports": "诉求件数",
    "follow_ups": "催办",
    "channels": "渠道",
    "supervision": "督办",
    "urgency": "紧急程度",
    "returns": "退单",
    "opened_at": "立案时间",
    "due_at": "时限",
    "settled_at": "办结时间",
}
EXACT_FILTERS = ("grid_code", "unit", "tier", "category", "state", "supervision")
FLAG_FILTERS = {
    "open": f"state IN {OPEN_SQL}",
    "urgent": f"state IN {OPEN_SQL} AND urgency = 'urgent'",
    "waiting": f"state IN {WAITING_SQL}",
    "overdue": f"state IN {OPEN_SQL} AND due_at < now64(3)",
    "yellow": f"state IN {OPEN_SQL} AND supervision = 'yellow' AND due_at >= now64(3)",
    "red": f"state IN {OPEN_SQL} AND supervision IN {RED_SQL}",
    "today": f"opened_at >= {START_OF_TODAY}",
    "settled_today": f"settled_at >= {START_OF_TODAY}",
}
"""SQL conditions of the filters that are set by `=1`, one for each number of the page."""
RATES = (
    *("acceptance", "settlement", "response", "solution", "satisfaction", "overdue", "return"),
    *("extension", "urging", "reopening", "whistle"),
)
"""The figures of the assessment whose cases can be listed."""
RATED = """case_id IN (
    SELECT case_id FROM
    (
        SELECT case_id, figure, good, unit, grid_code, township AS division_code FROM assessed
        WHERE month = toStartOfMonth(now('Asia/Shanghai'))
    ) WHERE figure = {rate:String} AND NOT good AND (SCOPE)
)"""
"""The cases of this month with an occasion that did not go well; SCOPE: see `figures`."""
SORTS = {
    "opened": "opened_at DESC",
    "reports": "reports DESC, opened_at DESC",
    "due": "due_at IS NULL, due_at, opened_at",
}
ALLOWED_VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FLAG_FILTERS, ("1",)),
    "tier": ("", *Tier),
    "category": ("", *CATEGORIES),
    "state": tuple(State),
    "rate": RATES,
    "supervision": tuple(Supervision),
    "channel": tuple(Channel),
    "sort": tuple(SORTS),
    "format": ("json", "csv", "xlsx"),
}
"""The allowed values of each parameter that has a short list of them."""
PARAMETERS = ("area", "unit", "grid_code", "words", "page", *ALLOWED_VALUES)
"""All parameters of a list."""


def check_list(request: web.Request) -> None:
    """Raise `ProblemError` bad_request for an unknown parameter or value."""
    check_names(request, PARAMETERS)
    for name, value in request.query.items():
        known = ALLOWED_VALUES.get(name)
        if known is not None and value not in known:
            listed = ", ".join(allowed or "(empty)" for allowed in known[:MOST_LISTED])
            more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
            detail = f"{name} is one of {listed}{more}, not {shorten(value)}"
            raise ProblemError(Problem.BAD_REQUEST, detail)
    if len(request.query.get("words", "")) > LONGEST_SEARCH:
        detail = f"words has at most {LONGEST_SEARCH} characters"
        raise ProblemError(Problem.BAD_REQUEST, detail)


def list_condition(filters: Mapping[str, str], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition of a list and its parameters; `check_list` must have passed.

    The filter `words` is a `search_condition`.
    """
    if filters.get("area"):
        scope = scope.within(filters["area"])
    parts, parameters = [f"({scope.sql})"], dict(scope.parameters)
    for name in EXACT_FILTERS:
        if name in filters:
            parts.append(f"{name} = {{{name}:String}}")
            parameters[name] = filters[name]
    parts += [condition for name, condition in FLAG_FILTERS.items() if filters.get(name) == "1"]
    if filters.get("channel"):
        parts.append("has(channels, {channel:String})")
        parameters["channel"] = filters["channel"]
    if filters.get("rate"):
        parts.append(RATED.replace("SCOPE", scope.sql))
        parameters["rate"] = filters["rate"]
    if filters.get("words"):
        condition, words = search_condition(filters["words"])
        parts.append(f"({condition})")
        parameters |= words
    return " AND ".join(parts), parameters


def list_query(
    filters: Mapping[str, str], scope: Scope, *, page: int, size: int
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of one page (from 0) of `size` rows, and its parameters.

    The column `total` of each row is the number of cases in the whole list.
    """
    condition, parameters = list_condition(filters, scope)
    order = SORTS.get(filters.get("sort", ""), SORTS["opened"])
    sql = (
        f"SELECT {', '.join(COLUMNS)}, due_at < now64(3) AND state IN {OPEN_SQL} AS overdue,"
        f" count() OVER () AS total FROM cases WHERE {condition}"
        f" ORDER BY {order}, case_id LIMIT {int(size)} OFFSET {int(page) * int(size)}"
    )
    return sql, parameters


WHY_WAITING = """
SELECT toString(case_id) AS id, argMax(reason, seq) AS reason FROM case_events
WHERE case_id IN {ids:Array(UUID)} AND move IN ('return', 'triage', 'time_out', 'reopen', 'split')
GROUP BY case_id"""


def add_reasons(figures: OverviewFigures, rows: list[dict[str, Any]]) -> None:
    """Add to each waiting case of a list why it waits: why it was returned, what is unclear.

    A confidential 保密 entry has no reason in the store's public columns.
    """
    waiting = [row for row in rows if row["state"] in WAITING_STATES]
    if not waiting:
        return
    ids = {"ids": [row["case_id"] for row in waiting]}
    reasons = {row["id"]: row["reason"] for row in figures.rows(WHY_WAITING, ids)}
    for row in waiting:
        row["reason"] = reasons.get(row["case_id"], "")


def display_rows(rows: list[dict[str, Any]], units: Mapping[str, str]) -> list[list[str]]:
    """Return rows in Chinese for a file, the header first; no cell is a spreadsheet formula.

    `units` are the names of units by code.
    """
    table = [list(COLUMNS.values())]
    for row in rows:
        cells = dict(row)
        cells["state"] = STATE_NAMES[State(row["state"])]
        cells["urgency"] = URGENCY_NAMES.get(row["urgency"], "")
        leaf = CATEGORIES.get(row["category"])
        cells["category"] = leaf.name if leaf else ""
        cells["unit"] = units.get(row["unit"], row["unit"])
        cells["channels"] = "、".join(CHANNEL_NAMES[Channel(code)] for code in row["channels"])
        table.append(
            [harmless("" if cells[name] is None else str(cells[name])) for name in COLUMNS]
        )
    return table


def as_csv(rows: list[list[str]]) -> bytes:
    """Return CSV in UTF-8 with a byte order mark, so that Excel recognises the encoding."""
    buffer = io.StringIO(newline="")
    # All cells are quoted, so a program that also splits at semicolons or tabs sees no formula.
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def as_xlsx(rows: list[list[str]]) -> bytes:
    """Return an Excel workbook with one sheet."""
    return workbook("事项", rows)
