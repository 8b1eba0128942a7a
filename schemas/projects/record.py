"""The record of a project 项目记录: one thing that happened to a project, on `projects.v1`."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, derive_id
from schemas.numbered import NumberedRecord, Paper
from schemas.projects.money import Money, PlannedMoney
from schemas.projects.project import ProjectDetails, Stage


class RecordKind(StrEnum):
    """What happened to a project."""

    REGISTERED = "registered"
    """登记"""
    STAGE = "stage"
    """进入下一阶段: the stage before is done"""
    EVIDENCE = "evidence"
    """补充材料: papers or pictures of the present stage"""
    MONEY = "money"
    """到账"""
    CANCELLED = "cancelled"
    """更正: an amount was recorded by mistake"""
    PLANNED = "planned"
    """资金计划: how much is to come from each source; it replaces the plan before"""
    FINISHED = "finished"
    """完成: the last stage is done"""
    STOPPED = "stopped"
    """终止: it is not carried out"""


KIND_NAMES: dict[RecordKind, str] = {
    RecordKind.REGISTERED: "登记",
    RecordKind.STAGE: "进入下一阶段",
    RecordKind.EVIDENCE: "补充材料",
    RecordKind.MONEY: "资金到账",
    RecordKind.CANCELLED: "更正资金",
    RecordKind.PLANNED: "资金计划",
    RecordKind.FINISHED: "完成",
    RecordKind.STOPPED: "终止",
}
"""Chinese names of the kinds."""


class ProjectRecord(NumberedRecord):
    """One record of a project. Records of a project are numbered by `seq` from 1.

    If two people write the same number at the same time, the earlier one counts. `papers` of a
    record that enters a stage belong to the stage before, which they prove.
    """

    kind: RecordKind
    details: ProjectDetails | None = Field(default=None, description="of kind registered")
    stage: Stage | None = Field(default=None, description="the stage that begins")
    due: date | None = Field(default=None, description="last day of that stage, in Beijing time")
    contractor: str = Field(default="", description="施工方; masked if it is a person")
    note: str = Field(default="", description="masked")
    papers: tuple[Paper, ...] = ()
    money: Money | None = Field(default=None, description="of kinds money and cancelled")
    cancels: int | None = Field(default=None, description="`seq` of the amount that was a mistake")
    planned: tuple[PlannedMoney, ...] = Field(
        default=(), description="of kinds registered and planned: each source once"
    )
    schema_version: int = SCHEMA_VERSION


def record_id_of(code: str, seq: int, actor: str, at: datetime) -> UUID:
    """Return the id of a record."""
    return derive_id("project-record", code, str(seq), actor, at.isoformat())
