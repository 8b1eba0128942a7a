"""One command in 指令: checked against the state machine and the duty list, answered either way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.assignment import Assignment, Tier, Whistle, WhistleKind
from schemas.case import Case, CaseEvent, IllegalMoveError, Move
from schemas.command import Command, CommandOutcome
from streams.assign import refuse_off_list
from streams.chronicle import latest, record, tell_reporters
from streams.deadline import EXTENSION_DAYS, accept_by, add_working_days, report_by
from streams.merge import (
    CannotBringTogetherError,
    Cause,
    Change,
    keep_apart,
    merge,
    split,
)
from streams.register import Register
from streams.state import Effects, PartitionState

MAX_RETURNS = 2
MAX_EXTENSIONS = 1
NEEDS_REASON = frozenset(
    {
        *(Move.RETURN, Move.EXTEND, Move.SUSPEND, Move.WHISTLE, Move.REOPEN, Move.SUPERVISE),
        *(Move.MERGE, Move.SPLIT, Move.KEEP_APART),
    }
)
BY_PERSON = frozenset(Move) - {Move.OPEN, Move.JOIN, Move.SUGGEST}
TOGETHER = frozenset({Move.MERGE, Move.SPLIT, Move.KEEP_APART})
"""Moves that concern more than one case."""


class RefusedError(ValueError):
    """A command that a rule forbids; the message is the answer to its sender."""


def step(state: PartitionState, command: Command, register: Register, now: datetime) -> Effects:
    """Return what a command leads to; a repeated one is answered as the first time."""
    known = state.commands.get(command.command_id)
    if known is not None:
        return Effects(route=command.township, outcome=known, duplicate=True)
    case = state.cases.get(command.case_id)
    if case is None:
        return _refused(command, now, None, f"no case {command.case_id} in {command.township}")
    if command.command_id in case.recent:
        # Done before a restart: its entries stand, only the answer is told again.
        return Effects(route=command.township, outcome=_accepted_at(command, case, now))
    if command.expected_seq is not None and command.expected_seq != case.seq:
        reason = f"the case is at seq {case.seq}, not {command.expected_seq}: look again"
        return _refused(command, now, case, reason)
    try:
        _check(command, case)
        if command.move in TOGETHER:
            change = _together(command, case, state, register, now)
        else:
            change = _moved(command, case, register, now)
    except (IllegalMoveError, RefusedError, CannotBringTogetherError) as error:
        return _refused(command, now, case, str(error))
    after = latest(change.entries, case.case_id)
    return Effects(
        route=command.township,
        case_events=change.entries,
        outcome=_accepted_at(command, after, now),
        feedback=change.feedback,
    )


def _accepted_at(command: Command, case: Case, now: datetime) -> CommandOutcome:
    return CommandOutcome(
        command_id=command.command_id,
        case_id=case.case_id,
        accepted=True,
        state=case.state,
        seq=case.seq,
        at=now,
    )


def _moved(command: Command, case: Case, register: Register, now: datetime) -> Change:
    entry = _apply(command, case, register, now)
    text = f"您反映的事项已办结：{command.reason}"
    return Change((entry,), tell_reporters(entry, text) if command.move is Move.RESOLVE else ())


def _together(
    command: Command, case: Case, state: PartitionState, register: Register, now: datetime
) -> Change:
    """Merge, split or keep apart, as a person has decided."""
    why = Cause(command.command_id, now, command.actor, command.reason)
    if command.move is Move.SPLIT:
        return split(case, _events(command), state, register, why)
    other = _other(command, state)
    if command.move is Move.KEEP_APART:
        return keep_apart(case, other, why)
    return merge(case, other, state, register, why, {"by": "person"})


def _events(command: Command) -> set[UUID]:
    try:
        return {UUID(str(event_id)) for event_id in command.data.get("events") or ()}
    except (TypeError, ValueError) as error:
        raise RefusedError("data.events must be a list of event ids") from error


def _other(command: Command, state: PartitionState) -> Case:
    """Return the other case that a command names; it must be of the same township's partition."""
    try:
        other = state.cases.get(UUID(str(command.data.get("case", ""))))
    except ValueError as error:
        raise RefusedError("data.case must be the id of the other case") from error
    if other is None:
        named = command.data["case"]
        raise RefusedError(f"no case {named} in {command.township}: both must be of one township")
    return other


def _check(command: Command, case: Case) -> None:
    if command.move not in BY_PERSON:
        raise RefusedError(f"{command.move} is not a command")
    if command.move in NEEDS_REASON and not command.reason.strip():
        raise RefusedError(f"{command.move} needs a reason")
    if command.move is Move.RETURN and case.returns >= MAX_RETURNS:
        raise RefusedError(f"returned {case.returns} times already: triage decides (待研判)")
    if command.move is Move.EXTEND and case.extensions >= MAX_EXTENSIONS:
        raise RefusedError("extended once already")


def _apply(command: Command, case: Case, register: Register, now: datetime) -> CaseEvent:
    change = CHANGES.get(command.move)
    changes = change(command, case, register, now) if change else {}
    return record(
        case,
        command.move,
        cause=command.command_id,
        at=now,
        actor=command.actor,
        reason=command.reason,
        data=dict(command.data),
        **changes,
    )


def _given(command: Command, case: Case, register: Register, now: datetime) -> dict[str, Any]:
    code = str(command.data.get("unit", ""))
    refusal = refuse_off_list(code, case, register)
    unit = register.unit(code)
    if refusal or unit is None:
        raise RefusedError(refusal)
    assignment = Assignment(
        unit=unit.code,
        tier=unit.tier,
        rule="by-hand",
        rules_version=register.version,
        reason=f"{command.actor}: {command.reason or '人工交办'}",
    )
    return {"assignment": assignment, "accept_by": accept_by(now, case.urgency)}


def _accepted(_: Command, __: Case, ___: Register, now: datetime) -> dict[str, Any]:
    return {"accepted_at": now}


def _returned(_: Command, case: Case, __: Register, ___: datetime) -> dict[str, Any]:
    return {"returns": case.returns + 1, "assignment": None, "accept_by": None}


def _extended(_: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    due = add_working_days(case.due_at or now, EXTENSION_DAYS)
    return {"extensions": case.extensions + 1, "due_at": due}


def _resolved(_: Command, case: Case, __: Register, now: datetime) -> dict[str, Any]:
    tier: Tier | None = case.assignment.tier if case.assignment else None
    return {"settled_at": now, "settled_tier": tier}


def _whistled(command: Command, case: Case, register: Register, now: datetime) -> dict[str, Any]:
    """Call departments to a township's case 街乡吹哨、部门报到."""
    try:
        kind = WhistleKind(str(command.data.get("kind", "")))
    except ValueError as error:
        known = "、".join(WhistleKind)
        raise RefusedError(f"data.kind must be one of {known}") from error
    codes = tuple(dict.fromkeys(str(code) for code in command.data.get("units") or ()))
    if not codes:
        raise RefusedError("data.units must name the departments that are called")
    for code in codes:
        unit = register.unit(code)
        if unit is None or unit.tier is not Tier.COUNTY:
            raise RefusedError(
                f"{code} is no department of the county: only those are whistled for"
            )
    called = Whistle(kind=kind, units=codes, at=now, report_by=report_by(now, kind))
    return {"whistles": (*case.whistles, called)}


def _arrived(command: Command, case: Case, _: Register, now: datetime) -> dict[str, Any]:
    """Note that a department has reported 报到; it answers all whistles that it has not yet."""
    code = str(command.data.get("unit") or command.actor)
    open_calls = [w for w in case.whistles if code in w.units and code not in w.arrived]
    if not open_calls:
        raise RefusedError(f"nobody whistled for {code} here, or it has reported already")
    answered = tuple(
        w.model_copy(update={"arrived": {**w.arrived, code: now}}) if w in open_calls else w
        for w in case.whistles
    )
    return {"whistles": answered}


def _reopened(*_: Any) -> dict[str, Any]:
    return {"settled_at": None, "settled_tier": None, "accepted_at": None}


Effect = Callable[[Command, Case, Register, datetime], dict[str, Any]]

CHANGES: dict[Move, Effect] = {
    Move.ASSIGN: _given,
    Move.HAND_OVER: _given,
    Move.ESCALATE: _given,
    Move.ACCEPT: _accepted,
    Move.RETURN: _returned,
    Move.EXTEND: _extended,
    Move.RESOLVE: _resolved,
    Move.REOPEN: _reopened,
    Move.WHISTLE: _whistled,
    Move.ARRIVE: _arrived,
}
"""What a move changes in the case beside its state."""


def _refused(command: Command, now: datetime, case: Case | None, reason: str) -> Effects:
    return Effects(
        route=command.township,
        outcome=CommandOutcome(
            command_id=command.command_id,
            case_id=command.case_id,
            accepted=False,
            state=case.state if case else None,
            seq=case.seq if case else None,
            refusal=reason,
            at=now,
        ),
    )
