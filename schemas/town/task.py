"""Tasks from above 下派任务: what a department hands to townships or communities; the ruling."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant, derive_id
from schemas.cases.assignment import Tier
from schemas.town.lists import TaskKind

WEIGHTS: dict[TaskKind, int] = {
    TaskKind.FORM: 1,
    TaskKind.MEETING: 1,
    TaskKind.INSPECTION: 2,
    TaskKind.CAMPAIGN: 3,
}
"""How much a task of a kind weighs in the burden index. The view `burdens` has the same numbers."""
RECEIVING = (Tier.TOWNSHIP, Tier.VILLAGE)
"""The tiers to which tasks are handed down."""
_BRACKETS = re.compile(r"[\[(【「『〔{](\d{4})[\])】」』〕}]")


class Ruling(StrEnum):
    """What the hub, or the county, has decided about a task."""

    ADMITTED = "admitted"
    """准入: it is on the list, or the county has admitted it"""
    REFUSED = "refused"
    """退回: it may not be handed down"""
    TO_COUNTY = "to_county"
    """报县审核: it is not on the list, and waits for the decision of the county"""


RULING_NAMES: dict[Ruling, str] = {
    Ruling.ADMITTED: "准入",
    Ruling.REFUSED: "退回",
    Ruling.TO_COUNTY: "报县审核",
}
"""Chinese names of the rulings."""


class TaskRequest(Frozen):
    """A task as it is handed down, before it is checked."""

    department: str = Field(min_length=1, description="code of the unit that hands it down")
    paper: str = Field(default="", max_length=60, description="number of the paper 文号")
    title: str = Field(min_length=2, max_length=100)
    kind: TaskKind
    tier: Tier = Field(description="township or village: who has to do it")
    receiver: str = Field(default="", description="code of the only unit that gets it; empty: all")
    handed_on: date = Field(description="day on which it was handed down")
    due_on: date | None = None
    resources: str = Field(
        default="",
        max_length=200,
        description="people and money that come with it 人随事转、费随事转",
    )

    @property
    def task_id(self) -> UUID:
        """The id: the same task that two clerks register is one task."""
        title = _compact(self.title)
        same = (self.department, self.paper, title, self.kind, self.tier, self.receiver)
        # Without a paper, the day tells apart tasks of the same title.
        day = "" if self.paper else self.handed_on.isoformat()
        return derive_id("task", *same, day)


class Task(Frozen):
    """A registered task 下派任务 with the ruling; the newest version counts."""

    task_id: UUID
    request: TaskRequest
    receivers: int = Field(ge=0, description="units that have to do it")
    ruling: Ruling
    reason: str = Field(description="why, in Chinese, with the line of the list")
    registered_by: str
    registered_at: Instant
    decided_by: str = Field(default="", description="who decided for the county; empty: the list")
    decided_at: Instant | None = None


def paper_number(text: str) -> str:
    """Return the number of a paper in one spelling: 清卫发[2026] 12 号 → 清卫发〔2026〕12号."""
    return _BRACKETS.sub(r"〔\1〕", _compact(text))


def _compact(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
