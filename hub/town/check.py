"""Checking the rules of a town 规则校验 as a whole before they take effect, line by line.

An error keeps a version from being loaded; a warning is what its authors may have meant.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from hub.town.registers import RULES, TownError, load_town
from hub.town.yaml_lines import line_of, read_yaml
from schemas.assignment import Tier
from schemas.category import CATEGORIES, OTHER
from schemas.register import Unit
from schemas.rules import Rule
from schemas.town import Town
from streams.town.register import OUTSIDE

DUTIES = ("own", "assisted", "delegated")
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a file. `line` counts from 1, with the header."""

    severity: Severity
    file: str
    line: int
    message: str


def findings_told(found: Sequence[Finding], *, as_json: bool) -> tuple[bool, str]:
    """Return whether there is no error, and the findings for people or as JSON."""
    errors = sum(one.severity == "error" for one in found)
    if as_json:
        return not errors, json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2)
    told = [f"{one.severity}: {one.file}, line {one.line}: {one.message}" for one in found]
    told.append(f"{errors} errors, {len(found) - errors} warnings")
    return not errors, "\n".join(told)


def check_town(folder: Path) -> list[Finding]:
    """Return all that is wrong with the registers and rules of a folder, errors first."""
    try:
        town = load_town(folder)
    except TownError as error:
        return [Finding("error", folder.name, 1, str(error))]
    found = [*_units(town), *_duties(town), *_places(town), *_rules(town, folder)]
    return sorted(found, key=lambda one: (one.severity, one.file, one.line))


def _units(town: Town) -> Iterator[Finding]:
    areas = {area.code for area in town.areas} | {grid.code for grid in town.grids}
    served = {unit.area for unit in town.units}
    codes: dict[str, int] = {}
    for line, unit in enumerate(town.units, 2):
        if unit.code in codes:
            yield Finding(
                "error", "units.csv", line, f"unit {unit.code} is on line {codes[unit.code]} too"
            )
        codes.setdefault(unit.code, line)
        if unit.area not in areas:
            yield Finding(
                "error", "units.csv", line, f"{unit.name} serves {unit.area}, which is no area here"
            )
    lined = {grid.code: number for number, grid in enumerate(town.grids, 1)}
    divisions = {area.code for area in town.areas}
    for code, number in lined.items():
        if code not in served:
            yield Finding("error", "grids.geojson", number, f"grid {code} has no unit in units.csv")
        if town.grids[number - 1].division_code not in divisions:
            division = town.grids[number - 1].division_code
            yield Finding(
                "error", "grids.geojson", number, f"grid {code} is in {division}, which is no area"
            )
    for line, area in enumerate(town.areas, 2):
        if area.code not in served:
            yield Finding("warning", "areas.csv", line, f"{area.name} {area.code} has no unit")


def _duties(town: Town) -> Iterator[Finding]:
    types = {unit.unit_type: unit.tier for unit in town.units}
    owners: dict[tuple[Tier, str], dict[str, int]] = defaultdict(dict)
    seen: dict[tuple[str, str], int] = {}
    for line, duty in enumerate(town.duties, 2):
        if duty.unit_type not in types:
            message = f"no unit is of type {duty.unit_type}, so nobody has this duty"
            yield Finding("error", "duties.csv", line, message)
            continue
        if not is_category(duty.category):
            yield Finding("error", "duties.csv", line, f"{duty.category} is no category")
            continue
        if duty.duty not in DUTIES:
            yield Finding(
                "error", "duties.csv", line, f"duty {duty.duty} is none of {', '.join(DUTIES)}"
            )
        before = seen.setdefault((duty.unit_type, duty.category), line)
        if before != line:
            message = f"{duty.unit_type} {duty.category} is on line {before} already"
            yield Finding("error", "duties.csv", line, message)
        if duty.duty == "own":
            for code in _leaves(duty.category):
                owners[types[duty.unit_type], code].setdefault(duty.unit_type, line)
    yield from _overlaps(owners)
    owned = {code for _, code in owners}
    for code in CATEGORIES:
        if code not in owned and code != OTHER:
            message = f"nobody has {code} {CATEGORIES[code].name} as own duty: it goes to triage"
            yield Finding("warning", "duties.csv", 1, message)


def _leaves(category: str) -> list[str]:
    if not category.endswith(".*"):
        return [category]
    return [code for code in CATEGORIES if code.startswith(category[:-1])]


def _overlaps(owners: dict[tuple[Tier, str], dict[str, int]]) -> Iterator[Finding]:
    for (tier, code), lines in owners.items():
        if len(lines) > 1:
            told = "、".join(f"{unit_type} (line {line})" for unit_type, line in lines.items())
            message = f"{code} is an own duty of several unit types at tier {tier}: {told}"
            yield Finding("error", "duties.csv", max(lines.values()), message)


def _places(town: Town) -> Iterator[Finding]:
    grids = {grid.code: grid.division_code for grid in town.grids}
    for line, place in enumerate(town.places, 2):
        if place.grid_code and place.grid_code not in grids:
            message = f"{place.name} is in grid {place.grid_code}, which is not in grids.geojson"
            yield Finding("error", "places.csv", line, message)
        elif place.grid_code and grids[place.grid_code] != place.division_code:
            message = f"{place.name} is of {place.division_code}, its grid of another division"
            yield Finding("error", "places.csv", line, message)


def _rules(town: Town, folder: Path) -> Iterator[Finding]:
    lines = _rule_lines(folder / RULES) or [1] * len(town.rules.rules)
    codes = {unit.code: unit for unit in town.units}
    beyond = town.rules.out_of_area
    if beyond and (beyond not in codes or codes[beyond].unit_type != OUTSIDE):
        yield Finding("error", RULES, 1, f"out_of_area: {beyond} is no unit of type {OUTSIDE}")
    earlier: list[Rule] = []
    for rule, line in zip(town.rules.rules, lines, strict=True):
        for message in (
            *_unknown(rule, town),
            *_off_list(rule, town),
            *_outside(rule, codes),
            *_unreached(rule, earlier),
        ):
            yield Finding("error", RULES, line, f"rule {rule.id}: {message}")
        earlier.append(rule)
    last = town.rules.rules[-1] if town.rules.rules else None
    if last is None or last.when.model_fields_set:
        message = "the last rule has conditions: what no rule applies to goes to triage"
        yield Finding("warning", RULES, lines[-1] if lines else 1, message)


def _unknown(rule: Rule, town: Town) -> Iterator[str]:
    types = {unit.unit_type for unit in town.units}
    for category in rule.when.category:
        if not is_category(category):
            yield f"{category} is no category"
    for unit_type in (*filter(None, [rule.lead]), *rule.assist):
        if unit_type not in types:
            yield f"no unit is of type {unit_type}"


def is_category(category: str) -> bool:
    """Whether a leaf or `family.*` is in our tree."""
    return category in CATEGORIES or (category.endswith(".*") and bool(_leaves(category)))


def _outside(rule: Rule, codes: Mapping[str, Unit]) -> Iterator[str]:
    if rule.hand_over and rule.hand_over not in codes:
        yield f"no unit {rule.hand_over} in units.csv"
    elif rule.hand_over and codes[rule.hand_over].unit_type != OUTSIDE:
        yield f"{rule.hand_over} is a unit of the town; use lead, so that its duties are looked at"


def _unreached(rule: Rule, earlier: Sequence[Rule]) -> Iterator[str]:
    for former in earlier:
        if former.id == rule.id:
            yield "the id is used twice"
        elif _covers(former, rule):
            yield f"never reached: {former.id} applies to all that it applies to"


def _off_list(rule: Rule, town: Town) -> Iterator[str]:
    """Tell of a lead whose duty list lacks what the rule gives it."""
    if not rule.lead:
        return
    own = [d.category for d in town.duties if d.unit_type == rule.lead and d.duty == "own"]
    listed = {code for category in own for code in _leaves(category)}
    given = [code for category in rule.when.category for code in _leaves(category)]
    wanted = set(given or CATEGORIES) & set(CATEGORIES) - {OTHER}
    missing = sorted(wanted - listed)
    if missing:
        yield f"the duty list of {rule.lead} lacks {'、'.join(missing[:3])}: 主责之外不派"


def _covers(former: Rule, later: Rule) -> bool:
    """Whether all that `later` applies to is taken by `former` before it."""
    one, other = former.when, later.when
    within = all(
        not getattr(one, name) or (getattr(other, name) and _narrower(name, one, other))
        for name in ("category", "words", "urgency", "area")
    )
    return within and set(one.without) <= set(other.without)


def _narrower(name: str, one: object, other: object) -> bool:
    wide, narrow = getattr(one, name), getattr(other, name)
    if name == "category":
        return {c for w in narrow for c in _leaves(w)} <= {c for w in wide for c in _leaves(w)}
    if name == "area":
        return all(code.startswith(tuple(wide)) for code in narrow)
    return set(narrow) <= set(wide)


def _rule_lines(path: Path) -> list[int]:
    if not path.is_file():
        return []
    told = read_yaml(path)
    return [line_of(entry) for entry in told.get("rules") or []]
