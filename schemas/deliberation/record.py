"""The record of a deliberation 议事记录: one thing that happened to it, on `deliberations.v1`."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, derive_id
from schemas.deliberation.meeting import Attendance, Call, Votes
from schemas.deliberation.topic import DeliberationDetails, Step
from schemas.numbered import CODE, NumberedRecord, Paper


class RecordKind(StrEnum):
    """What happened to a deliberation."""

    REGISTERED = "registered"
    """列入议事: it is put on the agenda"""
    STEP = "step"
    """进入下一步: the step before is done; after a postponement the topic again"""
    EVIDENCE = "evidence"
    """补充材料: papers of the present step"""
    OBJECTION = "objection"
    """异议: somebody objects to the decision"""
    ANSWERED = "answered"
    """答复异议: an objection is answered; if it is upheld, the topic begins again"""
    LINKED = "linked"
    """关联: a case or project that belongs to it"""
    FINISHED = "finished"
    """完成: the decision is carried out, or the rejection was published"""
    WITHDRAWN = "withdrawn"
    """撤回: it is taken off the agenda"""


KIND_NAMES: dict[RecordKind, str] = {
    RecordKind.REGISTERED: "列入议事",
    RecordKind.STEP: "进入下一步",
    RecordKind.EVIDENCE: "补充材料",
    RecordKind.OBJECTION: "异议",
    RecordKind.ANSWERED: "答复异议",
    RecordKind.LINKED: "关联",
    RecordKind.FINISHED: "完成",
    RecordKind.WITHDRAWN: "撤回",
}
"""Chinese names of the kinds."""


class Result(StrEnum):
    """What a meeting has decided."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    POSTPONED = "postponed"


RESULT_NAMES: dict[Result, str] = {
    Result.ADOPTED: "通过",
    Result.REJECTED: "未通过",
    Result.POSTPONED: "延期再议",
}
"""Chinese names of the results."""


class Decision(Frozen):
    """The decision of a meeting 决定."""

    decided_on: date = Field(description="day of the vote, in Beijing time")
    votes: Votes = Votes()
    result: Result
    text: str = Field(default="", description="the resolution 决议; masked, shown to the public")


class Publication(Frozen):
    """The publication of a decision 公示."""

    since: date
    until: date = Field(description="last day, in Beijing time")
    where: str = Field(min_length=1, description="such as 村务公开栏; masked")


class DeliberationRecord(NumberedRecord):
    """One record of a deliberation. Records of a deliberation are numbered by `seq` from 1.

    If two people write the same number at the same time, the earlier one counts. `papers` of a
    record that enters a step belong to the step before, which they prove.
    """

    kind: RecordKind
    details: DeliberationDetails | None = Field(default=None, description="of kind registered")
    step: Step | None = Field(default=None, description="the step that begins")
    due: date | None = Field(default=None, description="last day of that step, in Beijing time")
    call: Call | None = Field(default=None, description="where the step 召集 begins")
    attendance: Attendance | None = Field(default=None, description="where 会议 begins")
    decision: Decision | None = Field(default=None, description="where 决定 begins, or 议题 again")
    publication: Publication | None = Field(default=None, description="where 公示 begins")
    carried_by: str = Field(default="", description="unit that carries it out; where 落实 begins")
    answers: int | None = Field(default=None, description="`seq` of the objection that is answered")
    upheld: bool = Field(default=False, description="the objection is right")
    case_id: UUID | None = Field(default=None, description="of kind linked")
    project: str = Field(default="", pattern=f"{CODE}|^$", description="of kind linked")
    note: str = Field(default="", description="masked")
    papers: tuple[Paper, ...] = ()
    schema_version: int = SCHEMA_VERSION


def record_id_of(code: str, seq: int, actor: str, at: datetime) -> UUID:
    """Return the id of a record."""
    return derive_id("deliberation-record", code, str(seq), actor, at.isoformat())
