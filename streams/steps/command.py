"""The step of a command 指令: checked against state machine, sender and duty list, then answered.

A refused command is answered with the reason. A repeated command gets the same answer again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases.case import MOVE_NAMES, Case, CaseEvent, IllegalMoveError, Move, next_state
from schemas.cases.command import Command, CommandOutcome
from streams.case.authority import NotAllowedError, check_sender
from streams.case.changes import BY_MOVE, CommandRefusedError
from streams.case.entries import append_move, assigned_again, latest
from streams.case.evaluate import consequences
from streams.case.merge import Cause, MergeError, keep_apart, merge, split
from streams.case.notices import feedback_for, feedback_to_many
from streams.case.offers import MAX_EXTENSIONS, MAX_RETURNS
from streams.case.reports.answers import fed_back
from streams.case.state import Effects, PartitionState
from streams.town.register import Register

NEEDS_REASON = frozenset(
    {
        *(Move.RETURN, Move.EXTEND, Move.SUSPEND, Move.WHISTLE, Move.REOPEN, Move.SUPERVISE),
        *(Move.MERGE, Move.SPLIT, Move.KEEP_APART, Move.RESOLVE, Move.NOTE, Move.TRIAGE),
        *(Move.HAND_OVER, Move.ESCALATE, Move.WITHDRAW, Move.GIVE_BACK),
    }
)
AUTOMATIC = frozenset({Move.OPEN, Move.JOIN, Move.SUGGEST, Move.FOLLOW_UP, Move.TIME_OUT})
"""Moves that follow from events and timers, never from a command."""
ASKING = frozenset({Move.WHISTLE, Move.ASSIGN, Move.HAND_OVER, Move.ESCALATE})
"""Moves by which one unit asks another to come, or to take the case over."""
ASKED_BY = "asked_by"
"""Field of the data of such an entry: the unit that asked, which may rate the answer."""
MULTI_CASE = frozenset({Move.MERGE, Move.SPLIT, Move.KEEP_APART})
"""Moves that concern two cases."""


def step(state: PartitionState, command: Command, register: Register, now: datetime) -> Effects:
    """Return the effects of a command; a repeated one gets the same answer again."""
    known = state.commands.get(command.command_id)
    if known is not None:
        return Effects(route=command.township, outcome=known, duplicate=True)
    case = state.cases.get(command.case_id)
    if case is None:
        return _refused(command, now, None, f"{command.township}没有事项{command.case_id}")
    if command.command_id in case.recent:
        # Done before a restart: the entries exist, only the answer is sent again.
        return _done(
            command, case, _consequences(command, case, state, register, now), register, now
        )
    if command.expected_seq is not None and case.is_outdated(command.expected_seq):
        reason = f"事项已有第{case.seq}条记录，您看到的是第{command.expected_seq}条：请重新打开"
        return _refused(command, now, case, reason)
    try:
        _check(command, case)
        check_sender(command, case, register)
        entries = _entries(command, case, state, register, now)
    except (IllegalMoveError, CommandRefusedError, NotAllowedError, MergeError) as error:
        return _refused(command, now, case, str(error))
    return _done(command, latest(entries, case.case_id), entries, register, now)


def _done(
    command: Command,
    case: Case,
    entries: tuple[CaseEvent, ...],
    register: Register,
    now: datetime,
) -> Effects:
    after = entries[-1].case if entries and entries[-1].case_id == case.case_id else case
    outcome = CommandOutcome(
        command_id=command.command_id,
        case_id=case.case_id,
        accepted=True,
        state=after.state,
        seq=after.seq,
        at=now,
    )
    return Effects(
        route=command.township,
        case_events=entries,
        outcome=outcome,
        feedback=feedback_for(entries, register),
        to_many=feedback_to_many(entries, register),
    )


def _consequences(
    command: Command, case: Case, state: PartitionState, register: Register, now: datetime
) -> tuple[CaseEvent, ...]:
    """Return the automatic entries behind that of a command.

    A dispatcher who corrects the category in triage may ask with `data.assign` that the rules
    decide again, also for a case that a unit has returned: the unit returned the wrong category.
    """
    if command.move is Move.TRIAGE and command.data.get("assign") is True:
        return assigned_again(case, register, state.load, cause=command.command_id, at=now)
    return consequences(case, register, state.load, cause=command.command_id, at=now)


def _entries(
    command: Command, case: Case, state: PartitionState, register: Register, now: datetime
) -> tuple[CaseEvent, ...]:
    if command.move in MULTI_CASE:
        return _multi_case_entries(command, case, state, register, now)
    changes_of = BY_MOVE.get(command.move)
    changes = changes_of(command, case, register, now) if changes_of else {}
    if command.move is Move.FEED_BACK:
        changes = fed_back(command, case, state.filed, now)
    entry = append_move(
        case,
        command.move,
        cause=command.command_id,
        at=now,
        actor=command.actor,
        reason=command.reason.strip() or MOVE_NAMES[command.move],
        data=_data(command),
        **changes,
    )
    return (entry, *_consequences(command, entry.case, state, register, now))


def _data(command: Command) -> dict[str, Any]:
    """Return the data of the entry of a command, with the unit that asks another one.

    It is the unit of the credential: a sender cannot ask in the name of another unit.
    """
    data = {name: value for name, value in command.data.items() if name != ASKED_BY}
    asks = command.move in ASKING and command.unit
    return {**data, ASKED_BY: command.unit} if asks else data


def _multi_case_entries(
    command: Command, case: Case, state: PartitionState, register: Register, now: datetime
) -> tuple[CaseEvent, ...]:
    """Return the entries of a merge, a split, or a decision that two cases differ."""
    why = Cause(command.command_id, now, command.actor, command.reason)
    if command.move is Move.SPLIT:
        return split(case, _events(command), state, register, why)
    other = _other(command, state)
    # The reports of the other case move: whoever may not command it could read them afterwards.
    check_sender(command, other, register)
    if command.move is Move.KEEP_APART:
        return keep_apart(case, other, why)
    return merge(case, other, state, register, why, {"by": "person"})


def _events(command: Command) -> set[UUID]:
    try:
        return {UUID(str(event_id)) for event_id in command.data.get("events") or ()}
    except (TypeError, ValueError) as error:
        raise CommandRefusedError("data.events must be a list of event ids") from error


def _other(command: Command, state: PartitionState) -> Case:
    """Return the other case of a command; it must be in the partition of the same city."""
    try:
        other = state.cases.get(UUID(str(command.data.get("case", ""))))
    except ValueError as error:
        raise CommandRefusedError("data.case must be the id of the other case") from error
    if other is None:
        named = command.data["case"]
        raise CommandRefusedError(f"{command.township}没有事项{named}：两件须属同一城市")
    return other


def _check(command: Command, case: Case) -> None:
    if command.move in AUTOMATIC:
        raise CommandRefusedError(f"{MOVE_NAMES[command.move]}由系统完成，不是指令")
    next_state(case.state, command.move)
    if command.move in NEEDS_REASON and not command.reason.strip():
        raise CommandRefusedError(f"{MOVE_NAMES[command.move]}须写明理由")
    if command.move is Move.RETURN and case.returns >= MAX_RETURNS:
        raise CommandRefusedError(f"已退单{case.returns}次：由派单人员研判决定")
    if command.move is Move.EXTEND and case.extensions >= MAX_EXTENSIONS:
        raise CommandRefusedError("已延期一次，不能再延")


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
