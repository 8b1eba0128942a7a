"""Checks the registers and rules of a town 规则校验 before they take effect, line by line.

A version with an error is not loaded. A warning is about something that may be intended.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from hub.town.lists.check import check_lists
from hub.town.mappings import load_mappings
from hub.town.registers import (
    FORMER,
    RULES,
    TownFiles,
    parse_town,
    read_town_files,
    rule_entries,
)
from hub.town.town_file import TownError, TownFinding, finding_of
from schemas.cases.assignment import Tier
from schemas.category import CATEGORIES, OTHER
from schemas.town.register import Responsibility, Unit
from schemas.town.rules import Rule
from schemas.town.town import Town
from streams.town.register import OUTSIDE

COUNTY_DIGITS = 6
SHOWN_ERRORS = 5
DUTIES = ("own", "assisted", "delegated")


def render_findings(findings: Sequence[TownFinding], *, as_json: bool) -> tuple[bool, str]:
    """Return whether there is no error, and the findings as text or as JSON."""
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        return not errors, json.dumps(rows, ensure_ascii=False, indent=2)
    lines = [
        f"{finding.severity}: {finding.file}, line {finding.line}: {finding.message}"
        for finding in findings
    ]
    lines.append(f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}")
    return not errors, "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def check_town(folder: Path) -> list[TownFinding]:
    """Return everything wrong with the registers and rules of a folder, errors first."""
    try:
        files = read_town_files(folder)
    except TownError as error:
        return [finding_of(error, folder)]
    _, findings = check_town_files(files)
    return findings


def require_valid_town(folder: Path) -> None:
    """Raise `TownError` with the first errors of the registers, rules or mappings of a folder."""
    errors = [finding for finding in check_town(folder) if finding.severity == "error"]
    if not errors:
        load_mappings(folder)
        return
    lines = [f"{error.file}, line {error.line}: {error.message}" for error in errors[:SHOWN_ERRORS]]
    more = f"; {len(errors) - len(lines)} more" if len(errors) > len(lines) else ""
    detail = "; ".join(lines)
    raise TownError(f"the town in {folder} has errors, see hub rules check: {detail}{more}")


def check_town_files(files: TownFiles) -> tuple[Town | None, list[TownFinding]]:
    """Return the town of the files, and everything wrong with it, errors first.

    The town is None if a file cannot be parsed; then there is one error.
    """
    try:
        town = parse_town(files)
    except TownError as error:
        return None, [TownFinding("error", files.folder.name, 1, str(error))]
    lines = [line for line, _ in rule_entries(files)]
    findings = [
        *_areas(town),
        *_units(town),
        *_duties(town),
        *_places(town),
        *_former(town),
        *_rules(town, lines),
        *check_lists(town),
    ]
    return town, sorted(
        findings, key=lambda finding: (finding.severity, finding.file, finding.line)
    )


def _areas(town: Town) -> Iterator[TownFinding]:
    codes: dict[str, int] = {}
    for line, area in enumerate(town.areas, 2):
        if area.code in codes:
            message = f"area {area.code} is on line {codes[area.code]} too"
            yield TownFinding("error", "areas.csv", line, message)
        codes.setdefault(area.code, line)
    for line, area in enumerate(town.areas, 2):
        if area.parent and area.parent not in codes:
            message = f"the parent {area.parent} of {area.name} is no area of the town"
            yield TownFinding("error", "areas.csv", line, message)
        elif area.parent and not _is_below(area.code, area.parent):
            message = f"{area.code} is no code below its parent {area.parent}"
            yield TownFinding("error", "areas.csv", line, message)


def _is_below(code: str, parent: str) -> bool:
    # 430100 is a city and 430102 a district of it (GB/T 2260): pairs of zeros stand for all.
    prefix = re.sub("(00)+$", "", parent) if len(parent) == COUNTY_DIGITS else parent
    return code != parent and code.startswith(prefix)


def _units(town: Town) -> Iterator[TownFinding]:
    areas = {area.code for area in town.areas} | {grid.code for grid in town.grids}
    served = {unit.area for unit in town.units}
    codes: dict[str, int] = {}
    for line, unit in enumerate(town.units, 2):
        if unit.code in codes:
            yield TownFinding(
                "error", "units.csv", line, f"unit {unit.code} is on line {codes[unit.code]} too"
            )
        codes.setdefault(unit.code, line)
        if unit.area not in areas:
            yield TownFinding(
                "error",
                "units.csv",
                line,
                f"{unit.name} serves {unit.area}, which is no area of the town",
            )
    lined = {grid.code: number for number, grid in enumerate(town.grids, 1)}
    divisions = {area.code for area in town.areas}
    for code, number in lined.items():
        if code not in served:
            yield TownFinding(
                "error", "grids.geojson", number, f"grid {code} has no unit in units.csv"
            )
        if town.grids[number - 1].division_code not in divisions:
            division = town.grids[number - 1].division_code
            yield TownFinding(
                "error", "grids.geojson", number, f"grid {code} is in {division}, which is no area"
            )
    for line, area in enumerate(town.areas, 2):
        if area.code not in served:
            yield TownFinding("warning", "areas.csv", line, f"{area.name} {area.code} has no unit")


def _former(town: Town) -> Iterator[TownFinding]:
    areas = {area.code for area in town.areas}
    lines: dict[str, int] = {}
    for line, entry in enumerate(town.former_codes, 2):
        if entry.code not in areas:
            yield TownFinding("error", FORMER, line, f"{entry.code} is no area of the town")
        if entry.former in areas:
            yield TownFinding("error", FORMER, line, f"{entry.former} is an area of today")
        if entry.former in lines:
            message = f"{entry.former} is on line {lines[entry.former]} too"
            yield TownFinding("error", FORMER, line, message)
        lines.setdefault(entry.former, line)


def _duties(town: Town) -> Iterator[TownFinding]:
    types = {unit.unit_type: unit.tier for unit in town.units}
    owners: dict[tuple[Tier, str], dict[str, int]] = defaultdict(dict)
    seen: dict[tuple[str, str], int] = {}
    for line, duty in enumerate(town.duties, 2):
        if duty.unit_type not in types:
            message = f"no unit is of type {duty.unit_type}, so nobody has this duty"
            yield TownFinding("error", "duties.csv", line, message)
            continue
        if not is_category(duty.category):
            yield TownFinding("error", "duties.csv", line, f"{duty.category} is no category")
            continue
        if duty.duty not in DUTIES:
            yield TownFinding(
                "error", "duties.csv", line, f"duty {duty.duty} is none of {', '.join(DUTIES)}"
            )
        before = seen.setdefault((duty.unit_type, duty.category), line)
        if before != line:
            message = f"{duty.unit_type} {duty.category} is on line {before} already"
            yield TownFinding("error", "duties.csv", line, message)
        if duty.duty == "own":
            for code in _leaves(duty.category):
                owners[types[duty.unit_type], code].setdefault(duty.unit_type, line)
    yield from _overlaps(owners)
    owned = {code for _, code in owners}
    for code in CATEGORIES:
        if code not in owned and code != OTHER:
            message = f"nobody has {code} {CATEGORIES[code].name} as own duty: it goes to triage"
            yield TownFinding("warning", "duties.csv", 1, message)


def _leaves(category: str) -> list[str]:
    if not category.endswith(".*"):
        return [category]
    return [code for code in CATEGORIES if code.startswith(category[:-1])]


def _overlaps(owners: dict[tuple[Tier, str], dict[str, int]]) -> Iterator[TownFinding]:
    for (tier, code), lines in owners.items():
        if len(lines) > 1:
            names = "、".join(f"{unit_type} (line {line})" for unit_type, line in lines.items())
            message = f"{code} is an own duty of several unit types at tier {tier}: {names}"
            yield TownFinding("error", "duties.csv", max(lines.values()), message)


def _places(town: Town) -> Iterator[TownFinding]:
    grids = {grid.code: grid.division_code for grid in town.grids}
    for line, place in enumerate(town.places, 2):
        if place.grid_code and place.grid_code not in grids:
            message = f"{place.name} is in grid {place.grid_code}, which is not in grids.geojson"
            yield TownFinding("error", "places.csv", line, message)
        elif place.grid_code and grids[place.grid_code] != place.division_code:
            message = f"{place.name} is of {place.division_code}, its grid of another division"
            yield TownFinding("error", "places.csv", line, message)


def _rules(town: Town, lines: Sequence[int]) -> Iterator[TownFinding]:
    codes = {unit.code: unit for unit in town.units}
    beyond = town.rules.out_of_area
    if beyond and (beyond not in codes or codes[beyond].unit_type != OUTSIDE):
        yield TownFinding("error", RULES, 1, f"out_of_area: {beyond} is no unit of type {OUTSIDE}")
    decider = town.rules.last_decider
    if decider and decider not in codes:
        yield TownFinding("error", RULES, 1, f"last_decider: {decider} is no unit in units.csv")
    if not town.rules.alarms:
        message = "alarms: there are none, so nobody is called when words show a danger to life"
        yield TownFinding("warning", RULES, 1, message)
    for number, entry in enumerate(town.rules.alarms, 1):
        for code in entry.whistle:
            if code not in codes or codes[code].tier is not Tier.COUNTY:
                message = f"alarm {number}: {code} is no unit of the county in units.csv"
                yield TownFinding("error", RULES, 1, message)
    earlier: list[Rule] = []
    for rule, line in zip(town.rules.rules, lines, strict=True):
        for message in (
            *_unknown(rule, town),
            *_off_list(rule, town),
            *_outside(rule, codes),
            *_unreached(rule, earlier),
        ):
            yield TownFinding("error", RULES, line, f"rule {rule.id}: {message}")
        earlier.append(rule)
    last = town.rules.rules[-1] if town.rules.rules else None
    if last is None or last.when.model_fields_set:
        message = "the last rule has conditions: what no rule applies to goes to triage"
        yield TownFinding("warning", RULES, lines[-1] if lines else 1, message)


def _unknown(rule: Rule, town: Town) -> Iterator[str]:
    types = {unit.unit_type for unit in town.units}
    for category in rule.when.category:
        if not is_category(category):
            yield f"{category} is no category"
    for unit_type in (*filter(None, [rule.lead]), *rule.assist):
        if unit_type not in types:
            yield f"no unit is of type {unit_type}"


def is_category(category: str) -> bool:
    """Whether `category` is a leaf of the category tree, or `family.*` of one of its families."""
    return category in CATEGORIES or (category.endswith(".*") and bool(_leaves(category)))


def _outside(rule: Rule, codes: Mapping[str, Unit]) -> Iterator[str]:
    if rule.hand_over and rule.hand_over not in codes:
        yield f"no unit {rule.hand_over} in units.csv"
    elif rule.hand_over and codes[rule.hand_over].unit_type != OUTSIDE:
        yield f"{rule.hand_over} is a unit of the town: use lead instead"


def _unreached(rule: Rule, earlier: Sequence[Rule]) -> Iterator[str]:
    for former in earlier:
        if former.id == rule.id:
            yield "the id is used twice"
        elif _covers(former, rule):
            yield f"never reached: {former.id} applies to all that it applies to"


def _off_list(rule: Rule, town: Town) -> Iterator[str]:
    """Yield an error if the duty list of the lead lacks a category of the rule."""
    missing = lacking_duties(rule, town.duties)
    if missing:
        yield f"the duty list of {rule.lead} lacks {'、'.join(missing[:3])}: 主责之外不派"


def lacking_duties(rule: Rule, duties: Iterable[Responsibility]) -> list[str]:
    """Return the categories of a rule that its lead has not as own duty; empty without a lead."""
    if not rule.lead:
        return []
    own = [d.category for d in duties if d.unit_type == rule.lead and d.duty == "own"]
    listed = {code for category in own for code in _leaves(category)}
    asked = [code for category in rule.when.category for code in _leaves(category)]
    wanted = set(asked or CATEGORIES) & set(CATEGORIES) - {OTHER}
    return sorted(wanted - listed)


def _covers(former: Rule, later: Rule) -> bool:
    """Whether `former` applies to every case that `later` applies to."""
    wide, narrow = former.when, later.when
    within = all(
        not getattr(wide, name) or (getattr(narrow, name) and _narrower(name, wide, narrow))
        for name in ("category", "words", "urgency", "area")
    )
    return within and set(wide.without) <= set(narrow.without)


def _narrower(name: str, former: object, later: object) -> bool:
    wide, narrow = getattr(former, name), getattr(later, name)
    if name == "category":
        return {c for w in narrow for c in _leaves(w)} <= {c for w in wide for c in _leaves(w)}
    if name == "area":
        return all(code.startswith(tuple(wide)) for code in narrow)
    return set(narrow) <= set(wide)
