"""Commands 指令: what a person or a system asks of a case, on `commands.v1`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.case import Move, State


class Command(Frozen):
    """One wish to move a case; idempotent by `command_id`.

    `township` routes it to the partition that owns the case (first nine digits of the case's
    division code). `expected_seq` refuses the command where the case has moved on.
    """

    command_id: UUID
    case_id: UUID
    move: Move
    actor: str = Field(min_length=1, description="unit or person who asks")
    issued_at: Instant
    township: str = ""
    reason: str = ""
    expected_seq: int | None = None
    data: Mapping[str, Any] = Field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION


class CommandOutcome(Frozen):
    """What came of a command: the new state, or the reason it was refused."""

    command_id: UUID
    case_id: UUID
    accepted: bool
    state: State | None = None
    seq: int | None = None
    refusal: str = ""
    at: Instant
    schema_version: int = SCHEMA_VERSION


class Feedback(Frozen):
    """What a channel is told of a report 反馈, on `feedback.v1`."""

    feedback_id: UUID
    case_id: UUID
    channel: str
    native_id: str
    event_id: UUID
    state: State
    text: str
    at: Instant
    schema_version: int = SCHEMA_VERSION
