"""Merging and splitting cases 并案与拆案.

The surviving case takes over the reports, follow-ups, highest urgency and earliest deadline. A
merge can be split again. Cases that a person has marked as different are never merged
automatically.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.base import derive_id
from schemas.cases.case import SETTLED_STATES, STATE_NAMES, Case, CaseEvent, Move, State, case_id_of
from schemas.reports.report import Report
from streams.case.alarm import hastened
from streams.case.entries import (
    append_move,
    dispatch,
    entry_of,
    is_answered,
    new_case,
    reconsider,
    report_fields,
)
from streams.case.reports.part import Parted, part, with_texts
from streams.case.reports.sample import at_time, filings_of, sampled
from streams.case.state import PartitionState
from streams.report import combined, first_telling, place_fields
from streams.town.register import Register


class MergeError(ValueError):
    """Two cases that must not be merged, or a split that is impossible; the message says why."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why cases are merged or split: id of the event or command, time, actor, reason."""

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
    """Merge `absorbed` into `survivor`; raises `MergeError`.

    The survivor's entry comes first. If a worker is killed between the two entries, every report
    still has a case, and the merge is completed later.
    """
    if survivor.case_id == absorbed.case_id:
        raise MergeError("不能与自身并案")
    for case in (survivor, absorbed):
        if case.state in SETTLED_STATES:
            raise MergeError(f"事项{case.case_id}{STATE_NAMES[case.state]}，只有在办事项可以并案")
    # The records of moved reports must be newer than their former ones.
    why = replace(why, at=max(why.at, survivor.updated_at, absorbed.updated_at))
    apart = {*survivor.apart, *absorbed.apart}
    apart |= {into for case_id in apart for into in _merged_into(case_id, state)}
    apart -= {survivor.case_id, absorbed.case_id}
    changes: dict[str, Any] = {
        **hastened(survivor, _taken_over(survivor, absorbed, state), why.at),
        "whistles": (*survivor.whistles, *absorbed.whistles),
        "apart": tuple(sorted(apart)),
        "suggested": _without(survivor.suggested, absorbed.case_id),
        "families": tuple(sorted({*survivor.families, *absorbed.families})),
        "confidential": survivor.confidential or absorbed.confidential,
    }
    if not survivor.division_code or not survivor.category:
        changes |= _missing_fields(survivor, absorbed)
    data = {"case_id": str(absorbed.case_id), **evidence}
    join = _entry(survivor, Move.JOIN, why, data, **changes)
    assigned = reconsider(join.case, register, state.load, cause=why.cause, at=why.at)
    ended = absorb(absorbed, survivor.case_id, why, evidence)
    return (join, *assigned, ended)


def absorb(case: Case, into: UUID, why: Cause, evidence: Mapping[str, Any]) -> CaseEvent:
    """Return the last entry of a case whose reports another case has taken over."""
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
    """Move the reports of the events `leaving` from `case` to a case of their own.

    If they had a case before it was merged, that case is reopened. Raises `MergeError`.
    """
    if case.state is State.MERGED:
        raise MergeError(f"事项已并入{case.merged_into}，请在那里拆案")
    parted = part(case, leaving, state.filed)
    if parted.unknown:
        raise MergeError(f"事项中没有诉求{'、'.join(sorted(map(str, parted.unknown)))}")
    if not parted.moved or len(parted.moved) >= case.report_count:
        raise MergeError("拆案至少移出一件诉求，也至少留下一件")
    first = parted.moved[0]
    former = _former(case, first, state)
    new_id = former.case_id if former else _free_id(first, why, state)
    changes = parted.changes | {"apart": tuple(sorted({*case.apart, new_id}))}
    ids = [str(report.event_id) for report in parted.moved]
    split_entry = _entry(case, Move.SPLIT, why, {"to": str(new_id), "events": ids}, **changes)
    opened = _revived(former, parted, why) if former else _opened(case, new_id, parted, why, state)
    assigned = dispatch(opened.case, register, state.load, cause=why.cause, at=why.at)
    return (split_entry, opened, assigned)


def keep_apart(first: Case, second: Case, why: Cause) -> tuple[CaseEvent, ...]:
    """Record that a person has decided that these are two matters; it answers a suggestion."""
    if first.case_id == second.case_id:
        raise MergeError("不能判定与自身不同案")
    return tuple(
        _entry(
            case,
            Move.KEEP_APART,
            why,
            {"case_id": str(from_id)},
            apart=tuple(sorted({*case.apart, from_id})),
            suggested=_without(case.suggested, from_id),
        )
        for case, from_id in ((first, second.case_id), (second, first.case_id))
    )


def _entry(
    case: Case, move: Move, why: Cause, data: Mapping[str, Any], **changes: Any
) -> CaseEvent:
    return append_move(
        case,
        move,
        cause=why.cause,
        at=why.at,
        actor=why.actor,
        reason=why.reason,
        data=data,
        **changes,
    )


def _taken_over(survivor: Case, absorbed: Case, state: PartitionState) -> dict[str, Any]:
    """Return the changes of a case that takes over the reports of another.

    The cost grows with the filed reports of the absorbed case, not with those of the survivor.
    Reports of the survivor that leave its list are filed with its former entry, so that feedback
    about the merge goes to the others only.
    """
    listed = combined(survivor.reports[0], (*survivor.reports[1:], *with_texts(absorbed)))
    moved = [filed.report for filed in state.filed.of(absorbed.case_id)]
    sample = sampled(listed, survivor.filed + len(moved))
    own = {report.event_id for report in survivor.reports}
    left = [report for report in sample.left if report.event_id in own]
    moved += [report for report in sample.left if report.event_id not in own]
    answered = sum(is_answered(report, survivor) for report in (*left, *moved))
    return {
        **report_fields(sample.listed, survivor.extensions, survivor.clock),
        "follow_ups": survivor.follow_ups + absorbed.follow_ups,
        "filed": survivor.filed + len(left) + len(moved),
        "filed_answered": survivor.filed_answered + answered,
        "filings": (
            *filings_of(survivor.case_id, survivor.seq, left),
            *filings_of(survivor.case_id, survivor.seq + 1, moved),
        ),
    }


def _missing_fields(survivor: Case, absorbed: Case) -> dict[str, Any]:
    """Return the place or category that only the absorbed case has."""
    changes = {} if survivor.division_code else place_fields(first_telling(absorbed).place)
    return changes if survivor.category else {**changes, "category": absorbed.category}


def _merged_into(case_id: UUID, state: PartitionState) -> Iterator[UUID]:
    """Yield the case that a case was merged into, the case that this was merged into, and so on.

    What a person has decided about a case counts for the case that took over its reports.
    """
    case = state.cases.get(case_id)
    while case is not None and case.state is State.MERGED and case.merged_into:
        yield case.merged_into
        case = state.cases.get(case.merged_into)


def _without(ids: tuple[UUID, ...], removed: UUID) -> tuple[UUID, ...]:
    return tuple(case_id for case_id in ids if case_id != removed)


def _former(case: Case, first: Report, state: PartitionState) -> Case | None:
    """Return the merged case that the first moved report had opened, or None."""
    former = state.cases.get(case_id_of(first.event_id))
    if former is None or former.state is not State.MERGED or former.merged_into != case.case_id:
        return None
    return former


def _free_id(first: Report, why: Cause, state: PartitionState) -> UUID:
    """Return the id of the case that `first` would have opened; an unused id if it is taken."""
    usual = case_id_of(first.event_id)
    return derive_id("case", str(usual), str(why.cause)) if usual in state.cases else usual


def _revived(former: Case, parted: Parted, why: Cause) -> CaseEvent:
    """Return the entry that reopens a merged case, with the deadline that it had."""
    sample = sampled(combined(parted.moved[0], parted.moved[1:]))
    return _entry(
        former,
        Move.SPLIT,
        why,
        {"from": str(former.merged_into)},
        **report_fields(sample.listed, former.extensions, former.clock),
        follow_ups=sum(report.follow_ups for report in parted.moved),
        filed=len(sample.left),
        filed_answered=sum(is_answered(report, former) for report in sample.left),
        filings=parted.filings(former.case_id, former.seq + 1, sample),
        merged_into=None,
        volunteer="",
        assignment=None,
        accept_by=None,
        accepted_at=None,
        apart=tuple(sorted({*former.apart, *filter(None, [former.merged_into])})),
    )


def _opened(
    case: Case, new_id: UUID, parted: Parted, why: Cause, state: PartitionState
) -> CaseEvent:
    first, *others = parted.moved
    sample = sampled(combined(first, others))
    fresh = new_case(
        new_id,
        sample,
        first.telling or first_telling(case),
        why.cause,
        updated_at=max(why.at, first.received_at),
        confidential=case.confidential,
        families=case.families,
        apart=(case.case_id,),
        route=case.route,
        # The day of the split: the first of its reports may be older than the counts.
        number=state.numbers.next(case.route, why.at),
    )
    origin = {"from": str(case.case_id)}
    entry = entry_of(fresh, Move.OPEN, why.cause, first.channel, why.actor, why.reason, origin)
    filed = at_time(parted.filings(new_id, 1, sample), fresh.updated_at)
    return entry.model_copy(update={"filed": filed})
