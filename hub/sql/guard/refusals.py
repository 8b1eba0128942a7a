"""Refusals of the SQL endpoint 拒绝: one sentence each, in the form of a ClickHouse error.

A refusal names parts of the statement, never data. Engine errors about names and types are
passed on. Any other error is replaced by one sentence with its code, because its text or position
could reveal the value of a row.
"""

import re

NOT_ALLOWED = "497"
CODE = re.compile(r"Code: (\d+)")
OF_ENGINE = re.compile(r"Code: \d+\. (?:DB::Exception: )?(.*)", re.DOTALL)
SCOPE = re.compile(
    r"(?:[.:]? *In scope .*|:? *while (?:executing|processing) .*)", re.DOTALL | re.I
)
HINT = re.compile(r"\.? *Maybe you meant:? .*", re.DOTALL)
QUOTED_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'")
CODES = """
42 43 46 47 60 62 63 80 164 179 184 207 215 386 403 456 457
"""
OF_NAMES = frozenset(CODES.split())
"""Errors of the parser and the analyzer: names, types, numbers of arguments."""
LIMITS = {
    "158": "The query reads more rows than one query may read",
    "159": "The query takes longer than one query may take; select fewer rows or groups",
    "160": "The query would take longer than one query may take; select fewer rows or groups",
    "167": "The statement is nested too deeply; write it in fewer levels",
    "168": "The statement is too large; write it shorter",
    "241": "The query needs more memory than one query may use; select fewer rows or groups",
    "394": "The query was stopped",
    "396": "The result has more rows than one result may have; add LIMIT, or count and group",
}
FAILED = (
    "The query failed while it ran; the value is not shown, because it could be from a row that you"
    " may not see. Use functions that return NULL instead of failing (toUInt64OrNull,"
    " accurateCastOrNull, intDivOrNull)"
)
MOST_SHOWN = 300


class RefusedError(ValueError):
    """The role may not run this statement; the message begins with ClickHouse's code."""


class FailedError(ValueError):
    """An allowed statement failed; the message begins with ClickHouse's code."""


def refusal(what: str, instead: str) -> RefusedError:
    """Return the refusal of `what`; `instead` names the alternative."""
    return RefusedError(f"Code: {NOT_ALLOWED}. {what}; {instead}")


def failure(error: Exception) -> FailedError:
    """Return the part of an engine error that may be shown: names and types, or only the code."""
    text = str(error)
    code_match = CODE.search(text)
    code = code_match[1] if code_match else "1002"
    if code in LIMITS:
        return FailedError(f"Code: {code}. {LIMITS[code]}")
    if code not in OF_NAMES:
        return FailedError(f"Code: {code}. {FAILED}")
    match = OF_ENGINE.search(text)
    shown = HINT.sub("", SCOPE.sub("", match[1] if match else text))
    if code != "62":
        # A constant in the message may have been computed from rows.
        shown = QUOTED_VALUE.sub("'…'", shown)
    return FailedError(f"Code: {code}. {shown.strip()[:MOST_SHOWN]}")
