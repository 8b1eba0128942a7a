"""Commands 指令: requests of people and systems to move a case, on `commands.v1`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.cases.case import Move, State


class Role(StrEnum):
    """Capacity in which somebody issues a command."""

    DISPATCHER = "dispatcher"
    """派单员: assigns cases to units, decides which reports are one matter"""
    UNIT = "unit"
    """承办单位"""
    SUPERVISOR = "supervisor"
    """督查"""
    CALLBACK = "callback"
    """回访员"""
    VOLUNTEER = "volunteer"
    """志愿者、党员: fulfils wishes"""
    HUB = "hub"
    """the hub itself, after a delivery"""


ROLE_NAMES: dict[Role, str] = {
    Role.DISPATCHER: "派单员",
    Role.UNIT: "承办单位",
    Role.SUPERVISOR: "督查",
    Role.CALLBACK: "回访员",
    Role.VOLUNTEER: "志愿者",
    Role.HUB: "系统",
}
"""Chinese names of the roles."""


class Command(Frozen):
    """A request to move a case; idempotent by `command_id`.

    `township` is the `route` of the case, the code of its city: it leads to the partition that owns
    the case. Its name is from the time when a route was a township. With `expected_seq` the command
    is refused if the case has changed since. `unit` is the unit of the sender; a dispatcher without
    a unit serves the whole county. The hub trusts role and unit of everybody who may write to
    `commands.v1`; over HTTP both come from the caller's credential.
    """

    command_id: UUID
    case_id: UUID
    move: Move
    actor: str = Field(min_length=1, description="unit or person who issues the command")
    role: Role = Role.DISPATCHER
    unit: str = Field(default="", description="code of the unit that issues the command")
    issued_at: Instant
    township: str = ""
    reason: str = ""
    expected_seq: int | None = None
    data: Mapping[str, Any] = Field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION


class CommandOutcome(Frozen):
    """Outcome of a command: the new state, or the reason for the refusal."""

    command_id: UUID
    case_id: UUID
    accepted: bool
    state: State | None = None
    seq: int | None = None
    refusal: str = ""
    at: Instant
    schema_version: int = SCHEMA_VERSION
