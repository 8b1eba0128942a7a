"""The entries of a case 事项流水: each move appends one, numbered without gaps.

Every change of a case goes through `append_move`: no state changes without the state machine, an
entry and a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases.assignment import Assignment
from schemas.cases.basis import basis_seq
from schemas.cases.case import (
    Case,
    CaseEvent,
    Move,
    Standing,
    State,
    case_event_id_of,
    case_id_of,
    next_state,
)
from schemas.cases.clock import Clock, Supervision
from schemas.cases.filed import FiledReport
from schemas.channel import Channel
from schemas.reports.danger import danger_reason
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.reports.report import Report, Telling
from streams.case.assign import Load, assign, parts_reason
from streams.case.deadline import accept_by, due_of, yellow_of
from streams.case.reports.sample import Sample, at_time, filings_of, sampled
from streams.report import most_urgent, report_of, telling_of, text_fields
from streams.town.register import Register

KEEP_RECENT = 32
"""Causes that a snapshot lists: an event whose disposition was lost is recognised by them."""


def open_case(
    event: UnifiedEvent,
    families: Iterable[str],
    evidence: Mapping[str, Any],
    follows: UUID | None = None,
    number: str = "",
) -> CaseEvent:
    """Return the first entry of the case that an event opens; `number` is its 事项号.

    `follows` is the settled case of the same matter, if there is one.
    """
    report = report_of(event)
    telling = report.telling or telling_of(event)
    case = new_case(
        case_id_of(event.event_id),
        Sample((report.model_copy(update={"telling": None}),)),
        telling,
        event.event_id,
        content=event.content,
        confidential=event.confidential,
        wish=event.kind is Kind.WISH,
        families=tuple(sorted(families)),
        parts=event.parts,
        route=event.route,
        follows=follows,
        number=number,
    )
    former = f"，前案{follows}已办结" if follows else ""
    danger = f"，{danger_reason(event.danger)}" if event.danger else ""
    reason = f"立案{former}{danger}{parts_reason(event.parts)}"
    return entry_of(case, Move.OPEN, event.event_id, event.channel, "hub", reason, evidence)


def new_case(case_id: UUID, sample: Sample, telling: Telling, cause: UUID, **more: Any) -> Case:
    """Return a new case of the reports of `sample`; it shows `telling`, the text of the first."""
    first = sample.listed[0]
    fields: dict[str, Any] = {
        "case_id": case_id,
        "seq": 1,
        "basis_seq": 1,
        "state": State.RECEIVED,
        "opened_at": first.received_at,
        "updated_at": first.received_at,
        "recent": (cause,),
        "follow_ups": sum(report.follow_ups for report in (*sample.listed, *sample.left)),
        **report_fields(sample.listed),
        "filed": len(sample.left),
        **text_fields(telling),
    }
    return Case(**fields | more)


def report_fields(
    listed: tuple[Report, ...], extensions: int = 0, clock: Clock | None = None
) -> dict[str, Any]:
    """Return the fields that follow from the listed reports: themselves, urgency, deadline."""
    return {
        "reports": listed,
        "urgency": most_urgent(listed),
        **deadline_fields(listed, extensions, clock),
    }


def with_reports(case: Case, reports: tuple[Report, ...]) -> dict[str, Any]:
    """Return the changes by more reports: what is listed now, and urgency and deadline.

    `reports` are those that the case lists, and the new ones, in the order of `combined`.
    """
    changes = with_listed(case, reports)
    return changes | report_fields(changes["reports"], case.extensions, case.clock)


def with_listed(case: Case, reports: tuple[Report, ...]) -> dict[str, Any]:
    """Return the changes of the listed reports; those that leave the list are filed.

    They are the value of the key `filings`, which `append_move` puts into the entry.
    """
    sample = sampled(reports, case.filed)
    if not sample.left:
        return {"reports": sample.listed}
    answered = sum(is_answered(report, case) for report in sample.left)
    return {
        "reports": sample.listed,
        "filed": case.filed + len(sample.left),
        "filed_answered": case.filed_answered + answered,
        "filings": filings_of(case.case_id, case.seq + 1, sample.left),
    }


def is_answered(report: Report, case: Case) -> bool:
    """Whether the channel of a report has the answer of the last settlement."""
    at = report.answered_at
    return at is not None and (case.settled_at is None or at >= case.settled_at)


def deadline_fields(
    reports: Iterable[Report], extensions: int = 0, clock: Clock | None = None
) -> dict[str, Any]:
    """Return the deadline of a case, and the time at which its supervision starts."""
    limit = due_of(reports, extensions, clock)
    return {"due_at": limit.due, "yellow_at": yellow_of(limit)}


def with_new_deadline(case: Case, **changes: Any) -> dict[str, Any]:
    """Return `changes` of a clock with the new deadline; the supervision starts again."""
    clock: Clock = changes.get("clock", case.clock)
    extensions: int = changes.get("extensions", case.extensions)
    return {
        **changes,
        **deadline_fields(case.reports, extensions, clock),
        "supervision": Supervision.NONE,
    }


def latest(entries: Sequence[CaseEvent], case_id: UUID) -> Case:
    """Return the case after the last of its entries in `entries`."""
    return next(entry.case for entry in reversed(entries) if entry.case_id == case_id)


def append_move(
    case: Case,
    move: Move,
    *,
    cause: UUID,
    at: datetime,
    reason: str,
    actor: str = "hub",
    channel: Channel | None = None,
    data: Mapping[str, Any] | None = None,
    filings: tuple[FiledReport, ...] = (),
    **changes: Any,
) -> CaseEvent:
    """Return the next entry; raises `IllegalMoveError` if the state does not allow the move.

    `filings` are the filed reports that the move adds or changes.
    """
    changes = {"state": next_state(case.state, move), **changes}
    after = case.model_copy(
        update={
            "seq": case.seq + 1,
            "basis_seq": basis_seq(case, move, changes),
            "updated_at": max(at, case.updated_at),
            "recent": _recent(case, cause),
            **changes,
        }
    )
    entry = entry_of(after, move, cause, channel, actor, reason, data or {})
    return entry.model_copy(
        update={"before": _standing(case), "filed": at_time(filings, after.updated_at)}
    )


def _standing(case: Case) -> Standing:
    assignment = case.assignment
    return Standing(
        unit=assignment.unit if assignment else "",
        handed_over=assignment.handed_over if assignment else False,
        accept_by=case.accept_by,
    )


def _recent(case: Case, cause: UUID) -> tuple[UUID, ...]:
    if cause in case.recent:
        return case.recent
    return (cause, *case.recent[: KEEP_RECENT - 1])


def entry_of(
    case: Case,
    move: Move,
    cause: UUID,
    channel: Channel | None,
    actor: str,
    reason: str,
    data: Mapping[str, Any],
) -> CaseEvent:
    """Return the entry of a snapshot."""
    return CaseEvent(
        case_event_id=case_event_id_of(case.case_id, case.seq),
        case_id=case.case_id,
        seq=case.seq,
        move=move,
        at=case.updated_at,
        state=case.state,
        cause=cause,
        channel=channel,
        actor=actor,
        reason=reason,
        data=data,
        case=case,
    )


def dispatch(case: Case, register: Register, load: Load, *, cause: UUID, at: datetime) -> CaseEvent:
    """Return the entry that assigns a received case to its unit, or sends it to triage."""
    decided = assign(case, register, load)
    if not isinstance(decided, Assignment):
        return append_move(
            case,
            Move.TRIAGE,
            cause=cause,
            at=at,
            reason=decided.reason,
            data={"rules_version": register.version, "models": register.matcher.version},
            assignment=None,
        )
    return _assigned(case, decided, register, cause, at)


def _assigned(
    case: Case, decided: Assignment, register: Register, cause: UUID, at: datetime
) -> CaseEvent:
    """Return the entry of an assignment; its data name the versions of rules and models."""
    return append_move(
        case,
        Move.ASSIGN,
        cause=cause,
        at=at,
        reason=decided.reason,
        data={**decided.model_dump(mode="json"), "models": register.matcher.version},
        assignment=decided,
        accept_by=accept_by(at, case.urgency),
    )


def reconsider(
    case: Case, register: Register, load: Load, *, cause: UUID, at: datetime
) -> tuple[CaseEvent, ...]:
    """Return the assignment of a case in triage 待研判, if it has become possible.

    A case that a unit returned, or did not accept in time, waits for a person.
    """
    if case.returns or case.time_outs:
        return ()
    return assigned_again(case, register, load, cause=cause, at=at)


def assigned_again(
    case: Case, register: Register, load: Load, *, cause: UUID, at: datetime
) -> tuple[CaseEvent, ...]:
    """Return the assignment of a case in triage by the rules; empty if they decide nothing."""
    if case.state is not State.TRIAGE:
        return ()
    decided = assign(case, register, load)
    if not isinstance(decided, Assignment):
        return ()
    return (_assigned(case, decided, register, cause, at),)
