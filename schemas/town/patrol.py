"""Patrols and visits 巡查走访: grid workers, households, plans, and the duties they result in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from schemas.base import SCHEMA_VERSION, Frozen, Instant, derive_id
from schemas.registers.person_class import PersonClass
from schemas.reports.fact import Urgency


class WorkerKind(StrEnum):
    """Kind of grid worker; if a grid has several, the first in this order is responsible."""

    FULL_TIME = "full_time"
    """专职"""
    PART_TIME = "part_time"
    """兼职"""
    SPECIALIST = "specialist"
    """专属: works for a bureau, on its own matters"""


class Dated(Frozen):
    """A register entry that is valid from one day to another, both included."""

    since: date = date(2000, 1, 1)
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        return self


class Posting(Dated):
    """定格定责定员: a grid worker, by code, is responsible for a grid for a time."""

    code: str = Field(min_length=1)
    kind: WorkerKind = WorkerKind.FULL_TIME
    grid_code: str


class Household(Dated):
    """One household 户, by code, without names and addresses."""

    code: str = Field(min_length=1)
    grid_code: str
    classes: str = Field(default="", description="classes of care 重点户类别, separated by |")

    @property
    def listed_as(self) -> tuple[str, ...]:
        """The classes of the household; an ordinary household has none."""
        return tuple(filter(None, self.classes.split("|")))


class Every(StrEnum):
    """How often a duty is due. Periods are in Beijing time; weeks begin on Monday."""

    DAY = "day"
    WORKING_DAY = "working_day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    MATTER = "matter"
    """for each case of certain kinds, such as 三必到"""


class Does(StrEnum):
    """Kind of duty."""

    CHECK = "check"
    """巡查打卡"""
    VISIT = "visit"
    """走访"""


class Whom(StrEnum):
    """The subjects of a plan."""

    GRIDS = "grids"
    HOUSEHOLDS = "households"
    PEOPLE = "people"
    """people of the base register, by their classes"""


PERIODS_OF_PEOPLE = frozenset({Every.DAY, Every.WEEK, Every.MONTH, Every.QUARTER})
"""How often people may be visited by a plan."""


class Plan(Dated):
    """One rule of a patrol plan 巡查走访计划.

    Without `since` it begins on the day on which the hub first reads it, so that nobody has missed
    duties from before.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str = Field(min_length=1)
    does: Does
    every: Every
    whom: Whom = Whom.GRIDS
    classes: tuple[str, ...] = Field(
        default=(), description="of households, none: all households; of people: at least one"
    )
    category: tuple[str, ...] = Field(default=(), description="of cases: leaves, or family.*")
    urgency: tuple[Urgency, ...] = Field(default=(), description="of cases")
    within_hours: float = Field(default=0, ge=0, description="of cases: counted from the opening")

    @field_validator("classes", "category", "urgency", mode="before")
    @classmethod
    def _is_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(f"write a list, such as [{value}]")  # noqa: TRY004 - pydantic shows it
        return value

    @model_validator(mode="after")
    def _has_matching_fields(self) -> Self:
        has_case_fields = bool(self.category or self.urgency or self.within_hours)
        if self.every is Every.MATTER:
            if not (self.category or self.urgency) or not self.within_hours:
                raise ValueError(
                    f"a plan of every: {Every.MATTER} needs category or urgency, and within_hours"
                )
        elif has_case_fields:
            raise ValueError(f"category, urgency and within_hours need every: {Every.MATTER}")
        if self.classes and self.whom is Whom.GRIDS:
            raise ValueError(f"classes need whom: {Whom.HOUSEHOLDS} or {Whom.PEOPLE}")
        if self.whom is Whom.PEOPLE:
            self._check_people()
        return self

    def _check_people(self) -> None:
        if self.every not in PERIODS_OF_PEOPLE or self.does is not Does.VISIT:
            periods = ", ".join(sorted(PERIODS_OF_PEOPLE))
            raise ValueError(f"people need does: {Does.VISIT}, and every: {periods}")
        unknown = [name for name in self.classes if name not in tuple(PersonClass)]
        if unknown or not self.classes:
            named = f"{unknown[0]} is none; " if unknown else ""
            raise ValueError(
                f"whom: {Whom.PEOPLE} needs classes of the register: {named}"
                f"write codes such as {PersonClass.LIVES_ALONE} (docs/registers.md)"
            )
        twice = next((name for name in self.classes if self.classes.count(name) > 1), "")
        if twice:
            raise ValueError(f"whom: {Whom.PEOPLE} names class {twice} twice; delete one")


@dataclass(frozen=True, slots=True)
class Patrols:
    """The patrol registers of a town; `lines` are the line numbers of the plans in their file."""

    workers: tuple[Posting, ...]
    households: tuple[Household, ...]
    plans: tuple[Plan, ...]
    lines: tuple[int, ...]


class DutyOutcome(StrEnum):
    """Outcome of a duty after its time is over."""

    DONE = "done"
    MISSED = "missed"
    """not done in time"""


class Duty(Frozen):
    """A duty of a grid worker and its outcome, on `duties.v1`.

    It is published when its time is over. If a late upload shows that a missed duty was done, it is
    published again.
    """

    duty_id: UUID
    plan: str
    plan_name: str
    does: Does
    grid_code: str
    division_code: str = ""
    worker: str = Field(
        default="", description="code of the worker responsible for the grid; empty: nobody"
    )
    household: str = ""
    case_id: UUID | None = None
    begins: Instant
    ends: Instant = Field(description="deadline, exclusive")
    outcome: DutyOutcome
    done_at: Instant | None = None
    done_by: str = Field(default="", description="code of the first worker who did it")
    event_id: UUID | None = Field(default=None, description="the check or visit that fulfilled it")
    schema_version: int = SCHEMA_VERSION

    @property
    def subject(self) -> str:
        """Id of the case, or code of the household, or of the grid, that it is about."""
        return str(self.case_id or self.household or self.grid_code)


def duty_id_of(plan: str, subject: str, begins: datetime) -> UUID:
    """Return the id of a duty; `subject` is the code of a grid or household, or a case id."""
    return derive_id("duty", plan, subject, begins.astimezone(UTC).isoformat())
