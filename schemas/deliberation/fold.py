"""The state of a deliberation 议事状况: folded from its records. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from schemas.deliberation.meeting import Attendance, Call, has_quorum
from schemas.deliberation.record import (
    Decision,
    DeliberationRecord,
    Publication,
    RecordKind,
    Result,
)
from schemas.deliberation.topic import DeliberationDetails, Step
from schemas.numbered import Span, counted, ended, with_evidence


class DeliberationState(StrEnum):
    """Whether a deliberation goes on."""

    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


STATE_NAMES: dict[DeliberationState, str] = {
    DeliberationState.OPEN: "进行中",
    DeliberationState.FINISHED: "已完成",
    DeliberationState.WITHDRAWN: "已撤回",
}
"""Chinese names of the states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpan(Span):
    """A step that a deliberation is in, or was in."""

    step: Step


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection to the decision, with its answer; `answered_at` is None while it has none."""

    seq: int
    at: datetime
    text: str
    answered_at: datetime | None = None
    answer: str = ""
    upheld: bool = False


@dataclass(frozen=True, slots=True)
class Deliberation:
    """A deliberation as it stands after the record `seq`.

    `call`, `attendance`, `decision` and `publication` are the last ones; a new call replaces what
    came before it. A postponed decision stays until then.
    """

    code: str
    details: DeliberationDetails
    seq: int
    state: DeliberationState
    spans: tuple[StepSpan, ...]
    changed_at: datetime
    cases: tuple[UUID, ...]
    project: str
    call: Call | None = None
    attendance: Attendance | None = None
    decision: Decision | None = None
    publication: Publication | None = None
    carried_by: str = ""
    objections: tuple[Objection, ...] = ()
    reason: str = ""
    """Why it was withdrawn, or how it ended."""

    @property
    def present(self) -> StepSpan:
        """The step that it is in, or was in at its end."""
        return self.spans[-1]

    @property
    def may_decide(self) -> bool:
        """Whether enough people came to the last meeting."""
        if self.call is None or self.attendance is None:
            return False
        return has_quorum(self.call.kind, self.attendance)

    @property
    def result(self) -> Result | None:
        """The result of the last decision; None if there is none."""
        return self.decision.result if self.decision else None

    @property
    def unanswered(self) -> tuple[Objection, ...]:
        """The objections without an answer."""
        return tuple(item for item in self.objections if item.answered_at is None)

    def days_late(self, now: datetime) -> int:
        """Return by how many days the present step is overdue; 0 if it is not."""
        if self.state is not DeliberationState.OPEN:
            return 0
        return self.present.days_late(now)


def deliberation_of(records: Sequence[DeliberationRecord]) -> Deliberation | None:
    """Return the deliberation of its records, in any order; None if it is not registered.

    Of records with the same number the earliest counts.
    """
    deliberation: Deliberation | None = None
    for record in counted(records):
        deliberation = _after(deliberation, record) if deliberation else _registered(record)
    return deliberation


def _registered(record: DeliberationRecord) -> Deliberation | None:
    if record.details is None or record.step is None or record.due is None:
        return None
    span = StepSpan(step=record.step, entered_at=record.at, due=record.due)
    return Deliberation(
        code=record.code,
        details=record.details,
        seq=record.seq,
        state=DeliberationState.OPEN,
        spans=with_evidence((span,), record),
        changed_at=record.at,
        cases=record.details.cases,
        project=record.details.project,
    )


def _after(before: Deliberation, record: DeliberationRecord) -> Deliberation:
    deliberation = replace(before, seq=record.seq, changed_at=record.at)
    match record.kind:
        case RecordKind.STEP if record.step is not None and record.due is not None:
            return _entered(deliberation, record, record.step, record.due)
        case RecordKind.EVIDENCE:
            return replace(deliberation, spans=with_evidence(deliberation.spans, record))
        case RecordKind.OBJECTION:
            objection = Objection(record.seq, record.at, record.note)
            return replace(deliberation, objections=(*deliberation.objections, objection))
        case RecordKind.ANSWERED:
            return _answered(deliberation, record)
        case RecordKind.LINKED:
            new = () if record.case_id in (None, *deliberation.cases) else (record.case_id,)
            cases = (*deliberation.cases, *(case for case in new if case is not None))
            return replace(
                deliberation, cases=cases, project=record.project or deliberation.project
            )
        case RecordKind.FINISHED | RecordKind.WITHDRAWN:
            is_done = record.kind is RecordKind.FINISHED
            state = DeliberationState.FINISHED if is_done else DeliberationState.WITHDRAWN
            spans = ended(deliberation.spans, record)
            return replace(deliberation, state=state, spans=spans, reason=record.note)
        case _:
            return deliberation


def _entered(
    deliberation: Deliberation, record: DeliberationRecord, step: Step, due: date
) -> Deliberation:
    span = StepSpan(step=step, entered_at=record.at, due=due)
    deliberation = replace(deliberation, spans=(*ended(deliberation.spans, record), span))
    if record.call is not None:
        return replace(
            deliberation, call=record.call, attendance=None, decision=None, publication=None
        )
    return replace(
        deliberation,
        attendance=record.attendance or deliberation.attendance,
        decision=record.decision or deliberation.decision,
        publication=record.publication or deliberation.publication,
        carried_by=record.carried_by or deliberation.carried_by,
    )


def _answered(deliberation: Deliberation, record: DeliberationRecord) -> Deliberation:
    """Return the deliberation with an answer; an upheld objection begins the topic again."""
    objections = tuple(
        replace(item, answered_at=record.at, answer=record.note, upheld=record.upheld)
        if item.seq == record.answers
        else item
        for item in deliberation.objections
    )
    deliberation = replace(deliberation, objections=objections)
    if record.step is None or record.due is None:
        return deliberation
    bare = record.model_copy(update={"note": "", "papers": ()})
    again = replace(deliberation, attendance=None, decision=None, publication=None)
    return _entered(again, bare, record.step, record.due)
