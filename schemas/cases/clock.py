"""The clock of a case 时限: what moves its deadline, and how far its supervision has gone."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen, Instant


class Supervision(StrEnum):
    """How far 督办 has gone: each stage is told once for each deadline."""

    NONE = ""
    YELLOW = "yellow"
    """黄牌: 80 % of the time is gone"""
    RED = "red"
    """红牌: the deadline is past"""
    UP = "up"
    """提级督办: a working day past it, the tier above supervises"""


class Clock(Frozen):
    """What a deadline is reckoned from beside the reports and the extensions."""

    since: Instant | None = Field(
        default=None, description="when the case was reopened 重办; none: the reports tell"
    )
    suspended_at: Instant | None = Field(default=None, description="挂起: the clock stands still")
    paused: float = Field(
        default=0.0,
        ge=0,
        description="hours for which it has stood still: of office time, or of the day where the"
        " deadline runs around the clock",
    )
    not_before: Instant | None = Field(
        default=None, description="the deadline is not before this: a hand-over leaves time"
    )
