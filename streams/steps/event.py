"""One event in 收件: dropped as delivered twice, joined to its case, or opened as a new one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.case import (
    MOVES,
    SETTLED_STATES,
    Case,
    CaseEvent,
    Move,
    State,
    case_event_id_of,
)
from schemas.event import UnifiedEvent
from schemas.fact import FOLLOWING, Kind
from schemas.receipt import Disposition, Outcome
from schemas.report import Report
from streams.case.entries import dispatch, latest, open_case, reconsider, record, timed
from streams.case.evaluate import consequences, with_evaluation
from streams.case.merge import Cause, absorb, merge
from streams.case.notices import news
from streams.case.state import Effects, PartitionState
from streams.matching.judge import Likeness, Match, Verdict
from streams.report import joined, most_urgent, placed, report_of
from streams.town.register import Register

COVERAGE = frozenset({Kind.PATROL_CHECK, Kind.VISIT})
MATCHED = frozenset({Kind.REPORT})
ENDED = frozenset({State.WITHDRAWN, State.MERGED})
"""States of cases that take no more entries."""


def step(state: PartitionState, event: UnifiedEvent, register: Register) -> Effects:
    """Return what an event leads to. Time is the event's `received_at`: a replay is the same."""
    own = state.case_of(event.channel, event.native_id, event.parent_id)
    if event.event_id in state.seen and not _late(event, own, state):
        return Effects(route=event.route, duplicate=True)
    if event.kind in FOLLOWING and own is not None and event.received_at < own.opened_at:
        # It came before its report: to the case it is told in the moment of that.
        event = event.model_copy(update={"received_at": own.opened_at})
    if own is not None and _holds(own, event):
        return _resume(own, event, state, register)
    if event.kind in COVERAGE:
        return _done(event, Outcome.NOTED, register)
    if own is not None:
        return _follow(own, event, state, register)
    if event.kind in FOLLOWING:
        return _done(event, Outcome.ORPHANED, register)
    here = register.judge.read(event)
    found = Match(Verdict.OPEN)
    if event.kind in MATCHED and not event.confidential:
        found = register.judge.match(here, state.candidates(event.place, here.families))
    if found.verdict is Verdict.MERGE and found.best is not None:
        return _join(found.best, found, event, here.families, state, register)
    return _open(event, found, here.families, state, register)


def _late(event: UnifiedEvent, own: Case | None, state: PartitionState) -> bool:
    """Return whether an event that had no case has one now, which takes it."""
    return event.event_id in state.orphaned and own is not None and own.state not in ENDED


def _holds(case: Case, event: UnifiedEvent) -> bool:
    return event.event_id in case.recent or any(
        report.event_id == event.event_id for report in case.reports
    )


def _left_behind(case: Case, event: UnifiedEvent, state: PartitionState) -> tuple[CaseEvent, ...]:
    """Return the ends of cases that this event brought into `case`, and which a crash cut off."""
    held = {report.event_id for report in case.reports}
    why = Cause(event.event_id, event.received_at, "hub", _confirmed(event))
    return tuple(
        absorb(other, case.case_id, why, {})
        for other in sorted(state.candidates(event.place, case.families), key=_age)
        if other.case_id != case.case_id and held.issuperset(r.event_id for r in other.reports)
    )


def _age(case: Case) -> tuple[datetime, UUID]:
    return case.opened_at, case.case_id


def _confirmed(event: UnifiedEvent) -> str:
    return f"经{event.native_id}印证为同一事项"


def _resume(case: Case, event: UnifiedEvent, state: PartitionState, register: Register) -> Effects:
    """Finish what a crash cut short: the case has the event, but its disposition was not kept."""
    entries: tuple[CaseEvent, ...] = ()
    if case.state is State.RECEIVED and not case.returns and event.kind is not Kind.EVALUATION:
        entries = (
            dispatch(case, register, state.load, cause=event.event_id, at=event.received_at),
        )
    elif event.kind is Kind.EVALUATION:
        entries = consequences(
            case, register, state.load, cause=event.event_id, at=event.received_at
        )
    elif event.kind is Kind.REPORT:
        entries = reconsider(case, register, state.load, cause=event.event_id, at=event.received_at)
        entries += _left_behind(case, event, state)
    outcome = _outcome_of(case, event)
    known = tuple(case_event_id_of(case.case_id, seq) for seq in range(1, case.seq + 1))
    effects = _done(event, outcome, register, entries, case)
    if effects.disposition is None:
        return effects
    ids = known + effects.disposition.case_event_ids
    return Effects(
        route=event.route,
        case_events=entries,
        disposition=effects.disposition.model_copy(update={"case_event_ids": ids}),
        feedback=effects.feedback,
    )


def _outcome_of(case: Case, event: UnifiedEvent) -> Outcome:
    if case.reports[0].event_id == event.event_id:
        return Outcome.OPENED
    if any(report.event_id == event.event_id for report in case.reports):
        return Outcome.FOLLOWED if _told_before(case, event) else Outcome.MERGED
    if event.kind is Kind.WITHDRAWAL and case.state is State.WITHDRAWN:
        return Outcome.WITHDRAWN
    return Outcome.EVALUATED if event.kind is Kind.EVALUATION else Outcome.FOLLOWED


def _open(
    event: UnifiedEvent,
    found: Match,
    families: frozenset[str],
    state: PartitionState,
    register: Register,
) -> Effects:
    opened = open_case(event, families, {"rules": register.judge.version})
    entries = [opened]
    if found.suggested:
        entries.append(_suggest(opened.case, found, event))
    entries.append(
        dispatch(entries[-1].case, register, state.load, cause=event.event_id, at=event.received_at)
    )
    return _done(event, Outcome.OPENED, register, tuple(entries))


def _suggest(case: Case, found: Match, event: UnifiedEvent) -> CaseEvent:
    shown = [
        {
            "case_id": str(one.case.case_id),
            "score": one.score,
            "barred": one.barred,
            "match": dict(one.evidence),
        }
        for one in found.suggested
    ]
    best = found.suggested[0]
    return record(
        case,
        Move.SUGGEST,
        cause=event.event_id,
        at=event.received_at,
        reason=f"疑似同案，可能性{best.score:.2f}，待人工判定",
        data={**shown[0], "others": shown[1:]},
        suggested=(*case.suggested, *(one.case.case_id for one in found.suggested)),
    )


def _join(
    best: Likeness,
    found: Match,
    event: UnifiedEvent,
    families: frozenset[str],
    state: PartitionState,
    register: Register,
) -> Effects:
    """Join the likeliest case, and fold those into it that the report shows to be the same."""
    case = best.case
    reports = joined(case, report_of(event))
    entry = record(
        case,
        Move.JOIN,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=f"同一事项，可能性{best.score:.2f}",
        data={"score": best.score, "match": dict(best.evidence)},
        reports=reports,
        urgency=most_urgent(reports),
        **timed(reports, case.extensions, case.clock),
        families=tuple(sorted({*case.families, *families})),
    )
    entries = [entry]
    for other in found.also:
        survivor = latest(entries, case.case_id)
        why = Cause(event.event_id, event.received_at, "hub", _confirmed(event))
        evidence = {"score": other.score, "match": dict(other.evidence)}
        entries += merge(survivor, other.case, state, register, why, evidence)
    if found.suggested:
        survivor = latest(entries, case.case_id)
        entries.append(_suggest(survivor, found, event))
    return _done(event, Outcome.MERGED, register, tuple(entries), case)


def _follow(case: Case, event: UnifiedEvent, state: PartitionState, register: Register) -> Effects:
    if event.kind is Kind.WITHDRAWAL and _may_withdraw(case, event):
        entry = _entry(case, event, Move.WITHDRAW, "诉求人撤诉")
        return _done(event, Outcome.WITHDRAWN, register, (entry,))
    if event.kind is Kind.EVALUATION and case.state in MOVES[Move.EVALUATE]:
        return _evaluate(case, event, state, register)
    if case.state in ENDED:
        # Ended cases take no entries; the follow-up stays visible as one without a case.
        return _done(event, Outcome.ORPHANED, register)
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
    entries = [entry]
    if event.kind is Kind.REPORT:
        entries += reconsider(
            entry.case, register, state.load, cause=event.event_id, at=event.received_at
        )
    return _done(event, Outcome.FOLLOWED, register, tuple(entries), case)


def _evaluate(
    case: Case, event: UnifiedEvent, state: PartitionState, register: Register
) -> Effects:
    at = event.received_at
    entry = record(
        case,
        Move.EVALUATE,
        cause=event.event_id,
        at=at,
        channel=event.channel,
        reason=event.content[:200] or "回访评价",
        data=event.evaluation.model_dump(mode="json") if event.evaluation else {},
        **with_evaluation(case, event.evaluation, at),
    )
    then = consequences(entry.case, register, state.load, cause=event.event_id, at=at)
    return _done(event, Outcome.EVALUATED, register, (entry, *then))


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
    known = {(report.channel, report.native_id) for report in case.reports}
    reports = _urged(case.reports, event)
    if event.kind is Kind.REPORT and (event.channel, event.native_id) not in known:
        # Words like 快一点 are no telling of the matter: the report keeps none.
        reports = (*reports, report_of(event).model_copy(update={"telling": None}))
    changes: dict[str, Any] = {"reports": reports}
    if not case.category and event.category:
        changes["category"] = event.category
    if not case.division_code and event.place.division_code:
        changes |= placed(event.place)
    return changes


def _urged(reports: tuple[Report, ...], event: UnifiedEvent) -> tuple[Report, ...]:
    """Return the reports, with one more 催办 on the one that it belongs to."""
    own = [
        report.channel == event.channel and report.native_id in (event.parent_id, event.native_id)
        for report in reports
    ]
    at = own.index(True) if any(own) else 0
    urged = reports[at].model_copy(update={"follow_ups": reports[at].follow_ups + 1})
    return (*reports[:at], urged, *reports[at + 1 :])


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
    register: Register,
    entries: tuple[CaseEvent, ...] = (),
    case: Case | None = None,
) -> Effects:
    owner = case.case_id if case else (entries[-1].case_id if entries else None)
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
        route=event.route,
        case_events=entries,
        disposition=disposition,
        feedback=news(entries, register),
    )
