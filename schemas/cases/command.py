"""Commands 指令: what a person or a system asks of a case, on `commands.v1`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.cases.case import Move, State


class Role(StrEnum):
    """In which capacity somebody commands."""

    DISPATCHER = "dispatcher"
    """派单员: gives cases to units, decides what is one matter"""
    UNIT = "unit"
    """承办单位"""
    SUPERVISOR = "supervisor"
    """督查"""
    CALLBACK = "callback"
    """回访员"""
    VOLUNTEER = "volunteer"
    """志愿者、党员: takes wishes on"""
    HUB = "hub"
    """the hub itself: what it has delivered"""


class Command(Frozen):
    """One wish to move a case; idempotent by `command_id`.

    `township` routes it to the partition that owns the case (first nine digits of the case's
    division code). `expected_seq` refuses the command where the case has moved on. `unit` is the
    unit for which it is made; a dispatcher without one serves the whole county. Who may write to
    `commands.v1` is trusted with role and unit; over HTTP both come from the caller's credential.
    """

    command_id: UUID
    case_id: UUID
    move: Move
    actor: str = Field(min_length=1, description="unit or person who asks")
    role: Role = Role.DISPATCHER
    unit: str = Field(default="", description="code of the unit that asks")
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
