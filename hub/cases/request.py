"""The body of a command over HTTP, read and checked."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import Field, ValidationError

from hub.accounts.purpose import REASON_LETTERS, says_something
from hub.web.problem import Problem, ProblemError
from schemas.base import Frozen
from schemas.cases.case import Move
from streams.steps.command import NEEDS_REASON

MAX_BODY = 64 * 1024
LAST_SEQ = 2**31 - 1


class Wish(Frozen):
    """Body of a command over HTTP; who gives it follows from the token."""

    move: Move
    command_id: UUID | None = Field(
        default=None, description="drawn by the caller, so that a repeated request counts once"
    )
    reason: str = Field(default="", max_length=2000)
    expected_seq: int | None = Field(
        default=None,
        ge=1,
        le=LAST_SEQ,
        description="refuse it where the case is at another entry",
    )
    data: Mapping[str, Any] = Field(default_factory=dict)


async def wish_of(request: web.Request) -> Wish:
    """Return the command that a request's body tells; raises `ProblemError`."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise ProblemError(Problem.TOO_LARGE, f"a command has at most {MAX_BODY} bytes")
    body = await request.content.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise ProblemError(Problem.TOO_LARGE, f"a command has at most {MAX_BODY} bytes")
    try:
        return Wish.model_validate_json(body)
    except ValidationError as error:
        detail = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ProblemError(Problem.BAD_REQUEST, detail) from error


def check_reason(wish: Wish) -> None:
    """Raise `ProblemError` where a move that needs a reason has one that says nothing."""
    if wish.move not in NEEDS_REASON or says_something(wish.reason, REASON_LETTERS):
        return
    detail = (
        f"reason: {wish.move} needs one in words, {REASON_LETTERS} letters or Han characters at"
        " least, not dots, digits or one repeated character"
    )
    raise ProblemError(Problem.BAD_REQUEST, detail)
