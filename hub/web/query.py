"""Reads query parameters 查询参数: known names only, and numbers within bounds.

An unknown name is refused. Otherwise a misspelt filter would have no effect, and the answer would
have all rows.
"""

import re
from collections.abc import Collection

from aiohttp import web

from hub.web.problem import Problem, ProblemError

DIGITS = re.compile(r"[0-9]{1,18}")
LONGEST_SHOWN = 40


def check_names(request: web.Request, known: Collection[str]) -> None:
    """Raise `ProblemError` bad_request for a parameter that is unknown or appears twice."""
    for name in request.query:
        if name not in known:
            names = ", ".join(known) or "none"
            detail = f"{shorten(name)} is no parameter of this address; known are: {names}"
            raise ProblemError(Problem.BAD_REQUEST, detail)
        if len(request.query.getall(name)) > 1:
            raise ProblemError(Problem.BAD_REQUEST, f"{name} appears more than once")


def whole_number(request: web.Request, name: str, *, most: int) -> int:
    """Return a parameter from 0 to `most`, 0 if it is absent; raises `ProblemError` bad_request.

    Only ASCII digits are accepted: no sign, no space, no digits of another script.
    """
    text = request.query.get(name, "0")
    if not DIGITS.fullmatch(text) or int(text) > most:
        detail = f"{name} is a whole number from 0 to {most}, not {shorten(text)}"
        raise ProblemError(Problem.BAD_REQUEST, detail)
    return int(text)


def shorten(text: str) -> str:
    """Return text of a client in quotes, shortened for an error message."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
