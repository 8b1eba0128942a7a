"""The clock of a case 时限: the inputs of its deadline, and the stage of its supervision."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen, Instant


class Supervision(StrEnum):
    """Stage of supervision 督办: each stage is announced once for each deadline."""

    NONE = ""
    YELLOW = "yellow"
    """黄牌: 80 % of the time has passed"""
    RED = "red"
    """红牌: the deadline has passed"""
    UP = "up"
    """提级督办: a working day after the deadline the tier above supervises"""


class Clock(Frozen):
    """The inputs of a deadline, beside the reports and the extensions."""

    since: Instant | None = Field(
        default=None, description="when the case was reopened 重办; none: the reports decide"
    )
    suspended_at: Instant | None = Field(
        default=None, description="挂起: the clock is stopped since then"
    )
    paused: float = Field(
        default=0.0,
        ge=0,
        description="hours for which the clock was stopped: office hours, or all hours if the"
        " deadline runs around the clock",
    )
    not_before: Instant | None = Field(
        default=None, description="earliest deadline: a hand-over leaves time"
    )
