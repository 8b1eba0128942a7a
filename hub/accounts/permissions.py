"""Permissions 数据范围: which cases a viewer may see, open and command, by role and unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.accounts.session import Viewer
from hub.accounts.staff import OFFICE_ROLES, Member, StaffRole
from schemas.cases.case import Case, Move
from schemas.cases.command import Role
from schemas.registers.right import RegisterRight
from streams.case.authority import ALLOWED, may_see
from streams.case.offers import may_be_offered
from streams.town.register import Register

ACTING = {
    StaffRole.CITY: (Role.DISPATCHER, Role.SUPERVISOR, Role.CALLBACK),
    StaffRole.TOWNSHIP: (Role.DISPATCHER, Role.SUPERVISOR),
    StaffRole.UNIT: (Role.UNIT,),
    StaffRole.AUDITOR: (),
    StaffRole.GRID_WORKER: (),
}
"""The roles of the case API that a member of each staff role may act in."""

LOOKING = frozenset({StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.UNIT})
"""The roles whose members may get a right to look into registers: auditors check the others."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that a viewer may see, as an SQL condition on `cases` with its parameters.

    `may_open_cases` is False if the viewer may see numbers only.
    """

    sql: str = "1"
    parameters: dict[str, Any] = field(default_factory=dict)
    may_open_cases: bool = True

    @property
    def is_of_unit(self) -> bool:
        """Whether it is the scope of a unit, which only cases have, not events."""
        return "unit" in self.sql

    def within(self, area: str) -> "Scope":
        """Return this scope within an area: a county, township, village or grid by its code."""
        parameters = {**self.parameters, "area": area}
        return Scope(f"{self.sql} AND {_in('area')}", parameters, self.may_open_cases)


def _in(name: str) -> str:
    """Return the condition that a row is in the area whose code is the parameter `name`."""
    code = f"{{{name}:String}}"
    return f"(startsWith(division_code, {code}) OR startsWith(grid_code, {code}))"


def scope_of(viewer: Viewer, register: Register) -> Scope:
    """Return the scope of a viewer; the public counts all cases and opens none."""
    if viewer.role is None:
        return Scope(may_open_cases=False)
    if viewer.role not in OFFICE_ROLES:
        return Scope("0", may_open_cases=False)
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


def sees_rows(viewer: Viewer, register: Register) -> Callable[[str, str, str], bool]:
    """Return whether a viewer sees a row by its unit, division and grid, as `scope_of` selects it.

    For rows that are counted once for all viewers.
    """
    if viewer.role in (StaffRole.CITY, StaffRole.AUDITOR):
        return lambda _unit, _division, _grid: True
    unit = register.unit(viewer.unit)
    if viewer.role is StaffRole.TOWNSHIP and unit is not None:
        area = unit.area
        return lambda _, division, grid: division.startswith(area) or grid.startswith(area)
    if viewer.role is StaffRole.UNIT and viewer.unit:
        return lambda unit, _division, _grid: unit == viewer.unit
    return lambda _unit, _division, _grid: False


def may_open(viewer: Viewer, case: Case, register: Register) -> bool:
    """Whether a viewer may open a case."""
    if viewer.role not in OFFICE_ROLES:
        return False
    if viewer.role in (StaffRole.UNIT, StaffRole.TOWNSHIP) and not viewer.unit:
        # The case API reads an empty unit as the whole county; for these two roles it is an error.
        return False
    if viewer.role is StaffRole.UNIT:
        return may_see(Role.UNIT, viewer.unit, case, register)
    if viewer.role is StaffRole.TOWNSHIP:
        return may_see(Role.DISPATCHER, viewer.unit, case, register)
    return True


def may_read_text(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may read the text of a case; a confidential 保密 one only in its unit."""
    return not case.confidential or may_read_confidential(viewer, case)


def may_read_confidential(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may read confidential text: his unit is the one that has the case."""
    return case.assignment is not None and viewer.unit == case.assignment.unit


def role_for(viewer: Viewer, move: Move) -> Role | None:
    """Return the case API role in which a viewer gives a command; None if he may not."""
    if viewer.role is None:
        return None
    return next((role for role in ACTING[viewer.role] if move in ALLOWED[role]), None)


def allowed_moves(viewer: Viewer, case: Case) -> list[Move]:
    """Return the moves that role, unit and the case allow; the worker checks the duty list."""
    return [
        move
        for move in Move
        if (role := role_for(viewer, move)) is not None
        and may_be_offered(move, case, role, viewer.unit)
    ]


def register_right(
    viewer: Viewer, staff: Mapping[str, Member], today: date
) -> RegisterRight | None:
    """Return the right of a viewer to look into the register of people; None: he has none today.

    Only who logs in with a password of the hub has one: a name of the identity provider may be
    that of another person in the file of staff.
    """
    member = staff.get(viewer.name)
    if viewer.issuer or member is None or viewer.role not in LOOKING:
        return None
    if (member.role, member.unit) != (viewer.role, viewer.unit):
        return None
    right = member.registers
    return right if right and right.holds_on(today) else None
