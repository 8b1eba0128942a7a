"""`hub staff registers` 台账查看权限: gives a member a right to look into the people register."""

from collections.abc import Sequence
from datetime import date, timedelta

from hub.accounts.audit import AuditAction
from hub.accounts.operator_audit import noting
from hub.accounts.permissions import LOOKING
from hub.accounts.staff import Member, load_staff, set_register_right
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.town.registers import load_town
from schemas.registers.person_class import CARED_FOR, PersonClass
from schemas.registers.right import MOST_DAYS, RegisterRight
from schemas.town.town import Town

ALL_CARED_FOR = "cared"
CLASS_CHOICES = (ALL_CARED_FOR, *map(str, PersonClass))
"""What may be written for a class. Key persons are named one class at a time, never all at once."""


def give_right(
    settings: Settings,
    name: str,
    area: str,
    classes: Sequence[str],
    until: date | None,
    today: date,
    *,
    residents: bool,
) -> str:
    """Give a member a right in place of the one that he has; return a sentence about it.

    `until` is its last day; None is a year from `today`. The audit has a line before the right
    takes effect. Raises `HubError`.
    """
    member = _member(settings, name)
    last = until or today + timedelta(days=MOST_DAYS - 1)
    right = RegisterRight(area=area, classes=_classes(classes), residents=residents, until=last)
    if fault := right_fault(member, right, load_town(settings.town), today):
        raise HubError(fault)
    text = f"{name}: {right_text(right)}"
    noting(settings, AuditAction.REGISTER_RIGHT)(text)
    set_register_right(settings, name, right)
    return text


def take_right(settings: Settings, name: str) -> str:
    """Take the right away; return a sentence. The audit has a line. Raises `HubError`."""
    _member(settings, name)
    noting(settings, AuditAction.REGISTER_RIGHT)(f"{name}: none")
    set_register_right(settings, name, None)
    return f"{name} has no right to look into the register of people"


def right_fault(member: Member, right: RegisterRight, town: Town, today: date) -> str:
    """Return why a member cannot get a right; empty if he can. Pure."""
    if member.role not in LOOKING:
        return (
            f"role {member.role} gets no right: auditors check the looks, and grid workers have"
            " their lists on the phone"
        )
    if not right.classes and not right.residents:
        return "name at least one --class, or --residents"
    if not today <= right.until < today + timedelta(days=MOST_DAYS):
        return f"--until must be a day from {today} on, within {MOST_DAYS} days"
    known = {area.code for area in town.areas} | {grid.code for grid in town.grids}
    if right.area not in known:
        return f"{right.area} is no area of areas.csv and no grid of grids.geojson"
    unit = next((unit for unit in town.units if unit.code == member.unit), None)
    if member.unit and unit is None:
        return f"{member.unit} is no unit of units.csv: name his office first, with hub staff add"
    own = unit.area if unit else ""
    if not _lies_in(right.area, own, town):
        return f"{right.area} is not in {own}, the area of {member.unit}; a right stays within it"
    return ""


def _lies_in(area: str, own: str, town: Town) -> bool:
    divisions = [grid.division_code for grid in town.grids if grid.code == area]
    return any(code.startswith(own) for code in (area, *divisions))


def _classes(named: Sequence[str]) -> tuple[PersonClass, ...]:
    chosen = {
        known
        for known in PersonClass
        if known in named or (ALL_CARED_FOR in named and known.startswith(CARED_FOR))
    }
    return tuple(known for known in PersonClass if known in chosen)


def _member(settings: Settings, name: str) -> Member:
    member = load_staff(settings).get(name)
    if member is None:
        raise HubError(f"there is no member {name}; hub staff ls lists the members")
    return member


def right_text(right: RegisterRight) -> str:
    """Return a right in one line."""
    whom = [*map(str, right.classes), *(["residents"] if right.residents else [])]
    return f"{right.area} until {right.until}: {' '.join(whom)}"
