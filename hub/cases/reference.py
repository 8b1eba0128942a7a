"""How people and programs name a case 事项号: by its short number or by its id."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from hub.runtime.errors import HubError
from hub.web.problem import Problem, ProblemError
from hub.web.query import shorten
from schemas.cases.number import parse_case_number

BY_NUMBER = (
    "SELECT toString(case_id) AS case_id, route FROM cases FINAL"
    " WHERE number = {number:String} AND {city:String} IN ('', route) ORDER BY route, opened_at"
)
RunQuery = Callable[[str, dict[str, Any]], list[dict[str, Any]]]


class CaseReferenceError(HubError, LookupError):
    """No case, or more than one, has this name; `problem` is the code of the HTTP answer."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


def cases_named(run_query: RunQuery, text: str) -> list[dict[str, str]]:
    """Return `case_id` and `route` of the cases with a short number; usually there is one."""
    number = parse_case_number(text)
    if number is None:
        return []
    return run_query(BY_NUMBER, {"number": str(number), "city": number.city})


def find_case_id(run_query: RunQuery, text: str) -> str:
    """Return the id of the case that `text` names; an id is returned as it is, in its usual form.

    Raises `CaseReferenceError` if the text is neither a number nor an id, if no case has the
    number, or if cases of several cities have it.
    """
    number = parse_case_number(text)
    if number is None:
        return _case_id(text)
    rows = cases_named(run_query, text)
    if not rows:
        raise CaseReferenceError(Problem.NOT_FOUND, f"no case has the number {number}")
    if len(rows) > 1:
        names = "、".join(f"{row['route']}-{number}" for row in rows)
        raise CaseReferenceError(
            Problem.SEVERAL_CASES, f"several cities have a case {number}; write one of {names}"
        )
    return str(rows[0]["case_id"])


def find_requested_case(run_query: RunQuery, text: str) -> str:
    """Return the id of the case that the address of a request names; raises `ProblemError`."""
    try:
        return find_case_id(run_query, text)
    except CaseReferenceError as error:
        raise ProblemError(error.problem, str(error)) from error


def _case_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise CaseReferenceError(
            Problem.BAD_REQUEST,
            f"{shorten(text)} is neither a case number such as 20261128-00042 nor a case id",
        ) from error
