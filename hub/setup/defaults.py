"""What a city gets that has no tables of its own yet 默认台账: units, duty lists, rules.

They are those of the shipped county. They are a start: each city has a duty list of its own.
"""

from collections.abc import Iterable, Iterator

from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import RULES, load_town
from hub.town.town_file import TownError
from schemas.cases.assignment import Tier
from schemas.town.register import Area, Grid, Responsibility, Unit
from streams.town.register import OUTSIDE

TIERS = {9: Tier.TOWNSHIP, 12: Tier.VILLAGE}
"""Digits of an area's code → tier of the office that serves it."""
COUNTY_DIGITS = 6
TOWN_RULES = """\
# 交办规则: read from the top; the first rule whose conditions all hold decides.
rules:
  - id: lowest-tier
    name: 属地就低
    lowest: true
"""


def county_of(areas: Iterable[Area]) -> str:
    """Return the code of the county; raises `TownError` if the areas have none, or several."""
    codes = [area.code for area in areas if len(area.code) == COUNTY_DIGITS]
    counties = [code for code in codes if not code.endswith("00")] or codes
    if len(counties) != 1:
        have = "、".join(counties[:5]) or "none"
        raise TownError(
            f"units are made for one county (6 digits), and the areas have {have}:"
            " hand in a table of units (hub init --units)"
        )
    return counties[0]


def local_units(areas: Iterable[Area], grids: Iterable[Grid], served: set[str]) -> Iterator[Unit]:
    """Yield an office for each township, community and grid that no unit serves yet."""
    for area in areas:
        tier = TIERS.get(len(area.code))
        if tier and area.code not in served:
            yield Unit(
                code=area.code, name=area.name, tier=tier, area=area.code, unit_type=str(tier)
            )
    for grid in grids:
        if grid.code not in served:
            yield Unit(
                code=grid.code, name=grid.name, tier=Tier.GRID, area=grid.code, unit_type="grid"
            )


def usual_bureaus(county: str) -> Iterator[Unit]:
    """Yield the bureaus of the shipped county, and the bodies outside it, for another county."""
    for unit in load_town(SHIPPED_TOWN).units:
        if unit.tier is Tier.COUNTY:
            code = unit.code if unit.unit_type == OUTSIDE else f"{county}-{unit.code[-2:]}"
            yield unit.model_copy(update={"code": code, "area": county})


def usual_duties(units: Iterable[Unit]) -> list[Responsibility]:
    """Return the duty lists of the shipped county for the types of unit that are there."""
    types = {unit.unit_type for unit in units}
    return [duty for duty in load_town(SHIPPED_TOWN).duties if duty.unit_type in types]


def usual_rules(units: Iterable[Unit]) -> str:
    """Return the shipped rules, or the plainest one if units that they name are not there."""
    shipped = load_town(SHIPPED_TOWN)
    codes, types = set[str](), set[str]()
    for unit in units:
        codes.add(unit.code)
        types.add(unit.unit_type)
    rules = shipped.rules.rules
    named = {rule.hand_over for rule in rules} | {shipped.rules.out_of_area}
    leading = {kind for rule in rules for kind in (rule.lead, *rule.assist)}
    if named - {""} <= codes and leading - {""} <= types:
        return (SHIPPED_TOWN / RULES).read_text(encoding="utf-8")
    return TOWN_RULES
