"""Whose projects they are 项目范围: villages and units to choose, and what a member sees.

Deliberations have the same scope.
"""

from typing import Protocol

from hub.accounts.permissions import scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.workbench.navigation import HANDLERS
from schemas.town.town import Town
from streams.town.register import Register

VILLAGE_DIGITS = 12


class Placed(Protocol):
    """A matter of a village, for which a unit is responsible."""

    @property
    def division_code(self) -> str:
        """The village, 12 digits."""

    @property
    def unit(self) -> str:
        """The code of the unit."""


def may_see(viewer: Viewer, details: Placed, register: Register) -> bool:
    """Whether a project is in the scope of a viewer: the whole city, a township, or his unit's."""
    if not scope_of(viewer, register).may_open_cases:
        return False
    if viewer.role is StaffRole.UNIT:
        return bool(viewer.unit) and details.unit == viewer.unit
    if viewer.role is StaffRole.TOWNSHIP:
        unit = register.unit(viewer.unit)
        return unit is not None and details.division_code.startswith(unit.area)
    return True


def may_change(viewer: Viewer, details: Placed, register: Register) -> bool:
    """Whether a viewer may write down what happens to a project."""
    return viewer.role in HANDLERS and may_see(viewer, details, register)


def villages_of(viewer: Viewer, town: Town, register: Register) -> dict[str, str]:
    """Return the villages in which a viewer may register projects: code → name with township."""
    area = _area(viewer, register)
    if area is None:
        return {}
    names = {item.code: item.name for item in town.areas}
    return {
        code: f"{names.get(code[:9], '')}{name}"
        for code, name in names.items()
        if len(code) == VILLAGE_DIGITS and code.startswith(area)
    }


def units_of(viewer: Viewer, town: Town, register: Register) -> dict[str, str]:
    """Return the units that a viewer may make responsible: code → name."""
    if viewer.role is StaffRole.UNIT:
        return {unit.code: unit.name for unit in town.units if unit.code == viewer.unit}
    area = _area(viewer, register)
    if area is None:
        return {}
    return {
        unit.code: unit.name
        for unit in town.units
        if unit.tier != "grid" and unit.area.startswith(area)
    }


def _area(viewer: Viewer, register: Register) -> str | None:
    """Return the beginning of all codes of a viewer's area; None if he has none."""
    if viewer.role not in HANDLERS:
        return None
    if viewer.role is StaffRole.CITY:
        return ""
    unit = register.unit(viewer.unit)
    return unit.area if unit else None
