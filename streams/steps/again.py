"""The step of a report whose matter was settled a short while ago 办结后再次反映.

The town decides what it does (`after_settled` in `rules.yaml`): open a new case that names the
former one, reopen the former case, or ask a person. A report of the same person reopens the case
once, as an evaluation "not settled" would.
"""

from collections.abc import Sequence
from datetime import timedelta

from schemas.cases.case import Case, CaseEvent, Move
from schemas.reports.event import UnifiedEvent
from schemas.town.rules import Again
from streams.case.entries import append_move
from streams.case.evaluate import MAX_AUTOMATIC_REOPENINGS, reopened
from streams.case.state import PartitionState
from streams.matching.compare import ComparableReport
from streams.matching.matcher import Candidate, Verdict
from streams.matching.retrieval import Key
from streams.town.register import Register


def settled_match(
    event: UnifiedEvent,
    report: ComparableReport,
    keys: Sequence[Key],
    state: PartitionState,
    register: Register,
) -> Candidate | None:
    """Return the settled case of the matter of a report, or None.

    Only a match that would be merged counts: a person is not asked about settled cases.
    """
    days = register.rules.after_settled.days
    cases = state.settled_since(keys, event.received_at - timedelta(days=days)) if days else ()
    if not cases:
        return None
    match = register.matcher.match(report, cases)
    return match.best if match.verdict is Verdict.MERGE else None


def is_asked_again(case: Case, event: UnifiedEvent, state: PartitionState) -> bool:
    """Whether the person who sends a report has reported the case already."""
    return state.is_reporter(case, event.reporter.key)


def reopens(case: Case, event: UnifiedEvent, state: PartitionState, register: Register) -> bool:
    """Whether a report of its matter reopens a settled case.

    A person who reported again before the answer, in a report that was delayed, has not seen it.
    """
    again = register.rules.after_settled.again
    if again is Again.SUGGEST or case.reopenings >= MAX_AUTOMATIC_REOPENINGS:
        return False
    answered = case.settled_at is None or event.received_at >= case.settled_at
    return again is Again.REOPEN or (answered and is_asked_again(case, event, state))


def reopen(case: Case, event: UnifiedEvent, state: PartitionState) -> CaseEvent:
    """Return the entry that reopens a settled case before the report joins it.

    If a worker is killed between the two entries, the report finds the case open and joins it.
    """
    who = "同一诉求人" if is_asked_again(case, event, state) else "办结后"
    return append_move(
        case,
        Move.REOPEN,
        cause=event.event_id,
        at=event.received_at,
        channel=event.channel,
        reason=f"{who}再次反映，自动重办",
        **reopened(case, event.received_at),
    )
