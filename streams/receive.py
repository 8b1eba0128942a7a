"""One event in 收件: dropped as delivered twice, joined to its case, or opened as a new one."""

from typing import Any

from schemas.case import (
    SETTLED_STATES,
    Assignment,
    Case,
    CaseEvent,
    Move,
    State,
    case_event_id_of,
)
from schemas.command import Feedback
from schemas.event import UnifiedEvent
from schemas.fact import Kind
from schemas.receipt import Disposition, Outcome
from streams.assign import assign
from streams.chronicle import dispatch, open_case, record, report_of, tell_reporters
from streams.match import Match, Verdict, match
from streams.register import Register
from streams.state import Effects, PartitionState

COVERAGE = frozenset({Kind.PATROL_CHECK, Kind.VISIT})
FOLLOWING = frozenset({Kind.FOLLOW_UP, Kind.WITHDRAWAL, Kind.EVALUATION})
MATCHED = frozenset({Kind.REPORT})


def step(state: PartitionState, event: UnifiedEvent, register: Register) -> Effects:
    """Return what an event leads to. Time is the event's `received_at`: a replay is the same."""
    if event.event_id in state.seen:
        return Effects(route=event.route, duplicate=True)
    own = state.case_of(event.channel, event.native_id, event.parent_id)
    if own is not None and _holds(own, event):
        return _resume(own, event, register)
    if event.kind in COVERAGE:
        return _done(event, Outcome.NOTED)
    if own is not None:
        return _follow(own, event, register)
    if event.kind in FOLLOWING:
        return _done(event, Outcome.ORPHANED)
    if event.kind in MATCHED:
        found = match(event, state.candidates(event.place.division_code, event.category))
        if found.verdict is Verdict.MERGE and found.case is not None:
            return _join(found.case, event, found)
        return _open(event, found, register)
    return _open(event, Match(Verdict.OPEN, None, 0.0, {}), register)


def _holds(case: Case, event: UnifiedEvent) -> bool:
    return event.event_id in case.recent or any(
        report.event_id == event.event_id for report in case.reports
    )


def _resume(case: Case, event: UnifiedEvent, register: Register) -> Effects:
    """Finish what a crash cut short: the case has the event, but its disposition was not kept."""
    entries: tuple[CaseEvent, ...] = ()
    if case.state is State.RECEIVED:
        entries = (dispatch(case, register, cause=event.event_id, at=event.received_at),)
    elif event.kind is Kind.REPORT:
        entries = _reconsider(case, event, register)
    outcome = _outcome_of(case, event)
    known = tuple(case_event_id_of(case.case_id, seq) for seq in range(1, case.seq + 1))
    effects = _done(event, outcome, entries, case)
    if effects.disposition is None:
        return effects
    ids = known + effects.disposition.case_event_ids
    return Effects(
        route=event.route,
        case_events=entries,
        disposition=effects.disposition.model_copy(update={"case_event_ids": ids}),
    )


def _outcome_of(case: Case, event: UnifiedEvent) -> Outcome:
    if case.reports[0].event_id == event.event_id:
        return Outcome.OPENED
    if any(report.event_id == event.event_id for report in case.reports):
        return Outcome.FOLLOWED if _told_before(case, event) else Outcome.MERGED
    if event.kind is Kind.WITHDRAWAL and case.state is State.WITHDRAWN:
        return Outcome.WITHDRAWN
    return Outcome.EVALUATED if event.kind is Kind.EVALUATION else Outcome.FOLLOWED


def _open(event: UnifiedEvent, found: Match, register: Register) -> Effects:
    opened = open_case(event, {"match": found.evidence, "score": found.score})
    entries = [opened]
    if found.verdict is Verdict.SUGGEST and found.case is not None:
        entries.append(_suggest(entries[-1].case, found, event))
    entries.append(dispatch(entries[-1].case, register, cause=event.event_id, at=event.received_at))
    text = f"您反映的事项已受理，编号{event.native_id}。"
    return _done(event, Outcome.OPENED, tuple(entries), None, tell_reporters(opened, text))


def _suggest(case: Case, found: Match, event: UnifiedEvent) -> CaseEvent:
    if found.case is None:
        raise ValueError("a suggestion needs the case that it suggests")
    return record(
        case,
        Move.SUGGEST,
        cause=event.event_id,
        at=event.received_at,
        reason=f"疑似同案，相似度{found.score:.2f}，待人工判定",
        data={"case_id": str(found.case.case_id), "score": found.score, "match": found.evidence},
        suggested=(*case.suggested, found.case.case_id),
    )


def _join(case: Case, event: UnifiedEvent, found: Match) -> Effects:
    entry = record(
        case,
        Move.JOIN,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=f"同一事项，相似度{found.score:.2f}",
        data={"score": found.score, "match": found.evidence},
        reports=(*case.reports, report_of(event)),
    )
    return _done(event, Outcome.MERGED, (entry,), None)


def _follow(case: Case, event: UnifiedEvent, register: Register) -> Effects:
    if event.kind is Kind.WITHDRAWAL and _may_withdraw(case, event):
        entry = _entry(case, event, Move.WITHDRAW, "诉求人撤诉")
        return _done(event, Outcome.WITHDRAWN, (entry,))
    if event.kind is Kind.EVALUATION and case.state in (State.RESOLVED, State.FED_BACK):
        entry = _entry(case, event, Move.EVALUATE, event.content or "回访评价")
        return _done(event, Outcome.EVALUATED, (entry,))
    if case.state in (State.WITHDRAWN, State.MERGED):
        # Ended cases take no entries; the follow-up stays visible as one without a case.
        return _done(event, Outcome.ORPHANED)
    entry = record(
        case,
        Move.FOLLOW_UP,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=event.content[:200] or "催办",
        follow_ups=case.follow_ups + 1,
        **_supplied(case, event),
    )
    return _done(event, Outcome.FOLLOWED, (entry, *_reconsider(entry.case, event, register)))


def _told_before(case: Case, event: UnifiedEvent) -> bool:
    """Return whether the case holds another report of the same number, or of the one named."""
    return any(
        report.event_id != event.event_id
        and report.channel == event.channel
        and report.native_id in (event.native_id, event.parent_id)
        for report in case.reports
    )


def _supplied(case: Case, event: UnifiedEvent) -> dict[str, Any]:
    """Return what a further telling adds to its case: its own number, a missing place or class.

    A citizen who writes in several messages names the place in one and the trouble in another.
    """
    changes: dict[str, Any] = {}
    known = {(report.channel, report.native_id) for report in case.reports}
    if event.kind is Kind.REPORT and (event.channel, event.native_id) not in known:
        changes["reports"] = (*case.reports, report_of(event))
    if not case.category and event.category:
        changes["category"] = event.category
    if not case.division_code and event.place.division_code:
        changes |= {
            "division_code": event.place.division_code,
            "grid_code": event.place.grid_code,
            "lon": event.place.lon,
            "lat": event.place.lat,
            "place_text": event.place.text,
            "place_name": event.place.name,
        }
    return changes


def _reconsider(case: Case, event: UnifiedEvent, register: Register) -> tuple[CaseEvent, ...]:
    """Assign a case that waits in triage 待研判 once a further telling makes it possible."""
    if case.state is not State.TRIAGE or case.returns or event.kind is not Kind.REPORT:
        return ()
    if not isinstance(assign(case, register), Assignment):
        return ()
    return (dispatch(case, register, cause=event.event_id, at=event.received_at),)


def _may_withdraw(case: Case, event: UnifiedEvent) -> bool:
    """One of several reporters cannot end a matter that the others still report."""
    others = {(r.channel, r.native_id) for r in case.reports}
    others -= {(event.channel, event.native_id), (event.channel, event.parent_id)}
    return not others and case.state not in SETTLED_STATES


def _entry(case: Case, event: UnifiedEvent, move: Move, reason: str) -> CaseEvent:
    return record(
        case,
        move,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=reason,
    )


def _done(
    event: UnifiedEvent,
    outcome: Outcome,
    entries: tuple[CaseEvent, ...] = (),
    case: Case | None = None,
    feedback: tuple[Feedback, ...] = (),
) -> Effects:
    owner = entries[-1].case_id if entries else (case.case_id if case else None)
    disposition = Disposition(
        event_id=event.event_id,
        receipt_id=event.receipt_id,
        channel=event.channel,
        route=event.route,
        outcome=outcome,
        case_id=owner,
        case_event_ids=tuple(entry.case_event_id for entry in entries),
        at=event.received_at,
    )
    return Effects(
        route=event.route, case_events=entries, disposition=disposition, feedback=feedback
    )
