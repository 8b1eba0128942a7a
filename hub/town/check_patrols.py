"""Checking the registers of patrols 巡查计划校验 as a whole, line by line, before they are used."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from hub.town.check import Finding, is_category
from hub.town.patrols import HOUSEHOLDS, PLANS, WORKERS, Patrols, load_patrols
from hub.town.registers import TownError, load_town
from schemas.patrol import Lasting, Posting, Whom
from schemas.town import Town


def check_patrols(folder: Path) -> list[Finding]:
    """Return all that is wrong with them, errors first."""
    try:
        town, patrols = load_town(folder), load_patrols(folder)
    except TownError as error:
        return [Finding("error", folder.name, 1, str(error))]
    found = [*_workers(town, patrols), *_households(town, patrols), *_plans(patrols)]
    return sorted(found, key=lambda one: (one.severity, one.file, one.line))


def _workers(town: Town, patrols: Patrols) -> Iterator[Finding]:
    grids = {grid.code for grid in town.grids}
    known: dict[tuple[str, str], list[tuple[int, Posting]]] = defaultdict(list)
    for line, posting in enumerate(patrols.workers, 2):
        if posting.grid_code not in grids:
            message = f"{posting.code} has grid {posting.grid_code}, which is not in grids.geojson"
            yield Finding("error", WORKERS, line, message)
        own = known[posting.code, posting.grid_code]
        for earlier, other in own:
            if _overlap(posting, other):
                message = f"{posting.code} has this grid at the same time by line {earlier}"
                yield Finding("error", WORKERS, line, message)
        own.append((line, posting))
    if patrols.plans:
        for code in sorted(grids - {posting.grid_code for posting in patrols.workers}):
            yield Finding("warning", WORKERS, 1, f"nobody has grid {code}: nobody is answerable")


def _households(town: Town, patrols: Patrols) -> Iterator[Finding]:
    told = {grid.code: grid.households for grid in town.grids}
    seen: dict[str, int] = {}
    for line, home in enumerate(patrols.households, 2):
        if home.grid_code not in told:
            message = f"{home.code} is in grid {home.grid_code}, which is not in grids.geojson"
            yield Finding("error", HOUSEHOLDS, line, message)
        if home.code in seen:
            message = f"household {home.code} is on line {seen[home.code]} too"
            yield Finding("error", HOUSEHOLDS, line, message)
        seen.setdefault(home.code, line)
    count = Counter(home.grid_code for home in patrols.households if home.until is None)
    for code, number in told.items():
        if patrols.households and number and count[code] != number:
            message = f"grid {code} has {number} households by grids.geojson, {count[code]} here"
            yield Finding("warning", HOUSEHOLDS, 1, message)


def _plans(patrols: Patrols) -> Iterator[Finding]:
    listed = {one for home in patrols.households for one in home.listed_as}
    seen: dict[str, int] = {}
    for plan, line in zip(patrols.plans, patrols.lines, strict=True):
        if plan.id in seen:
            message = f"plan {plan.id} is on line {seen[plan.id]} too"
            yield Finding("error", PLANS, line, message)
        seen.setdefault(plan.id, line)
        for category in plan.category:
            if not is_category(category):
                yield Finding("error", PLANS, line, f"plan {plan.id}: {category} is no category")
        for one in plan.classes:
            if one not in listed:
                message = f"plan {plan.id}: no household is of class {one}"
                yield Finding("warning", PLANS, line, message)
        if plan.whom is Whom.HOUSEHOLDS and not patrols.households:
            message = f"plan {plan.id} is for households, and {HOUSEHOLDS} has none"
            yield Finding("warning", PLANS, line, message)


def _overlap(one: Lasting, other: Lasting) -> bool:
    return (one.until is None or other.since <= one.until) and (
        other.until is None or one.since <= other.until
    )
