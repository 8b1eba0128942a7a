"""Checks the registers of patrols 巡查计划校验 before they are used, line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from hub.town.check import is_category
from hub.town.patrols import HOUSEHOLDS, PLANS, WORKERS, load_patrols
from hub.town.registers import load_town
from hub.town.town_file import TownError, TownFinding, finding_of
from schemas.town.patrol import Dated, Patrols, Posting, Whom
from schemas.town.town import Town


def check_patrols(folder: Path) -> list[TownFinding]:
    """Return everything wrong with the patrols of a town's folder, errors first."""
    try:
        town, patrols = load_town(folder), load_patrols(folder)
    except TownError as error:
        return [finding_of(error, folder)]
    findings = [*_workers(town, patrols), *_households(town, patrols), *_plans(patrols)]
    return sorted(findings, key=lambda finding: (finding.severity, finding.file, finding.line))


def _workers(town: Town, patrols: Patrols) -> Iterator[TownFinding]:
    grids = {grid.code for grid in town.grids}
    known: dict[tuple[str, str], list[tuple[int, Posting]]] = defaultdict(list)
    for line, posting in enumerate(patrols.workers, 2):
        if posting.grid_code not in grids:
            message = f"{posting.code} has grid {posting.grid_code}, which is not in grids.geojson"
            yield TownFinding("error", WORKERS, line, message)
        own = known[posting.code, posting.grid_code]
        for earlier, other in own:
            if _overlap(posting, other):
                message = f"{posting.code} has this grid at the same time by line {earlier}"
                yield TownFinding("error", WORKERS, line, message)
        own.append((line, posting))
    if patrols.plans:
        for code in sorted(grids - {posting.grid_code for posting in patrols.workers}):
            yield TownFinding(
                "warning", WORKERS, 1, f"nobody has grid {code}: nobody is responsible"
            )


def _households(town: Town, patrols: Patrols) -> Iterator[TownFinding]:
    expected = {grid.code: grid.households for grid in town.grids}
    seen: dict[str, int] = {}
    for line, home in enumerate(patrols.households, 2):
        if home.grid_code not in expected:
            message = f"{home.code} is in grid {home.grid_code}, which is not in grids.geojson"
            yield TownFinding("error", HOUSEHOLDS, line, message)
        if home.code in seen:
            message = f"household {home.code} is on line {seen[home.code]} too"
            yield TownFinding("error", HOUSEHOLDS, line, message)
        seen.setdefault(home.code, line)
    count = Counter(home.grid_code for home in patrols.households if home.until is None)
    for code, number in expected.items():
        if patrols.households and number and count[code] != number:
            message = (
                f"grid {code} has {number} households by grids.geojson,"
                f" {count[code]} by {HOUSEHOLDS}"
            )
            yield TownFinding("warning", HOUSEHOLDS, 1, message)


def _plans(patrols: Patrols) -> Iterator[TownFinding]:
    listed = {name for home in patrols.households for name in home.listed_as}
    seen: dict[str, int] = {}
    for plan, line in zip(patrols.plans, patrols.lines, strict=True):
        if plan.id in seen:
            message = f"plan {plan.id} is on line {seen[plan.id]} too"
            yield TownFinding("error", PLANS, line, message)
        seen.setdefault(plan.id, line)
        for category in plan.category:
            if not is_category(category):
                yield TownFinding(
                    "error", PLANS, line, f"plan {plan.id}: {category} is no category"
                )
        for name in plan.classes:
            if plan.whom is Whom.HOUSEHOLDS and name not in listed:
                message = f"plan {plan.id}: no household is of class {name}"
                yield TownFinding("warning", PLANS, line, message)
        if plan.whom is Whom.HOUSEHOLDS and not patrols.households:
            message = f"plan {plan.id} is for households, and {HOUSEHOLDS} has none"
            yield TownFinding("warning", PLANS, line, message)


def _overlap(first: Dated, second: Dated) -> bool:
    return (first.until is None or second.since <= first.until) and (
        second.until is None or first.since <= second.until
    )
