"""What a viewer may see 数据范围: rows by role, as a condition on cases."""

from dataclasses import dataclass, field
from typing import Any

from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from schemas.cases.case import MOVES, Case, Move
from schemas.cases.command import Role
from streams.case.authority import ALLOWED, may_see
from streams.town.register import Register

ACTING = {
    StaffRole.CITY: (Role.DISPATCHER, Role.SUPERVISOR, Role.CALLBACK),
    StaffRole.TOWNSHIP: (Role.DISPATCHER, Role.SUPERVISOR),
    StaffRole.UNIT: (Role.UNIT,),
    StaffRole.AUDITOR: (),
}
"""In which roles of the case API somebody commands."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A condition on `cases` with its parameters; `cases`: whether they may be seen one by one."""

    sql: str = "1"
    given: dict[str, Any] = field(default_factory=dict)
    cases: bool = True

    def within(self, area: str) -> "Scope":
        """Return this scope within an area: a county, township, village or grid by its code."""
        return Scope(f"{self.sql} AND {_in('area')}", {**self.given, "area": area}, self.cases)


def _in(name: str) -> str:
    """Return the condition of lying in an area, whose code is the parameter `name`."""
    code = f"{{{name}:String}}"
    return f"(startsWith(division_code, {code}) OR startsWith(grid_code, {code}))"


def scope_of(viewer: Viewer, register: Register) -> Scope:
    """Return what a viewer sees: the public counts all and opens none."""
    if viewer.role is None:
        return Scope(cases=False)
    if viewer.role is StaffRole.UNIT and not viewer.unit:
        return Scope("0")
    if viewer.role is StaffRole.UNIT:
        return Scope("unit = {scope:String}", {"scope": viewer.unit})
    if viewer.role is StaffRole.TOWNSHIP:
        unit = register.unit(viewer.unit)
        if unit is None:
            return Scope("0")
        return Scope(_in("scope"), {"scope": unit.area})
    return Scope()


def opens(viewer: Viewer, case: Case, register: Register) -> bool:
    """Whether a viewer may open a case."""
    if viewer.role is None:
        return False
    if viewer.role in (StaffRole.UNIT, StaffRole.TOWNSHIP) and not viewer.unit:
        # To the case API an empty unit is the whole county; of these two roles it is a mistake.
        return False
    if viewer.role is StaffRole.UNIT:
        return may_see(Role.UNIT, viewer.unit, case, register)
    if viewer.role is StaffRole.TOWNSHIP:
        return may_see(Role.DISPATCHER, viewer.unit, case, register)
    return True


def reads_words(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may read a case's words: of a confidential one its own unit only 保密."""
    return not case.confidential or reads_confidential(viewer, case)


def reads_confidential(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may read what is confidential in a case: he is of the unit that has it."""
    return case.assignment is not None and viewer.unit == case.assignment.unit


def role_for(viewer: Viewer, move: Move) -> Role | None:
    """Return in which role a viewer gives a command; None: he may not."""
    if viewer.role is None:
        return None
    return next((role for role in ACTING[viewer.role] if move in ALLOWED[role]), None)


def may_command(viewer: Viewer, case: Case) -> list[Move]:
    """Return the moves that role and state allow; the worker looks at unit and duty list."""
    return [
        move for move in Move
        if case.state in MOVES[move] and role_for(viewer, move) is not None
    ]  # fmt: skip
