"""What a person is offered for a case 可办指令: only what would not be refused, likeliest first."""

from schemas.cases.assignment import Tier
from schemas.cases.case import MOVES, Case, Move
from schemas.cases.command import Role
from schemas.town.register import Unit
from streams.case.assign import refuse_off_list, serving_areas
from streams.case.authority import ALLOWED, HELPING, helping_units, lead_unit
from streams.town.register import OUTSIDE, TIER_ORDER, Register

MAX_RETURNS = 2
MAX_EXTENSIONS = 1


def may_be_offered(move: Move, case: Case, role: Role, unit: str) -> bool:
    """Whether role, state and the case itself allow a move of a member of `unit`.

    The duty list is checked for each unit that is named: see `assignable`.
    """
    if move not in ALLOWED[role] or case.state not in MOVES[move]:
        return False
    helps = move in HELPING and unit in helping_units(case)
    if role is Role.UNIT and unit != lead_unit(case) and not helps:
        return False
    return _makes_sense(move, case, unit)


def _makes_sense(move: Move, case: Case, unit: str) -> bool:
    """Whether the case has what the move is about: a wish, a whistle, a second report …"""
    calls = (w for w in case.whistles if unit in w.units and unit not in w.arrived)
    needs = {
        Move.TAKE: case.wish and not case.volunteer,
        Move.GIVE_BACK: bool(case.volunteer),
        Move.ARRIVE: any(calls),
        Move.RETURN: case.returns < MAX_RETURNS,
        Move.EXTEND: case.extensions < MAX_EXTENSIONS,
        Move.SPLIT: case.report_count > 1,
        Move.KEEP_APART: bool(case.suggested),
        Move.FEED_BACK: False,
    }
    return needs.get(move, True)


def why_offered(unit: Unit, case: Case, register: Register) -> str:
    """Return in Chinese why a unit is offered: its duty for the category, and where it serves."""
    line = register.responsibility_of(unit, case.category)
    if unit.unit_type == OUTSIDE:
        return "辖区外或职权外，移送"
    if line is None:
        return "兜底单位"
    duties = {"own": "主责", "assisted": "配合", "delegated": "赋权"}
    grid = register.grid(unit.area)
    served = grid.name if grid else register.area_name(unit.area)
    return f"{duties.get(line.duty, '职责内')} · 服务{served}"


def assignable(case: Case, register: Register) -> list[Unit]:
    """Return the units to which a person may assign a case, the likeliest first.

    These are the units with the duty that serve its place, from the street up, those whose own
    duty it is before those that assist; then the last decider 兜底单位, then bodies outside.
    """
    areas = serving_areas(case)
    last = register.rules.last_decider
    units = [
        unit
        for unit in register.units
        if (unit.area in areas or not areas or unit.tier is Tier.COUNTY)
        and not refuse_off_list(unit.code, case, register)
    ]

    def order(unit: Unit) -> tuple[bool, bool, bool, int, str]:
        line = register.responsibility_of(unit, case.category)
        own = line is not None and line.duty == "own"
        is_last = unit.code == last and line is None
        outside = unit.unit_type == OUTSIDE
        return outside, is_last, not own, TIER_ORDER.index(unit.tier), unit.code

    return sorted(units, key=order)
