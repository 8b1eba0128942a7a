"""The step of an event 收件: drops a duplicate, joins a case, or opens a new case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from schemas.cases.case import (
    ANSWERED_STATES,
    MOVES,
    SETTLED_STATES,
    Case,
    CaseEvent,
    Move,
    State,
    case_event_id_of,
    case_id_of,
)
from schemas.reports.danger import danger_reason
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import FOLLOWING, Kind
from schemas.reports.receipt import Disposition, Outcome
from schemas.town.rules import Again
from streams.case.alarm import alarm, hastened
from streams.case.entries import (
    append_move,
    dispatch,
    latest,
    open_case,
    reconsider,
    with_reports,
)
from streams.case.evaluate import consequences, with_evaluation
from streams.case.merge import Cause, absorb, merge
from streams.case.notices import feedback_for, feedback_to_many
from streams.case.state import Effects, PartitionState
from streams.matching.matcher import SHOWN, Candidate, Match, Verdict
from streams.matching.retrieval import keys_of, reporter_key
from streams.report import age_of_case, report_of, telling_of, with_report
from streams.steps.again import is_asked_again, reopen, reopens, settled_match
from streams.steps.follow_up import fields_added_by, has_earlier_report
from streams.town.register import Register

LATEST_FILED = 200
"""Filed reports that may have opened a case whose merge a crash interrupted."""
LATEST_PUBLISHED = 64
"""Entries of a case that the disposition of an interrupted step lists: earlier ones are stored
before them."""
NOTED = frozenset({Kind.PATROL_CHECK, Kind.VISIT, Kind.SERVICE_STAGE})
"""Kinds that are counted and never have a case."""
MATCHED = frozenset({Kind.REPORT})
ENDED = frozenset({State.WITHDRAWN, State.MERGED})
"""States in which a case takes no more entries."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the step of an event has come: its outcome, and its entries so far."""

    outcome: Outcome
    case: Case | None = None
    """The event's case after the entries; None where the event has no case."""
    entries: tuple[CaseEvent, ...] = ()
    published: tuple[UUID, ...] = ()
    """Ids of the case's entries that were published before a crash."""


def step(state: PartitionState, event: UnifiedEvent, register: Register) -> Effects:
    """Return the effects of an event. Time is its `received_at`: a replay gives the same."""
    existing = state.case_of(event.channel, event.native_id, event.parent_id)
    if event.event_id in state.seen and not _late(event, existing, state):
        return Effects(route=event.route, duplicate=True)
    if event.kind in FOLLOWING and existing is not None and event.received_at < existing.opened_at:
        # It arrived before its report, so its time is that at which the case was opened.
        event = event.model_copy(update={"received_at": existing.opened_at})
    progress = _progress(existing, event, state, register)
    return _finish(progress, event, state, register)


def _progress(
    existing: Case | None, event: UnifiedEvent, state: PartitionState, register: Register
) -> Progress:
    """Return the progress by the event itself; if a crash came after it, what is published."""
    if existing is not None and (
        event.event_id in existing.recent or state.holds(existing, event.event_id)
    ):
        return _resumed(existing, event, state)
    if event.kind in NOTED:
        return Progress(Outcome.NOTED)
    if existing is not None and not _opens_anew(existing, event):
        return _follow(existing, event, state)
    if event.kind in FOLLOWING and event.danger is None:
        return Progress(Outcome.ORPHANED)
    report = register.matcher.read(event)
    if event.kind not in MATCHED or event.confidential:
        return _open(event, Match(Verdict.OPEN), report.families, state, register)
    keys = [
        *keys_of(telling_of(event), report.families),
        *reporter_key(event.reporter.key),
    ]
    match = register.matcher.match(report, state.candidates(keys))
    if match.verdict is Verdict.MERGE and match.best is not None:
        return _join(match.best, match, event, report.families, state, register)
    former = settled_match(event, report, keys, state, register)
    if former is None:
        return _open(event, match, report.families, state, register)
    if reopens(former.case, event, state, register):
        opened_again = reopen(former.case, event, state)
        best = replace(former, case=opened_again.case)
        joined = _join(best, Match(Verdict.MERGE), event, report.families, state, register)
        return replace(joined, entries=(opened_again, *joined.entries))
    if register.rules.after_settled.again is Again.SUGGEST:
        shown = replace(match, suggested=(former, *match.suggested)[:SHOWN])
        return _open(event, shown, report.families, state, register)
    return _open(event, match, report.families, state, register, former)


def _opens_anew(existing: Case, event: UnifiedEvent) -> bool:
    """Whether a follow-up opens a case of its own: its case has ended, and it shows a danger."""
    return event.danger is not None and existing.state in ENDED


def _late(event: UnifiedEvent, existing: Case | None, state: PartitionState) -> bool:
    """Whether an event that had no case can join one now."""
    return event.event_id in state.orphaned and existing is not None and existing.state not in ENDED


def _unfinished_merges(
    case: Case, event: UnifiedEvent, state: PartitionState
) -> tuple[CaseEvent, ...]:
    """Return the merge entries that this event caused and that are missing after a crash."""
    event_ids = {report.event_id for report in case.reports}
    event_ids.update(state.filed.event_ids(case.case_id, LATEST_FILED))
    why = Cause(event.event_id, event.received_at, "hub", _confirmed(event))
    keys = keys_of(telling_of(event), case.families)
    by_id = {other.case_id: other for other in state.candidates(keys)}
    for event_id in event_ids:
        # The case that a report has opened; the candidates may not have it among very many.
        opened = state.cases.get(case_id_of(event_id))
        if opened is not None and opened.state not in SETTLED_STATES:
            by_id[opened.case_id] = opened
    return tuple(
        absorb(other, case.case_id, why, {})
        for other in sorted(by_id.values(), key=age_of_case)
        if other.case_id != case.case_id
        and all(state.holds(case, r.event_id) for r in other.reports)
    )


def _confirmed(event: UnifiedEvent) -> str:
    return f"经{event.native_id}印证为同一事项"


def _resumed(case: Case, event: UnifiedEvent, state: PartitionState) -> Progress:
    """Return the progress of a step that a crash interrupted: the case has the event already."""
    first = max(1, case.seq + 1 - LATEST_PUBLISHED)
    published = tuple(case_event_id_of(case.case_id, seq) for seq in range(first, case.seq + 1))
    merges = _unfinished_merges(case, event, state) if event.kind is Kind.REPORT else ()
    return Progress(_outcome_of(case, event, state), case, merges, published)


def _automatic_entries(
    progress: Progress, event: UnifiedEvent, state: PartitionState, register: Register
) -> tuple[CaseEvent, ...]:
    """Return the entries that follow by themselves once the case has the event.

    After a crash these are the entries that are still missing.
    """
    case = progress.case
    if case is None:
        return ()
    entries = _following_entries(case, progress.outcome, event, state, register)
    after = entries[-1].case if entries else case
    return (*entries, *alarm(after, event, register))


def _following_entries(
    case: Case, outcome: Outcome, event: UnifiedEvent, state: PartitionState, register: Register
) -> tuple[CaseEvent, ...]:
    """Return the entries that assign the case, or reopen it."""
    cause, at = event.event_id, event.received_at
    if outcome is Outcome.OPENED and case.state is State.RECEIVED and not case.returns:
        return (dispatch(case, register, state.load, cause=cause, at=at),)
    if outcome in (Outcome.EVALUATED, Outcome.MERGED) or event.danger is not None:
        # A report may have reopened its case.
        return consequences(case, register, state.load, cause=cause, at=at)
    if outcome is Outcome.FOLLOWED and event.kind is Kind.REPORT:
        return reconsider(case, register, state.load, cause=cause, at=at)
    return ()


def _outcome_of(case: Case, event: UnifiedEvent, state: PartitionState) -> Outcome:
    if case.reports[0].event_id == event.event_id:
        return Outcome.OPENED
    if state.holds(case, event.event_id):
        return Outcome.FOLLOWED if has_earlier_report(case, event, state) else Outcome.MERGED
    if event.kind is Kind.WITHDRAWAL and case.state is State.WITHDRAWN:
        return Outcome.WITHDRAWN
    return Outcome.EVALUATED if event.kind is Kind.EVALUATION else Outcome.FOLLOWED


def _open(
    event: UnifiedEvent,
    match: Match,
    families: frozenset[str],
    state: PartitionState,
    register: Register,
    former: Candidate | None = None,
) -> Progress:
    """Open a case; `former` is the settled case of the same matter that it follows, if any."""
    evidence: dict[str, Any] = {"rules": register.matcher.version}
    if former is not None:
        evidence |= {"follows": str(former.case.case_id), "score": former.score}
        evidence |= {"match": dict(former.evidence)}
    number = state.numbers.next(event.route, event.received_at)
    follows = former.case.case_id if former else None
    opened = open_case(event, families, evidence, follows, number)
    suggested = _suggested(opened.case, match.suggested, event)
    last = suggested[-1].case if suggested else opened.case
    return Progress(Outcome.OPENED, last, (opened, *suggested))


def _suggested(
    case: Case, candidates: Sequence[Candidate], event: UnifiedEvent
) -> tuple[CaseEvent, ...]:
    """Return the entry that asks a person about the candidates, if any is left.

    No pair is shown twice, and none that a person has decided.
    """
    known = {case.case_id, *case.suggested, *case.apart}
    shown = [
        candidate
        for candidate in candidates
        if candidate.case.case_id not in known
        and case.case_id not in (*candidate.case.suggested, *candidate.case.apart)
    ]
    return (_suggest(case, shown, event),) if shown else ()


def _suggest(case: Case, candidates: Sequence[Candidate], event: UnifiedEvent) -> CaseEvent:
    text_fields = [
        {
            "case_id": str(candidate.case.case_id),
            "score": candidate.score,
            "barred": candidate.barred,
            "match": dict(candidate.evidence),
        }
        for candidate in candidates
    ]
    best = candidates[0]
    return append_move(
        case,
        Move.SUGGEST,
        cause=event.event_id,
        at=event.received_at,
        reason=f"疑似同案，可能性{best.score:.2f}，待人工判定",
        data={**text_fields[0], "others": text_fields[1:]},
        suggested=(*case.suggested, *(candidate.case.case_id for candidate in candidates)),
    )


def _join(
    best: Candidate,
    match: Match,
    event: UnifiedEvent,
    families: frozenset[str],
    state: PartitionState,
    register: Register,
) -> Progress:
    """Join the most likely case, and merge the further cases that the report connects with it.

    A person who reports a matter again raises its weight: the report counts as a 催办 too.
    """
    case, again = best.case, is_asked_again(best.case, event, state)
    report = report_of(event).model_copy(update={"follow_ups": int(again)})
    entry = append_move(
        case,
        Move.JOIN,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=f"{'同一诉求人再次反映，' * again}同一事项，可能性{best.score:.2f}{_danger(event)}",
        data={"score": best.score, "match": dict(best.evidence)},
        follow_ups=case.follow_ups + again,
        **hastened(case, with_reports(case, with_report(case, report)), event.received_at),
        families=tuple(sorted({*case.families, *families})),
    )
    entries = [entry]
    for other in match.also_same:
        survivor = latest(entries, case.case_id)
        why = Cause(event.event_id, event.received_at, "hub", _confirmed(event))
        evidence = {"score": other.score, "match": dict(other.evidence)}
        entries += merge(survivor, other.case, state, register, why, evidence)
    entries += _suggested(latest(entries, case.case_id), match.suggested, event)
    return Progress(Outcome.MERGED, latest(entries, case.case_id), tuple(entries))


def _danger(event: UnifiedEvent) -> str:
    """Return the end of a reason that names the danger of an event; empty if there is none."""
    return f"；{danger_reason(event.danger)}" if event.danger else ""


def _follow(case: Case, event: UnifiedEvent, state: PartitionState) -> Progress:
    if event.kind is Kind.WITHDRAWAL and _may_withdraw(case, event):
        entry = _entry(case, event, Move.WITHDRAW, "诉求人撤诉")
        return Progress(Outcome.WITHDRAWN, entry.case, (entry,))
    if event.kind is Kind.EVALUATION and case.state in MOVES[Move.EVALUATE]:
        return _evaluate(case, event)
    if case.state in ENDED:
        # An ended case takes no entries; the store shows the follow-up without a case.
        return Progress(Outcome.ORPHANED)
    again: tuple[CaseEvent, ...] = ()
    if event.danger is not None and case.state in ANSWERED_STATES:
        again = (reopen(case, event, state),)
        case = again[0].case
    entry = append_move(
        case,
        Move.FOLLOW_UP,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=f"{event.content[:200] or '催办'}{_danger(event)}",
        follow_ups=case.follow_ups + 1,
        **fields_added_by(case, event, state),
    )
    return Progress(Outcome.FOLLOWED, entry.case, (*again, entry))


def _evaluate(case: Case, event: UnifiedEvent) -> Progress:
    entry = append_move(
        case,
        Move.EVALUATE,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=event.content[:200] or "回访评价",
        data=event.evaluation.model_dump(mode="json") if event.evaluation else {},
        **with_evaluation(case, event.evaluation, event.received_at),
    )
    return Progress(Outcome.EVALUATED, entry.case, (entry,))


def _may_withdraw(case: Case, event: UnifiedEvent) -> bool:
    """Whether the event may end the case: not if other reports are in it."""
    if case.filed:
        return False
    others = {(r.channel, r.native_id) for r in case.reports}
    others -= {(event.channel, event.native_id), (event.channel, event.parent_id)}
    return not others and case.state not in SETTLED_STATES


def _entry(case: Case, event: UnifiedEvent, move: Move, reason: str) -> CaseEvent:
    return append_move(
        case,
        move,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=reason,
    )


def _finish(
    progress: Progress, event: UnifiedEvent, state: PartitionState, register: Register
) -> Effects:
    """Return the effects of a step: its entries, those that follow, and the disposition."""
    entries = (*progress.entries, *_automatic_entries(progress, event, state, register))
    disposition = Disposition(
        event_id=event.event_id,
        receipt_id=event.receipt_id,
        channel=event.channel,
        route=event.route,
        outcome=progress.outcome,
        case_id=progress.case.case_id if progress.case else None,
        case_event_ids=(*progress.published, *(entry.case_event_id for entry in entries)),
        at=event.received_at,
    )
    return Effects(
        route=event.route,
        case_events=entries,
        disposition=disposition,
        feedback=feedback_for(entries, register),
        to_many=feedback_to_many(entries, register),
    )
