"""One command in 指令: checked against the state machine and the duty list, answered either way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from schemas.case import Assignment, Case, CaseEvent, IllegalMoveError, Move, Tier
from schemas.command import Command, CommandOutcome
from streams.assign import refuse_off_list
from streams.chronicle import record, tell_reporters
from streams.deadline import accept_by, add_working_days
from streams.register import Register
from streams.state import Effects, PartitionState

MAX_RETURNS = 2
MAX_EXTENSIONS = 1
EXTENSION_DAYS = 5
NEEDS_REASON = frozenset(
    {Move.RETURN, Move.EXTEND, Move.SUSPEND, Move.WHISTLE, Move.REOPEN, Move.SUPERVISE}
)
BY_PERSON = frozenset(Move) - {Move.OPEN, Move.JOIN, Move.SUGGEST, Move.MERGE, Move.SPLIT}


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
    if command.expected_seq is not None and command.expected_seq != case.seq:
        reason = f"the case is at seq {case.seq}, not {command.expected_seq}: look again"
        return _refused(command, now, case, reason)
    try:
        _check(command, case)
        entry = _apply(command, case, register, now)
    except (IllegalMoveError, RefusedError) as error:
        return _refused(command, now, case, str(error))
    text = f"您反映的事项已办结：{command.reason}"
    return Effects(
        route=command.township,
        case_events=(entry,),
        outcome=CommandOutcome(
            command_id=command.command_id,
            case_id=case.case_id,
            accepted=True,
            state=entry.state,
            seq=entry.seq,
            at=now,
        ),
        feedback=tell_reporters(entry, text) if command.move is Move.RESOLVE else (),
    )


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


def _nothing(*_: Any) -> dict[str, Any]:
    return {}


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


def _reopened(*_: Any) -> dict[str, Any]:
    return {"settled_at": None, "settled_tier": None, "accepted_at": None}


Change = Callable[[Command, Case, Register, datetime], dict[str, Any]]

CHANGES: dict[Move, Change] = {
    Move.ASSIGN: _given,
    Move.HAND_OVER: _given,
    Move.ESCALATE: _given,
    Move.ACCEPT: _accepted,
    Move.RETURN: _returned,
    Move.EXTEND: _extended,
    Move.RESOLVE: _resolved,
    Move.REOPEN: _reopened,
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
