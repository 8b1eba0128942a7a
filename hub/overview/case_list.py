"""Lists of cases 案件清单: what stands behind every number, as JSON, CSV or Excel."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connectors.formats.spreadsheet import workbook
from hub.accounts.permissions import Scope
from hub.overview.figures import OPEN, TODAY
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, shorten
from schemas.cases.assignment import Tier
from schemas.cases.case import STATE_NAMES, State
from schemas.cases.clock import Supervision
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel
from schemas.wording import harmless

PAGE, MOST = 50, 50_000
LAST_PAGE = 100_000
LONGEST_WORDS = 200
MOST_NAMED = 20
COLUMNS = {
    "case_id": "案件", "state": "状态", "category": "事项", "title": "标题", "content": "内容",
    "place_name": "地点", "division_code": "区划", "grid_code": "网格", "unit": "承办单位",
    "tier": "层级", "reports": "诉求件数", "follow_ups": "催办", "channels": "渠道",
    "supervision": "督办", "opened_at": "立案时间", "due_at": "时限", "settled_at": "办结时间",
}  # fmt: skip
EXACT = ("grid_code", "unit", "tier", "category", "state", "supervision")
FLAGS = {
    "open": f"state IN {OPEN}",
    "overdue": f"state IN {OPEN} AND due_at < now64(3)",
    "yellow": f"state IN {OPEN} AND supervision = 'yellow' AND due_at >= now64(3)",
    "today": f"opened_at >= {TODAY}",
    "settled_today": f"settled_at >= {TODAY}",
}
"""Conditions by the name of the number that they stand behind."""
SORTS = {"opened": "opened_at DESC", "reports": "reports DESC, opened_at DESC",
         "due": "due_at IS NULL, due_at, opened_at"}  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FLAGS, ("1",)),
    "tier": ("", *Tier),
    "category": ("", *CATEGORIES),
    "state": tuple(State),
    "supervision": tuple(Supervision),
    "channel": tuple(Channel),
    "sort": tuple(SORTS),
    "format": ("json", "csv", "xlsx"),
}
"""What a parameter of a list may be, where that is a short list."""
PARAMETERS = ("area", "unit", "grid_code", "words", "page", *VALUES)
"""All parameters that a list takes."""


def check_list(request: web.Request) -> None:
    """Raise `ProblemError` bad_request for a parameter or a value that is not known."""
    check_names(request, PARAMETERS)
    for name, value in request.query.items():
        known = VALUES.get(name)
        if known is not None and value not in known:
            listed = ", ".join(one or "(empty)" for one in known[:MOST_NAMED])
            more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
            detail = f"{name} is one of {listed}{more}, not {shorten(value)}"
            raise ProblemError(Problem.BAD_REQUEST, detail)
    if len(request.query.get("words", "")) > LONGEST_WORDS:
        detail = f"words has at most {LONGEST_WORDS} characters"
        raise ProblemError(Problem.BAD_REQUEST, detail)


def where(told: Mapping[str, str], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the condition of a list, which `check_list` has let through, and its parameters.

    `words` is looked for in title, content and place.
    """
    if told.get("area"):
        scope = scope.within(told["area"])
    parts, given = [f"({scope.sql})"], dict(scope.given)
    for name in EXACT:
        if name in told:
            parts.append(f"{name} = {{{name}:String}}")
            given[name] = told[name]
    parts += [condition for name, condition in FLAGS.items() if told.get(name) == "1"]
    if told.get("channel"):
        parts.append("has(channels, {channel:String})")
        given["channel"] = told["channel"]
    if told.get("words"):
        parts.append(
            "(positionUTF8(title, {words:String}) > 0 OR positionUTF8(content, {words:String}) > 0"
            " OR positionUTF8(place_name, {words:String}) > 0)"
        )
        given["words"] = told["words"]
    return " AND ".join(parts), given


def query(told: Mapping[str, str], scope: Scope, *, page: int, size: int) -> tuple[str, Any]:
    """Return the query of one page of a list; `total` in each row is how many there are."""
    condition, given = where(told, scope)
    order = SORTS.get(told.get("sort", ""), SORTS["opened"])
    sql = (
        f"SELECT {', '.join(COLUMNS)}, due_at < now64(3) AND state IN {OPEN} AS overdue,"
        f" count() OVER () AS total FROM cases WHERE {condition}"
        f" ORDER BY {order}, case_id LIMIT {int(size)} OFFSET {int(page) * int(size)}"
    )
    return sql, given


def shown(rows: list[dict[str, Any]], units: Mapping[str, str]) -> list[list[str]]:
    """Return rows in Chinese, the header first; no cell is a formula for a spreadsheet."""
    lines = [list(COLUMNS.values())]
    for row in rows:
        cells = dict(row)
        cells["state"] = STATE_NAMES[State(row["state"])]
        leaf = CATEGORIES.get(row["category"])
        cells["category"] = leaf.name if leaf else ""
        cells["unit"] = units.get(row["unit"], row["unit"])
        cells["channels"] = "、".join(CHANNEL_NAMES[Channel(one)] for one in row["channels"])
        lines.append(
            [harmless("" if cells[name] is None else str(cells[name])) for name in COLUMNS]
        )
    return lines


def as_csv(lines: list[list[str]]) -> bytes:
    """Return CSV that Excel opens as UTF-8 (with its byte order mark)."""
    made = io.StringIO(newline="")
    # In quotes, so that a program which also splits at semicolons or tabs finds no formula.
    csv.writer(made, quoting=csv.QUOTE_ALL).writerows(lines)
    return made.getvalue().encode("utf-8-sig")


def as_xlsx(lines: list[list[str]]) -> bytes:
    """Return an Excel workbook of one sheet."""
    return workbook("案件", lines)
