"""Writing a case's life 案件流水: each move makes the next entry, without gaps.

Every change of a case goes through `record`, so that no state changes without the state machine,
an entry and a reason.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.base import derive_id
from schemas.case import (
    Assignment,
    Case,
    CaseEvent,
    Move,
    Report,
    State,
    case_event_id_of,
    case_id_of,
    next_state,
)
from schemas.channel import Channel
from schemas.command import Feedback
from schemas.event import UnifiedEvent
from streams.assign import assign
from streams.deadline import accept_by, due_at
from streams.register import Register

KEEP_RECENT = 32
"""Causes that a snapshot remembers, so that an event whose disposition was lost is known."""


def report_of(event: UnifiedEvent) -> Report:
    """Return the entry of an event in its case."""
    return Report(
        event_id=event.event_id,
        channel=event.channel,
        native_id=event.native_id,
        reporter_key=event.reporter.key,
        received_at=event.received_at,
    )


def open_case(event: UnifiedEvent, evidence: Mapping[str, Any]) -> CaseEvent:
    """Return the first entry of the case that an event opens."""
    now = event.received_at
    case = Case(
        case_id=case_id_of(event.event_id),
        seq=1,
        state=State.RECEIVED,
        opened_at=now,
        updated_at=now,
        title=event.title,
        content=event.content,
        category=event.category,
        urgency=event.urgency,
        confidential=event.confidential,
        object_name=event.object_name,
        object_is_person=event.object_is_person,
        place_text=event.place.text,
        place_name=event.place.name,
        lon=event.place.lon,
        lat=event.place.lat,
        division_code=event.place.division_code,
        grid_code=event.place.grid_code,
        reports=(report_of(event),),
        due_at=due_at(now, event.urgency, event.channel),
        recent=(event.event_id,),
    )
    return _entry(case, Move.OPEN, event.event_id, event.channel, "hub", "立案", evidence)


def record(
    case: Case,
    move: Move,
    *,
    cause: UUID,
    at: datetime,
    reason: str,
    actor: str = "hub",
    channel: Channel | None = None,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> CaseEvent:
    """Return the next entry; raises `IllegalMoveError` where the state machine has no such move."""
    after = case.model_copy(
        update={
            "seq": case.seq + 1,
            "state": next_state(case.state, move),
            "updated_at": max(at, case.updated_at),
            "recent": _recent(case, cause),
            **changes,
        }
    )
    return _entry(after, move, cause, channel, actor, reason, data or {})


def _recent(case: Case, cause: UUID) -> tuple[UUID, ...]:
    if cause in case.recent:
        return case.recent
    return (cause, *case.recent[: KEEP_RECENT - 1])


def _entry(
    case: Case,
    move: Move,
    cause: UUID,
    channel: Channel | None,
    actor: str,
    reason: str,
    data: Mapping[str, Any],
) -> CaseEvent:
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


def dispatch(case: Case, register: Register, *, cause: UUID, at: datetime) -> CaseEvent:
    """Return the entry that gives a received case to its unit, or to triage."""
    decided = assign(case, register)
    if not isinstance(decided, Assignment):
        return record(case, Move.TRIAGE, cause=cause, at=at, reason=decided.reason, assignment=None)
    return record(
        case,
        Move.ASSIGN,
        cause=cause,
        at=at,
        reason=decided.reason,
        data=decided.model_dump(mode="json"),
        assignment=decided,
        accept_by=accept_by(at, case.urgency),
    )


def tell_reporters(entry: CaseEvent, text: str) -> tuple[Feedback, ...]:
    """Return what each channel that reported the case is to be told."""
    return tuple(
        Feedback(
            feedback_id=derive_id("feedback", str(entry.case_event_id), str(report.event_id)),
            case_id=entry.case_id,
            channel=report.channel,
            native_id=report.native_id,
            event_id=report.event_id,
            state=entry.state,
            text=text,
            at=entry.at,
        )
        for report in entry.case.reports
    )
