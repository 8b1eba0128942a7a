"""Merging and splitting cases 并案与拆案.

The surviving case takes over the reports, follow-ups, highest urgency and earliest deadline. A
merge can be split again. Cases that a person has marked as different are never merged
automatically.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.base import derive_id
from schemas.cases.case import SETTLED_STATES, STATE_NAMES, Case, CaseEvent, Move, State, case_id_of
from schemas.reports.report import Report
from streams.case.entries import (
    append_move,
    dispatch,
    entry_of,
    new_case,
    reconsider,
    report_fields,
)
from streams.case.state import PartitionState
from streams.report import combined, first_telling, place_fields, tellings, text_fields
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
    reports = combined(survivor.reports[0], (*survivor.reports[1:], *_with_texts(absorbed)))
    apart = {*survivor.apart, *absorbed.apart}
    apart |= {into for case_id in apart for into in _merged_into(case_id, state)}
    apart -= {survivor.case_id, absorbed.case_id}
    changes: dict[str, Any] = {
        **report_fields(reports, survivor.extensions, survivor.clock),
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
    moved = [report for report in _with_texts(case) if report.event_id in leaving]
    remaining = [report for report in _with_texts(case) if report.event_id not in leaving]
    unknown = {str(event_id) for event_id in leaving} - {str(report.event_id) for report in moved}
    if unknown:
        raise MergeError(f"事项中没有诉求{'、'.join(sorted(unknown))}")
    if not moved or not remaining:
        raise MergeError("拆案至少移出一件诉求，也至少留下一件")
    moved.sort(key=lambda report: (report.received_at, str(report.event_id)))
    former = _former(case, moved[0], state)
    new_id = former.case_id if former else _free_id(moved[0], why, state)
    reports = combined(remaining[0], remaining[1:])
    changes: dict[str, Any] = {
        **report_fields(reports, case.extensions, case.clock),
        "apart": tuple(sorted({*case.apart, new_id})),
    }
    if remaining[0].event_id != case.reports[0].event_id and remaining[0].telling:
        changes |= text_fields(remaining[0].telling)
    ids = [str(report.event_id) for report in moved]
    split_entry = _entry(case, Move.SPLIT, why, {"to": str(new_id), "events": ids}, **changes)
    opened = _revived(former, moved, why) if former else _opened(case, new_id, moved, why)
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


def _with_texts(case: Case) -> tuple[Report, ...]:
    """Return the reports of a case, each with a text; a report without one gets the case's."""
    texts = {report.event_id: telling for report, telling in tellings(case)}
    default = first_telling(case)
    return tuple(
        report.model_copy(update={"telling": texts.get(report.event_id, default)})
        for report in case.reports
    )


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


def _revived(former: Case, moved: list[Report], why: Cause) -> CaseEvent:
    """Return the entry that reopens a merged case, with the deadline that it had."""
    reports = combined(moved[0], moved[1:])
    return _entry(
        former,
        Move.SPLIT,
        why,
        {"from": str(former.merged_into)},
        **report_fields(reports, former.extensions, former.clock),
        merged_into=None,
        volunteer="",
        assignment=None,
        accept_by=None,
        accepted_at=None,
        apart=tuple(sorted({*former.apart, *filter(None, [former.merged_into])})),
    )


def _opened(case: Case, new_id: UUID, moved: list[Report], why: Cause) -> CaseEvent:
    telling = moved[0].telling or first_telling(case)
    fresh = new_case(
        new_id,
        tuple(moved),
        telling,
        why.cause,
        updated_at=max(why.at, moved[0].received_at),
        confidential=case.confidential,
        families=case.families,
        apart=(case.case_id,),
        route=case.route,
    )
    origin = {"from": str(case.case_id)}
    return entry_of(fresh, Move.OPEN, why.cause, moved[0].channel, why.actor, why.reason, origin)
