"""Authority 权限: which commands a role may issue, and for cases of which units."""

from collections.abc import Mapping

from schemas.cases.case import MOVE_NAMES, Case, Move
from schemas.cases.command import ROLE_NAMES, Command, Role
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
        may = "、".join(
            ROLE_NAMES[role] for role, moves in ALLOWED.items() if command.move in moves
        )
        move = MOVE_NAMES[command.move]
        raise NotAllowedError(f"{ROLE_NAMES[command.role]}不能{move}；可{move}的角色：{may}")
    if command.role is Role.UNIT:
        _check_unit(command, case, register)
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
        return bool(unit) and unit in {lead_unit(case), *helping_units(case)}
    return not unit or _serves(unit, case, register)


def lead_unit(case: Case) -> str:
    """Return the code of the unit that has the case; empty if none has it."""
    return case.assignment.unit if case.assignment else ""


def helping_units(case: Case) -> set[str]:
    """Return the units that assist 协办 or were whistled for."""
    called = {code for whistle in case.whistles for code in whistle.units}
    return {*called, *(case.assignment.assisting if case.assignment else ())}


def _check_unit(command: Command, case: Case, register: Register) -> None:
    if not command.unit:
        raise NotAllowedError("承办单位的指令须带单位编号：unit 为空")
    if command.unit == lead_unit(case):
        return
    if command.move in HELPING and command.unit in helping_units(case):
        return
    lead = register.unit(lead_unit(case))
    holder = f"现由{lead.name if lead else lead_unit(case)}承办" if lead_unit(case) else "现未派单"
    own = register.unit(command.unit)
    raise NotAllowedError(f"事项不在{own.name if own else command.unit}，{holder}")


def volunteer_of(command: Command) -> str:
    """Return the volunteer of a command; a platform sends commands for many volunteers."""
    named = str(command.data.get("volunteer") or "")
    return named or (command.actor if command.role is Role.VOLUNTEER else "")


def _check_volunteer(command: Command, case: Case) -> None:
    if not case.wish:
        raise NotAllowedError("志愿者只接微心愿，此件不是微心愿")
    if command.move is not Move.TAKE and volunteer_of(command) != case.volunteer:
        holder = f"已由{case.volunteer}接单" if case.volunteer else "还没有人接单"
        raise NotAllowedError(f"此心愿{holder}，{volunteer_of(command)}不能办理")


def _check_area(command: Command, case: Case, register: Register) -> None:
    """Check that the case lies in the area of the sender's unit."""
    unit = register.unit(command.unit)
    if unit is None:
        raise NotAllowedError(f"台账中没有单位{command.unit}")
    if not _serves(command.unit, case, register):
        raise NotAllowedError(f"事项不在{unit.name}的负责范围{unit.area}内")


def _serves(code: str, case: Case, register: Register) -> bool:
    unit = register.unit(code)
    places = (case.division_code, case.grid_code)
    return unit is not None and any(place.startswith(unit.area) for place in places if place)
