"""Reading the query of an address 查询参数: known names only, and numbers within bounds.

A name that is not known is refused: whoever misspells a filter would be shown everything.
"""

import re
from collections.abc import Collection

from aiohttp import web

from hub.web.problem import Problem, ProblemError

DIGITS = re.compile(r"[0-9]{1,18}")
LONGEST_SHOWN = 40


def check_names(request: web.Request, known: Collection[str]) -> None:
    """Raise `ProblemError` bad_request for a parameter that is not `known`, or is given twice."""
    for name in request.query:
        if name not in known:
            detail = f"{cut(name)} is no parameter here; there are: {', '.join(known) or 'none'}"
            raise ProblemError(Problem.BAD_REQUEST, detail)
        if len(request.query.getall(name)) > 1:
            raise ProblemError(Problem.BAD_REQUEST, f"{name} is given more than once")


def whole_number(request: web.Request, name: str, *, most: int) -> int:
    """Return a parameter from 0 to `most`, 0 where it is absent; raises `ProblemError`.

    ASCII digits only: no sign, no space, no digits of another script.
    """
    text = request.query.get(name, "0")
    if not DIGITS.fullmatch(text) or int(text) > most:
        detail = f"{name} is a whole number from 0 to {most}, not {cut(text)}"
        raise ProblemError(Problem.BAD_REQUEST, detail)
    return int(text)


def cut(text: str) -> str:
    """Return what somebody sent, short enough for a sentence."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
