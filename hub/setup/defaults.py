"""What a city gets that has no tables of its own yet 默认台账: units, duty lists, rules.

They are those of the shipped county. They are a start: each city has a duty list of its own.
"""

from collections.abc import Collection, Iterable, Iterator

from hub.settings.town import SHIPPED_TOWN
from hub.town.check import lacking_duties
from hub.town.registers import RULES, load_town, read_town_files, rule_entries
from hub.town.town_file import TownError
from schemas.cases.assignment import Tier
from schemas.town.register import Area, Grid, Responsibility, Unit
from streams.town.register import OUTSIDE

TIERS = {9: Tier.TOWNSHIP, 12: Tier.VILLAGE}
"""Digits of an area's code → tier of the office that serves it."""
COUNTY_DIGITS = 6
TOWN_RULES = """\
# 交办规则: read from the top; the first rule whose conditions all hold decides.
# Not set here: last_decider (兜底单位, which takes what no duty list has), and alarms (险情, whom
# the hub calls at once where words show a danger to life). The shipped town has both.
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


def usual_rules(units: Iterable[Unit], duties: Collection[Responsibility], county: str) -> str:
    """Return the shipped rules, or the plainest one if units that they name are not there.

    `county` replaces the shipped county in the codes of bureaus. A rule is left out if the duty
    list of its lead lacks one of its categories.
    """
    shipped = load_town(SHIPPED_TOWN)
    own, other = f"{county_of(shipped.areas)}-", f"{county}-"
    codes, types = set[str](), set[str]()
    for unit in units:
        codes.add(unit.code)
        types.add(unit.unit_type)
    rules = shipped.rules
    named = {rules.out_of_area, rules.last_decider, *(rule.hand_over for rule in rules.rules)}
    named |= {code for alarm in rules.alarms for code in alarm.whistle}
    leading = {kind for rule in rules.rules for kind in (rule.lead, *rule.assist)}
    if {code.replace(own, other) for code in named - {""}} <= codes and leading - {""} <= types:
        left_out = {rule.id for rule in rules.rules if lacking_duties(rule, duties)}
        return _shipped_rules_without(left_out).replace(own, other)
    return TOWN_RULES


def _shipped_rules_without(left_out: Collection[str]) -> str:
    """Return the text of the shipped rules, with its comments, without the rules of these ids."""
    lines = (SHIPPED_TOWN / RULES).read_text(encoding="utf-8").splitlines(keepends=True)
    entries = rule_entries(read_town_files(SHIPPED_TOWN))
    starts = [line - 1 for line, _ in entries]
    kept = lines[: starts[0]]
    for (_, entry), start, end in zip(entries, starts, [*starts[1:], len(lines)], strict=True):
        kept += [] if entry["id"] in left_out else lines[start:end]
    return "".join(kept)
