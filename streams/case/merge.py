"""Bringing cases together and apart 并案与拆案, with all that hangs on it put right.

Reports, follow-ups, urgency and the first of the deadlines move along; what was merged can be split
again, and what a person has told apart no machine merges.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.base import derive_id
from schemas.case import SETTLED_STATES, Case, CaseEvent, Move, State, case_id_of
from schemas.report import Report
from streams.case.entries import (
    begun,
    dispatch,
    entry_of,
    of_reports,
    reconsider,
    record,
)
from streams.case.state import PartitionState
from streams.report import first_telling, gathered, placed, shown, told
from streams.town.register import Register


class CannotBringTogetherError(ValueError):
    """Two cases that must not be merged, or a case that cannot be split so; says why."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why cases are brought together or apart: an event or a command, when, by whom, in words."""

    cause: UUID
    at: datetime
    actor: str
    reason: str


def merge(
    survivor: Case,
    absorbed: Case,
    state: PartitionState,
    register: Register,
    why: Cause,
    evidence: Mapping[str, Any],
) -> tuple[CaseEvent, ...]:
    """Fold `absorbed` into `survivor`; raises `CannotBringTogetherError`.

    The survivor's entry comes first: a worker killed between the two finds its work half done, not
    a report without a case.
    """
    if survivor.case_id == absorbed.case_id:
        raise CannotBringTogetherError("a case cannot be merged into itself")
    for case in (survivor, absorbed):
        if case.state in SETTLED_STATES:
            raise CannotBringTogetherError(
                f"case {case.case_id} is {case.state}: only cases that are being handled are merged"
            )
    reports = gathered(survivor.reports[0], (*survivor.reports[1:], *_with_words(absorbed)))
    apart = {*survivor.apart, *absorbed.apart} - {survivor.case_id, absorbed.case_id}
    changes: dict[str, Any] = {
        **of_reports(reports, survivor.extensions, survivor.clock),
        "apart": tuple(sorted(apart)),
        "suggested": _without(survivor.suggested, absorbed.case_id),
        "families": tuple(sorted({*survivor.families, *absorbed.families})),
    }
    if not survivor.division_code or not survivor.category:
        changes |= _supplied(survivor, absorbed)
    told_of = {"case_id": str(absorbed.case_id), **evidence}
    joined = _entry(survivor, Move.JOIN, why, told_of, **changes)
    given = reconsider(joined.case, register, state.load, cause=why.cause, at=why.at)
    gone = absorb(absorbed, survivor.case_id, why, evidence)
    return (joined, *given, gone)


def absorb(case: Case, into: UUID, why: Cause, evidence: Mapping[str, Any]) -> CaseEvent:
    """Return the end of a case whose reports another has taken in."""
    return _entry(
        case,
        Move.MERGE,
        why,
        {"into": str(into), **evidence},
        merged_into=into,
        suggested=_without(case.suggested, into),
    )


def split(
    case: Case, leaving: Collection[UUID], state: PartitionState, register: Register, why: Cause
) -> tuple[CaseEvent, ...]:
    """Take the reports of the events `leaving` out of `case`, into a case of their own.

    A case that was merged whole comes back as itself. Raises `CannotBringTogetherError`.
    """
    if case.state is State.MERGED:
        raise CannotBringTogetherError(f"the case was merged into {case.merged_into}: split that")
    going = [report for report in _with_words(case) if report.event_id in leaving]
    staying = [report for report in _with_words(case) if report.event_id not in leaving]
    unknown = {str(event_id) for event_id in leaving} - {str(one.event_id) for one in going}
    if unknown:
        raise CannotBringTogetherError(f"the case has no report {'、'.join(sorted(unknown))}")
    if not going or not staying:
        raise CannotBringTogetherError("one report at least must leave, and one must stay")
    going.sort(key=lambda report: (report.received_at, str(report.event_id)))
    former = _former(case, going[0], state)
    new_id = former.case_id if former else _free_id(going[0], why, state)
    reports = gathered(staying[0], staying[1:])
    changes: dict[str, Any] = {
        **of_reports(reports, case.extensions, case.clock),
        "apart": tuple(sorted({*case.apart, new_id})),
    }
    if staying[0].event_id != case.reports[0].event_id and staying[0].telling:
        changes |= shown(staying[0].telling)
    ids = [str(report.event_id) for report in going]
    parted = _entry(case, Move.SPLIT, why, {"to": str(new_id), "events": ids}, **changes)
    begun_anew = _revived(former, going, why) if former else _opened(case, new_id, going, why)
    given = dispatch(begun_anew.case, register, state.load, cause=why.cause, at=why.at)
    return (parted, begun_anew, given)


def keep_apart(one: Case, other: Case, why: Cause) -> tuple[CaseEvent, ...]:
    """Record that a person says these are two matters; a suggestion to merge them is answered."""
    if one.case_id == other.case_id:
        raise CannotBringTogetherError("a case cannot be told apart from itself")
    return tuple(
        _entry(
            case,
            Move.KEEP_APART,
            why,
            {"case_id": str(from_id)},
            apart=tuple(sorted({*case.apart, from_id})),
            suggested=_without(case.suggested, from_id),
        )
        for case, from_id in ((one, other.case_id), (other, one.case_id))
    )


def _entry(
    case: Case, move: Move, why: Cause, data: Mapping[str, Any], **changes: Any
) -> CaseEvent:
    return record(
        case,
        move,
        cause=why.cause,
        at=why.at,
        actor=why.actor,
        reason=why.reason,
        data=data,
        **changes,
    )


def _with_words(case: Case) -> tuple[Report, ...]:
    """Return the reports of a case, each with its words; copies have those that the case shows."""
    words = {report.event_id: telling for report, telling in told(case)}
    shown_words = first_telling(case)
    return tuple(
        report.model_copy(update={"telling": words.get(report.event_id, shown_words)})
        for report in case.reports
    )


def _supplied(survivor: Case, absorbed: Case) -> dict[str, Any]:
    """Return the place or class that only the absorbed case knows."""
    changes = {} if survivor.division_code else placed(first_telling(absorbed).place)
    return changes if survivor.category else {**changes, "category": absorbed.category}


def _without(ids: tuple[UUID, ...], gone: UUID) -> tuple[UUID, ...]:
    return tuple(case_id for case_id in ids if case_id != gone)


def _former(case: Case, first: Report, state: PartitionState) -> Case | None:
    """Return the merged case that the first leaving report had opened, or None."""
    former = state.cases.get(case_id_of(first.event_id))
    if former is None or former.state is not State.MERGED or former.merged_into != case.case_id:
        return None
    return former


def _free_id(first: Report, why: Cause, state: PartitionState) -> UUID:
    """Return the id of the case that `first` would have opened, or one that no case has."""
    usual = case_id_of(first.event_id)
    return derive_id("case", str(usual), str(why.cause)) if usual in state.cases else usual


def _revived(former: Case, going: list[Report], why: Cause) -> CaseEvent:
    """Return the entry by which a merged case comes back, its clock as if it had never left."""
    reports = gathered(going[0], going[1:])
    return _entry(
        former,
        Move.SPLIT,
        why,
        {"from": str(former.merged_into)},
        **of_reports(reports, former.extensions, former.clock),
        merged_into=None,
        volunteer="",
        assignment=None,
        accept_by=None,
        accepted_at=None,
        apart=tuple(sorted({*former.apart, *filter(None, [former.merged_into])})),
    )


def _opened(case: Case, new_id: UUID, going: list[Report], why: Cause) -> CaseEvent:
    words = going[0].telling or first_telling(case)
    fresh = begun(
        new_id,
        tuple(going),
        words,
        why.cause,
        updated_at=max(why.at, going[0].received_at),
        confidential=case.confidential,
        families=case.families,
        apart=(case.case_id,),
        route=case.route,
    )
    origin = {"from": str(case.case_id)}
    return entry_of(fresh, Move.OPEN, why.cause, going[0].channel, why.actor, why.reason, origin)
