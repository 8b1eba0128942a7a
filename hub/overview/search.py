"""Searching cases 查找: the SQL condition of the words that a member types. Pure."""

import re
from typing import Any

MOST_WORDS = 8
"""Further words are searched together with the last one."""
DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
CASE_NUMBER = re.compile(r"[0-9a-fA-F-]{8,36}")
SHORTEST_NUMBER = 4
"""Length from which a word may be a part of a report's number: shorter ones occur by chance."""
REPORT_FIELDS = ("title", "content", "place_text", "place_name")
CASE_FIELDS = ("title", "content", "place_name", "answer")


def search_condition(text: str) -> tuple[str, dict[str, Any]]:
    """Return an SQL condition on `cases` and its parameters; every word must occur in the case.

    A word occurs in the text, place, answer or number of the case, in the text, place or number of
    one of its reports, or it is the date on which the case was opened. Capitals do not matter.
    The store keeps the text of confidential reports in other columns, so no word finds it.
    """
    words = text.split(maxsplit=MOST_WORDS - 1)
    parameters: dict[str, Any] = {}
    parts = []
    for number, word in enumerate(words):
        name = f"word_{number}"
        parameters[name] = word
        case_number = ("toString(case_id)",) if CASE_NUMBER.fullmatch(word) else ()
        alternatives = [_contains((*CASE_FIELDS, *case_number), name), _in_reports(word, name)]
        date = DATE.fullmatch(word)
        if date:
            parameters[f"day_{number}"] = "{:0>4}-{:0>2}-{:0>2}".format(*date.groups())
            # A day that no calendar has is NULL, and no case was opened on it.
            day = f"toDateOrNull({{day_{number}:String}})"
            alternatives.append(f"ifNull(toDate(opened_at, 'Asia/Shanghai') = {day}, 0)")
        parts.append(f"({' OR '.join(alternatives)})")
    return " AND ".join(parts) or "1", parameters


def _contains(fields: tuple[str, ...], parameter: str) -> str:
    """Return the condition that one of the fields contains the parameter."""
    return " OR ".join(
        f"positionCaseInsensitiveUTF8({field}, {{{parameter}:String}}) > 0" for field in fields
    )


def _in_reports(word: str, parameter: str) -> str:
    """Return the condition that a report of the case contains a word, or has it as its number."""
    numbered = f"lower(native_id) = lower({{{parameter}:String}})"
    if len(word) >= SHORTEST_NUMBER:
        numbered = _contains(("native_id",), parameter)
    reports = (
        "SELECT concat(channel, '/', native_id) FROM events"
        f" WHERE {_contains(REPORT_FIELDS, parameter)} OR {numbered}"
    )
    return (
        "(case_id IN (SELECT case_id FROM cases ARRAY JOIN native_ids AS report"
        f" WHERE report IN ({reports}))"
        " OR case_id IN (SELECT case_id FROM case_reports"
        f" WHERE concat(channel, '/', native_id) IN ({reports})))"
    )
