"""Authority 权限: which commands a role may issue, and for cases of which units."""

from collections.abc import Mapping

from schemas.cases.case import Case, Move
from schemas.cases.command import Command, Role
from streams.town.register import Register

ALLOWED: Mapping[Role, frozenset[Move]] = {
    Role.DISPATCHER: frozenset(
        {
            *(Move.ASSIGN, Move.TRIAGE, Move.HAND_OVER, Move.ESCALATE, Move.WHISTLE),
            *(Move.MERGE, Move.SPLIT, Move.KEEP_APART, Move.REOPEN, Move.CLOSE, Move.WITHDRAW),
            *(Move.SUPERVISE, Move.NOTE, Move.TAKE),
        }
    ),
    Role.UNIT: frozenset(
        {
            *(Move.ACCEPT, Move.RETURN, Move.START, Move.NOTE, Move.EXTEND, Move.SUSPEND),
            *(Move.RESUME, Move.RESOLVE, Move.ESCALATE, Move.WHISTLE, Move.ARRIVE),
            *(Move.TAKE, Move.GIVE_BACK),
        }
    ),
    Role.SUPERVISOR: frozenset({Move.SUPERVISE, Move.NOTE, Move.REOPEN}),
    Role.CALLBACK: frozenset({Move.EVALUATE, Move.REOPEN, Move.CLOSE, Move.FEED_BACK}),
    Role.VOLUNTEER: frozenset({Move.TAKE, Move.GIVE_BACK, Move.NOTE, Move.RESOLVE}),
    Role.HUB: frozenset(Move),
}
"""The moves that each role may command."""

HELPING = frozenset({Move.NOTE, Move.ARRIVE})
"""Moves of units that assist 协办 or were whistled for."""


class NotAllowedError(ValueError):
    """A command that its sender may not give; the message says why."""


def check_sender(command: Command, case: Case, register: Register) -> None:
    """Raise `NotAllowedError` if role or unit do not allow the command."""
    if command.move not in ALLOWED[command.role]:
        may = "、".join(role for role, moves in ALLOWED.items() if command.move in moves)
        raise NotAllowedError(f"a {command.role} may not {command.move}; it is for: {may}")
    if command.role is Role.UNIT:
        _check_unit(command, case)
        return
    if command.role is Role.VOLUNTEER:
        _check_volunteer(command, case)
    if command.unit:
        _check_area(command, case, register)


def may_see(role: Role, unit: str, case: Case, register: Register) -> bool:
    """Whether a role may see a case: a unit sees its own, others see the cases of their area.

    Volunteers see wishes only.
    """
    if role is Role.VOLUNTEER and not case.wish:
        return False
    if role is Role.UNIT:
        return bool(unit) and unit in {_lead(case), *_helping(case)}
    return not unit or _serves(unit, case, register)


def _lead(case: Case) -> str:
    return case.assignment.unit if case.assignment else ""


def _helping(case: Case) -> set[str]:
    """Return the units that assist 协办 or were whistled for."""
    called = {code for whistle in case.whistles for code in whistle.units}
    return {*called, *(case.assignment.assisting if case.assignment else ())}


def _check_unit(command: Command, case: Case) -> None:
    if not command.unit:
        raise NotAllowedError("the command of a unit needs its code: unit is empty")
    if command.unit == _lead(case):
        return
    if command.move in HELPING and command.unit in _helping(case):
        return
    raise NotAllowedError(
        f"the case is not with {command.unit} but with {_lead(case) or 'no unit'}"
    )


def volunteer_of(command: Command) -> str:
    """Return the volunteer of a command; a platform sends commands for many volunteers."""
    named = str(command.data.get("volunteer") or "")
    return named or (command.actor if command.role is Role.VOLUNTEER else "")


def _check_volunteer(command: Command, case: Case) -> None:
    if not case.wish:
        raise NotAllowedError("volunteers take wishes 微心愿 only, and this case is not a wish")
    if command.move is not Move.TAKE and volunteer_of(command) != case.volunteer:
        holder = case.volunteer or "nobody"
        raise NotAllowedError(f"the wish is with {holder}, not with {volunteer_of(command)}")


def _check_area(command: Command, case: Case, register: Register) -> None:
    """Check that the case lies in the area of the sender's unit."""
    unit = register.unit(command.unit)
    if unit is None:
        raise NotAllowedError(f"no unit {command.unit} in the register")
    if not _serves(command.unit, case, register):
        raise NotAllowedError(f"{unit.name} serves {unit.area}, where the case is not")


def _serves(code: str, case: Case, register: Register) -> bool:
    unit = register.unit(code)
    places = (case.division_code, case.grid_code)
    return unit is not None and any(place.startswith(unit.area) for place in places if place)
