"""The state of a project 项目状况: folded from its records. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from schemas.numbered import Span, counted, ended, with_evidence
from schemas.projects.money import Money, MoneySource, PlannedMoney
from schemas.projects.project import ProjectDetails, Stage
from schemas.projects.record import ProjectRecord, RecordKind

NOTHING = Decimal("0.00")


class ProjectState(StrEnum):
    """Whether a project goes on."""

    OPEN = "open"
    FINISHED = "finished"
    STOPPED = "stopped"


STATE_NAMES: dict[ProjectState, str] = {
    ProjectState.OPEN: "进行中",
    ProjectState.FINISHED: "已完成",
    ProjectState.STOPPED: "已终止",
}
"""Chinese names of the states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpan(Span):
    """A stage that a project is in, or was in."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Received:
    """An amount that counts, with the number of its record."""

    seq: int
    at: datetime
    money: Money
    note: str


@dataclass(frozen=True, slots=True)
class Funding:
    """What a project is to receive from a source, and what it has received, in yuan."""

    source: MoneySource
    planned: Decimal
    raised: Decimal


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it stands after the record `seq`."""

    code: str
    details: ProjectDetails
    seq: int
    state: ProjectState
    spans: tuple[StageSpan, ...]
    money: tuple[Received, ...]
    contractor: str
    changed_at: datetime
    reason: str = ""
    """Why it was stopped."""
    planned: tuple[PlannedMoney, ...] = ()

    @property
    def present(self) -> StageSpan:
        """The stage that the project is in, or was in at its end."""
        return self.spans[-1]

    @property
    def raised(self) -> Decimal:
        """All money that it has received, in yuan."""
        return sum((Decimal(item.money.amount) for item in self.money), NOTHING)

    @property
    def funding(self) -> tuple[Funding, ...]:
        """Each source that is planned or has given, in the order of the sources."""
        planned = {item.source: Decimal(item.amount) for item in self.planned}
        raised: dict[MoneySource, Decimal] = {}
        for item in self.money:
            source = item.money.source
            raised[source] = raised.get(source, NOTHING) + Decimal(item.money.amount)
        return tuple(
            Funding(source, planned.get(source, NOTHING), raised.get(source, NOTHING))
            for source in MoneySource
            if source in planned or source in raised
        )

    def days_late(self, now: datetime) -> int:
        """Return by how many days the present stage is overdue; 0 if it is not."""
        if self.state is not ProjectState.OPEN:
            return 0
        return self.present.days_late(now)


def project_of(records: Sequence[ProjectRecord]) -> Project | None:
    """Return the project of its records, in any order; None if it is not registered.

    Of records with the same number the earliest counts.
    """
    project: Project | None = None
    for record in counted(records):
        project = _registered(record) if project is None else _after(project, record)
    return project


def _registered(record: ProjectRecord) -> Project | None:
    if record.details is None or record.stage is None or record.due is None:
        return None
    span = StageSpan(stage=record.stage, entered_at=record.at, due=record.due)
    return Project(
        code=record.code,
        details=record.details,
        seq=record.seq,
        state=ProjectState.OPEN,
        spans=with_evidence((span,), record),
        money=(),
        contractor=record.contractor,
        changed_at=record.at,
        planned=record.planned,
    )


def _after(project: Project, record: ProjectRecord) -> Project:
    project = replace(
        project,
        seq=record.seq,
        changed_at=record.at,
        contractor=record.contractor or project.contractor,
    )
    match record.kind:
        case RecordKind.MONEY if record.money is not None:
            item = Received(record.seq, record.at, record.money, record.note)
            return replace(project, money=(*project.money, item))
        case RecordKind.CANCELLED:
            left = tuple(item for item in project.money if item.seq != record.cancels)
            return replace(project, money=left)
        case RecordKind.PLANNED:
            return replace(project, planned=record.planned)
        case RecordKind.EVIDENCE:
            return replace(project, spans=with_evidence(project.spans, record))
        case RecordKind.STAGE if record.stage is not None and record.due is not None:
            span = StageSpan(stage=record.stage, entered_at=record.at, due=record.due)
            return replace(project, spans=(*ended(project.spans, record), span))
        case RecordKind.FINISHED:
            spans = ended(project.spans, record)
            return replace(project, state=ProjectState.FINISHED, spans=spans)
        case RecordKind.STOPPED:
            spans = ended(project.spans, record)
            return replace(project, state=ProjectState.STOPPED, spans=spans, reason=record.note)
        case _:
            return project
