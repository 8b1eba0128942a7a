"""Parses and checks the body of a command that arrives over HTTP."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import Field, ValidationError

from hub.accounts.purpose import REASON_LETTERS, is_meaningful
from hub.web.problem import Problem, ProblemError
from schemas.base import Frozen
from schemas.cases.case import MOVE_NAMES, Move
from streams.steps.command import NEEDS_REASON

MAX_BODY = 64 * 1024
LAST_SEQ = 2**31 - 1


class CommandRequest(Frozen):
    """The body of a posted command. The token or the session identifies its sender."""

    move: Move
    command_id: UUID | None = Field(
        default=None, description="chosen by the caller; a repeated request takes effect once"
    )
    reason: str = Field(default="", max_length=2000)
    expected_seq: int | None = Field(
        default=None,
        ge=1,
        le=LAST_SEQ,
        description="refuse the command if the case has a later entry that it must know; reports"
        " and answers that leave state, unit, deadline, urgency, category and place are none",
    )
    data: Mapping[str, Any] = Field(default_factory=dict)


async def parse_command(request: web.Request) -> CommandRequest:
    """Return the command in the body of a request; raises `ProblemError`."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise ProblemError(Problem.TOO_LARGE, f"a command has at most {MAX_BODY} bytes")
    body = await request.content.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise ProblemError(Problem.TOO_LARGE, f"a command has at most {MAX_BODY} bytes")
    try:
        return CommandRequest.model_validate_json(body)
    except ValidationError as error:
        raise ProblemError(Problem.BAD_REQUEST, faults_of(error)) from error


def faults_of(error: ValidationError) -> str:
    """Return the validation errors in one line: each field with its fault."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors()
    )


def check_reason(body: CommandRequest) -> None:
    """Raise `ProblemError` if the move needs a reason in words and has none."""
    if body.move not in NEEDS_REASON or is_meaningful(body.reason, REASON_LETTERS):
        return
    detail = (
        f"reason: {MOVE_NAMES[body.move]}须用文字写明理由，至少{REASON_LETTERS}个汉字或字母；"
        "标点、数字或重复的一个字不算"
    )
    raise ProblemError(Problem.BAD_REQUEST, detail)
