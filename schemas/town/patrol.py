"""Patrols and visits 巡查走访: who has which grid, who is to be seen and when, what came of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from schemas.base import SCHEMA_VERSION, Frozen, Instant, derive_id
from schemas.reports.fact import Urgency


class WorkerKind(StrEnum):
    """Sort of grid worker; of several in one grid the first of this order is answerable."""

    FULL_TIME = "full_time"
    """专职"""
    PART_TIME = "part_time"
    """兼职"""
    SPECIALIST = "specialist"
    """专属: of a bureau, for its own matters"""


class Lasting(Frozen):
    """Something of a register that holds from a day to a day, both counted."""

    since: date = date(2000, 1, 1)
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        return self


class Posting(Lasting):
    """定格定责定员: a grid worker, by code, has a grid for a time."""

    code: str = Field(min_length=1)
    kind: WorkerKind = WorkerKind.FULL_TIME
    grid_code: str


class Household(Lasting):
    """One household 户 by code; no names, no addresses."""

    code: str = Field(min_length=1)
    grid_code: str
    classes: str = Field(default="", description="classes of care 重点户类别, parted by |")

    @property
    def listed_as(self) -> tuple[str, ...]:
        """Its classes; none: an ordinary household."""
        return tuple(one for one in self.classes.split("|") if one)


class Every(StrEnum):
    """How often something is due; periods are of Beijing time, weeks begin on Monday."""

    DAY = "day"
    WORKING_DAY = "working_day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    MATTER = "matter"
    """on each case of certain sorts, such as 三必到"""


class Does(StrEnum):
    """What is to be done."""

    CHECK = "check"
    """巡查打卡"""
    VISIT = "visit"
    """走访"""


class Whom(StrEnum):
    """What a plan goes round."""

    GRIDS = "grids"
    HOUSEHOLDS = "households"


class Plan(Lasting):
    """One rule of a patrol plan 巡查走访计划.

    Without `since` it begins on the day on which the hub sees it first: nobody has missed what was
    asked of him later.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    does: Does
    every: Every
    whom: Whom = Whom.GRIDS
    classes: tuple[str, ...] = Field(default=(), description="of households; none: all of them")
    category: tuple[str, ...] = Field(default=(), description="of matters: leaves, or family.*")
    urgency: tuple[Urgency, ...] = Field(default=(), description="of matters")
    within_hours: float = Field(default=0, ge=0, description="of matters: from when it is opened")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        told = bool(self.category or self.urgency or self.within_hours)
        if self.every is Every.MATTER:
            if not (self.category or self.urgency) or not self.within_hours:
                raise ValueError(
                    "of each matter a plan needs category or urgency, and within_hours"
                )
        elif told:
            raise ValueError(f"category, urgency and within_hours are of every: {Every.MATTER}")
        if self.classes and self.whom is not Whom.HOUSEHOLDS:
            raise ValueError(f"classes are of whom: {Whom.HOUSEHOLDS}")
        return self


@dataclass(frozen=True, slots=True)
class Patrols:
    """The registers of patrols; `lines` are the lines of the plans in their file."""

    workers: tuple[Posting, ...]
    households: tuple[Household, ...]
    plans: tuple[Plan, ...]
    lines: tuple[int, ...]


class DutyOutcome(StrEnum):
    """What came of a duty once its time was over."""

    DONE = "done"
    MISSED = "missed"
    """due and not seen"""


class Duty(Frozen):
    """What was due of a grid worker and what came of it, on `duties.v1`.

    Told when its time is over; a late upload that shows a missed one as done is told as one more.
    """

    duty_id: UUID
    plan: str
    plan_name: str
    does: Does
    grid_code: str
    division_code: str = ""
    worker: str = Field(default="", description="code of who has the grid; empty where nobody has")
    household: str = ""
    case_id: UUID | None = None
    begins: Instant
    ends: Instant = Field(description="by when; not counted in itself")
    outcome: DutyOutcome
    done_at: Instant | None = None
    done_by: str = Field(default="", description="code of the worker who did it first")
    event_id: UUID | None = Field(default=None, description="the check or visit that counts")
    schema_version: int = SCHEMA_VERSION

    @property
    def subject(self) -> str:
        """Whom it is about: a case, else a household, else a grid."""
        return str(self.case_id or self.household or self.grid_code)


def duty_id_of(plan: str, subject: str, begins: datetime) -> UUID:
    """Return the id of what is due; `subject` is the code of a grid or household, or a case id."""
    return derive_id("duty", plan, subject, begins.astimezone(UTC).isoformat())
