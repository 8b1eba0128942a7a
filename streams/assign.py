"""Assignment 精准交办: the lowest tier whose duty list has the matter, or triage with a reason."""

from dataclasses import dataclass

from schemas.case import Assignment, Case
from schemas.category import CATEGORIES, OTHER
from schemas.register import Unit
from streams.register import TIER_ORDER, Register


@dataclass(frozen=True, slots=True)
class Triage:
    """No unit, and why: a person decides (待研判)."""

    reason: str


def serving_areas(case: Case) -> tuple[str, ...]:
    """Return grid, village, township and county of a case, as far as known."""
    code = case.division_code
    if not code:
        return ()
    codes = (case.grid_code, code, code[:9], code[:6])
    return tuple(dict.fromkeys(part for part in codes if part))


def assign(case: Case, register: Register) -> Assignment | Triage:
    """Return the unit of a case, by grid and duty list; never one whose list lacks the matter."""
    if not case.division_code:
        return Triage("place unknown: no grid, coordinates, division or place name was found")
    if not case.category or case.category == OTHER:
        return Triage("category unknown: neither a native code nor the text tells it")
    claims: dict[str, list[Unit]] = {}
    for area in serving_areas(case):
        for unit in register.units_of(area):
            duty = register.duty_of(unit, case.category)
            if duty is not None and duty.duty == "own":
                claims.setdefault(unit.tier, []).append(unit)
    for tier in TIER_ORDER:
        units = claims.get(tier, [])
        if len(units) == 1:
            return _assigned(units[0], case, register)
        if units:
            names = "、".join(unit.name for unit in units)
            return Triage(f"{len(units)} units of one tier claim {case.category}: {names}")
    return Triage(f"no duty list here has {case.category}: 主责之外不派")


def refuse_off_list(unit_code: str, case: Case, register: Register) -> str:
    """Return why `unit_code` must not be given the case, or empty where it may."""
    unit = register.unit(unit_code)
    if unit is None:
        return f"no unit {unit_code} in the register"
    if register.duty_of(unit, case.category) is None:
        return f"the duty list of {unit.name} does not have {case.category}: 主责之外不派"
    return ""


def _assigned(unit: Unit, case: Case, register: Register) -> Assignment:
    name = CATEGORIES[case.category].name if case.category in CATEGORIES else case.category
    where = register.area_name(unit.area)
    return Assignment(
        unit=unit.code,
        tier=unit.tier,
        rule=f"duty-list/{unit.unit_type}/{case.category}",
        rules_version=register.version,
        reason=f"{name}在{unit.name}职责清单内，负责范围{where}",
    )
