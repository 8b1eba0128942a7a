"""The SQL of the case beside the list, and of the cases to merge it with 研判查询. Pure."""

import re
from typing import Any

from hub.accounts.permissions import Scope
from schemas.cases.case import Case
from schemas.cases.number import ascii_form, parse_case_number

MOST_CHOICES, MOST_WORDS = 24, 5
DIGITS = re.compile(r"[0-9-]+")

ENTRIES = """
SELECT move, at, actor, reason FROM case_events
WHERE case_id = {id:UUID} ORDER BY seq DESC LIMIT 6"""
"""The last entries; a confidential one has no reason in these columns."""
REPORTS = """
SELECT channel, title, content, place_text, received_at, confidential FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at LIMIT 5"""
_OPEN_CASES = """
SELECT toString(case_id) AS id, number, title, content, place_name, unit, state, confidential
FROM open_cases_kept AS c"""
CHOICES = f"{_OPEN_CASES} WHERE case_id IN {{ids:Array(UUID)}}"
ROUTES = "SELECT toString(case_id) AS id, route FROM cases WHERE case_id IN {ids:Array(UUID)}"


def choices_query(text: str, case: Case, scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the open cases that a typed text names, those of the same grid first.

    Digits are read as a part of a short number, everything else as words. Words find no
    confidential cases.
    """
    parameters: dict[str, Any] = {**scope.parameters, "case": str(case.case_id)}
    number, digits = parse_case_number(text), ascii_form(text)
    if number is not None or DIGITS.fullmatch(digits):
        plain = "replaceAll(number, '-', '')"
        condition = (
            f"(startsWith({plain}, {{digits:String}}) OR endsWith({plain}, {{digits:String}}))"
        )
        parameters["digits"] = (str(number) if number else digits).replace("-", "")
    else:
        texts = "concat(c.title, ' ', c.content, ' ', place_name)"
        parts = ["NOT confidential"]
        for position, word in enumerate(text.split(maxsplit=MOST_WORDS - 1)):
            parameters[f"word_{position}"] = word
            name = f"{{word_{position}:String}}"
            parts.append(f"positionCaseInsensitive({texts}, {name}) > 0")
        condition = " AND ".join(parts)
    parameters["grid"] = case.grid_code
    sql = (
        f"{_OPEN_CASES} WHERE ({scope.sql}) AND {condition} AND case_id != {{case:UUID}}"
        " ORDER BY grid_code != {grid:String}, opened_at DESC, case_id"
        f" LIMIT {MOST_CHOICES}"
    )
    return sql, parameters
