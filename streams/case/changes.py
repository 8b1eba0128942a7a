"""The changes of a case by each move 办理, apart from its state: unit, clock, answer, whistles."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from schemas.cases.assignment import Assignment, Tier, Whistle, WhistleKind
from schemas.cases.case import Case, Move, State
from schemas.cases.clock import Supervision
from schemas.cases.command import Command
from schemas.category import CATEGORIES, OTHER
from streams.case.assign import refuse_off_list
from streams.case.authority import volunteer_of
from streams.case.deadline import (
    accept_by,
    after_hand_over,
    due_of,
    report_by,
    suspended_hours,
)
from streams.case.entries import with_new_deadline
from streams.case.evaluate import evaluated, reopened
from streams.case.place_correction import PlaceError, corrected_place
from streams.town.register import Register


class CommandRefusedError(ValueError):
    """A command that a rule forbids; the message is the answer to its sender."""


def _category(command: Command) -> dict[str, Any]:
    """Return the category that a person sets with the command; empty if he keeps it."""
    code = str(command.data.get("category") or "")
    if not code:
        return {}
    if code not in CATEGORIES or code == OTHER:
        raise CommandRefusedError(f"data.category must be a leaf of the category tree, not {code}")
    return {"category": code}


def _place(command: Command, case: Case, register: Register) -> dict[str, Any]:
    """Return the place that a person sets with the command; empty if he keeps it."""
    try:
        return corrected_place(command.data, case, register)
    except PlaceError as error:
        raise CommandRefusedError(str(error)) from error


def _assigned(command: Command, case: Case, register: Register, now: datetime) -> dict[str, Any]:
    """Assign by hand; the duty list of the unit must have the category that the person sets."""
    corrections = {**_category(command), **_place(command, case, register)}
    code = str(command.data.get("unit", ""))
    refusal = refuse_off_list(code, case.model_copy(update=corrections), register)
    unit = register.unit(code)
    if refusal or unit is None:
        raise CommandRefusedError(refusal)
    assignment = Assignment(
        unit=unit.code,
        tier=unit.tier,
        rule="by-hand",
        rules_version=register.version,
        reason=f"{command.actor}: {command.reason or '人工交办'}",
    )
    return {
        "assignment": assignment,
        "accept_by": accept_by(now, case.urgency),
        "accepted_at": None,
        "volunteer": "",
        **corrections,
    }


def _handed_over(command: Command, case: Case, register: Register, now: datetime) -> dict[str, Any]:
    """Assign to another unit, which gets at least one working day, however late the case is."""
    assigned = _assigned(command, case, register, now)
    clock = case.clock.model_copy(update={"not_before": after_hand_over(now, case.urgency)})
    return with_new_deadline(case, clock=clock, **assigned)


def _accepted(_: Command, __: Case, ___: Register, now: datetime) -> dict[str, Any]:
    return {"accepted_at": now, "accept_by": None}


def _returned(_: Command, case: Case, __: Register, ___: datetime) -> dict[str, Any]:
    return {"returns": case.returns + 1, "assignment": None, "accept_by": None, "accepted_at": None}


def _to_triage(command: Command, case: Case, register: Register, _: datetime) -> dict[str, Any]:
    """Send to triage; a case already there gets another category or place 更正事项、地点."""
    corrections = {**_category(command), **_place(command, case, register)}
    if case.state is State.TRIAGE and not corrections:
        raise CommandRefusedError(
            "事项已待研判：请选择更正后的事项类别（data.category）或地点（data.place）"
        )
    unassigned = {"assignment": None, "accept_by": None, "accepted_at": None, "volunteer": ""}
    return {**unassigned, **corrections}


def _taken_by_volunteer(command: Command, case: Case, _: Register, now: datetime) -> dict[str, Any]:
    """Assign a wish to one volunteer; this counts as acceptance by the unit."""
    if not case.wish:
        raise CommandRefusedError("只有微心愿由志愿者接单")
    if case.volunteer:
        raise CommandRefusedError(f"{case.volunteer}已接单")
    volunteer = volunteer_of(command)
    if not volunteer:
        raise CommandRefusedError("请写明志愿者（data.volunteer）")
    return {"volunteer": volunteer, "accepted_at": case.accepted_at or now, "accept_by": None}


def _returned_by_volunteer(_: Command, case: Case, __: Register, ___: datetime) -> dict[str, Any]:
    if not case.volunteer:
        raise CommandRefusedError("还没有志愿者接单")
    return {"volunteer": ""}


def _extended(_: Command, case: Case, __: Register, ___: datetime) -> dict[str, Any]:
    return with_new_deadline(case, extensions=case.extensions + 1)


def _suspended(_: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    return {"clock": case.clock.model_copy(update={"suspended_at": now})}


def _resumed(_: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    """Add the time of the suspension to the deadline."""
    clock = case.clock
    if clock.suspended_at is None:
        return {}
    limit = due_of(case.reports, case.extensions, clock)
    paused = clock.paused + suspended_hours(limit, clock.suspended_at, now)
    return with_new_deadline(
        case, clock=clock.model_copy(update={"suspended_at": None, "paused": paused})
    )


def _resolved(command: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    tier: Tier | None = case.assignment.tier if case.assignment else None
    answer = str(command.data.get("answer") or command.reason)
    return {
        "settled_at": now,
        "settled_tier": tier,
        "answer": answer,
        "evaluation": None,
        "filed_answered": 0,
    }


def _supervised(command: Command, case: Case, _: Register, __: datetime) -> dict[str, Any]:
    """Supervise by command: a card may be shown early, and none is withdrawn."""
    try:
        level = Supervision(str(command.data.get("level") or Supervision.YELLOW))
    except ValueError as error:
        known = "、".join(level for level in Supervision if level)
        raise CommandRefusedError(f"data.level must be one of {known}") from error
    order = list(Supervision)
    return {"supervision": max(case.supervision, level, key=order.index)}


def _whistled(command: Command, case: Case, register: Register, now: datetime) -> dict[str, Any]:
    """Call departments to a case of a township 街乡吹哨、部门报到."""
    try:
        kind = WhistleKind(str(command.data.get("kind", "")))
    except ValueError as error:
        known = "、".join(WhistleKind)
        raise CommandRefusedError(f"data.kind must be one of {known}") from error
    named = command.data.get("units") or ()
    if not isinstance(named, list | tuple):
        raise CommandRefusedError("data.units must be a list of units")
    codes = tuple(dict.fromkeys(str(code) for code in named))
    if not codes:
        raise CommandRefusedError("请选择要吹哨的部门（data.units）")
    for code in codes:
        unit = register.unit(code)
        if unit is None or unit.tier is not Tier.COUNTY:
            raise CommandRefusedError(
                f"{unit.name if unit else code}不是县级部门，只能向县级部门吹哨"
            )
    called = Whistle(kind=kind, units=codes, at=now, report_by=report_by(now, kind))
    return {"whistles": (*case.whistles, called)}


def _arrived(command: Command, case: Case, _: Register, now: datetime) -> dict[str, Any]:
    """Record that a department has reported 报到; this answers all its open whistles."""
    code = str(command.data.get("unit") or command.unit or command.actor)
    open_calls = [w for w in case.whistles if code in w.units and code not in w.arrived]
    if not open_calls:
        raise CommandRefusedError(f"没有等待{code}报到的哨")
    whistles = tuple(
        w.model_copy(update={"arrived": {**w.arrived, code: now}}) if w in open_calls else w
        for w in case.whistles
    )
    return {"whistles": whistles}


def _reopened(_: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    return reopened(case, now)


def _evaluated(command: Command, case: Case, _: Register, now: datetime) -> dict[str, Any]:
    try:
        return evaluated(case, command.data, command.reason, now)
    except ValueError as error:
        raise CommandRefusedError(str(error)) from error


Changes = Callable[[Command, Case, Register, datetime], dict[str, Any]]

BY_MOVE: dict[Move, Changes] = {
    Move.ASSIGN: _assigned,
    Move.HAND_OVER: _handed_over,
    Move.ESCALATE: _handed_over,
    Move.TRIAGE: _to_triage,
    Move.ACCEPT: _accepted,
    Move.RETURN: _returned,
    Move.TAKE: _taken_by_volunteer,
    Move.GIVE_BACK: _returned_by_volunteer,
    Move.EXTEND: _extended,
    Move.SUSPEND: _suspended,
    Move.RESUME: _resumed,
    Move.RESOLVE: _resolved,
    Move.EVALUATE: _evaluated,
    Move.REOPEN: _reopened,
    Move.SUPERVISE: _supervised,
    Move.WHISTLE: _whistled,
    Move.ARRIVE: _arrived,
}
"""The changes by each move, apart from the state."""
