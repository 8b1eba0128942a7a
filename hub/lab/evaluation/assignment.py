"""`hub assign evaluate` 交办评测: place, category and unit of labelled reports, against the truth.

The true unit is found from the duty lists by other code than the one that is measured.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hub.lab.evaluation.baselines import reports_of
from hub.lab.evaluation.dedup import read_labelled
from hub.lab.evaluation.quality import Labelled
from hub.settings import Settings
from hub.town.models import load_register
from schemas.assignment import Assignment
from schemas.case import Case
from schemas.category import CATEGORIES
from schemas.town import Town
from streams.case.assign import assign, serving_areas
from streams.case.entries import open_case
from streams.matching.classify import SURE, Senses
from streams.matching.text import wording_at
from streams.town.register import Register

WORST = 10


@dataclass(frozen=True, slots=True)
class Placement:
    """Shares of the reports."""

    grid: float
    township: float
    unplaced: float


@dataclass(frozen=True, slots=True)
class Sorting:
    """Shares: right leaf of all, told with confidence, right of those.

    `confidence_off` is the expected calibration error: how far the confidence is from the share
    that is right, on average over ten bins of it.
    """

    right: float
    sure: float
    right_where_sure: float
    confidence_off: float


@dataclass(frozen=True, slots=True)
class Giving:
    """`right` is of the assignable: those whose matter has a unit that serves the place as known.

    The `others` a person must decide, or another body outside.
    """

    assignable: int
    right: float
    wrong: float
    to_triage: float
    off_list: int
    others: int
    others_kept_with_reason: float


def true_units(town: Town) -> Mapping[tuple[str, str], str]:
    """Return the unit of each leaf and grid: the lowest tier that has it as own duty."""
    own: dict[str, set[str]] = {}
    for duty in town.duties:
        if duty.duty == "own":
            family = duty.category.removesuffix("*")
            leaves = {c for c in CATEGORIES if c == duty.category or
                      (duty.category.endswith("*") and c.startswith(family))}  # fmt: skip
            own.setdefault(duty.unit_type, set()).update(leaves)
    found = {}
    for grid in town.grids:
        areas = (grid.code, grid.division_code, grid.division_code[:9], grid.division_code[:6])
        for leaf in CATEGORIES:
            for area in areas:
                fitting = [u.code for u in town.units
                           if u.area == area and leaf in own.get(u.unit_type, ())]  # fmt: skip
                if len(fitting) == 1:
                    found[leaf, grid.code] = fitting[0]
                    break
    return found


def placement_of(reports: Sequence[Labelled]) -> Placement:
    """Return how often the grid, and at least the township, is right."""
    told = [(one.event.place, one.truth["grid"]) for one in reports]
    return Placement(
        grid=_share(place.grid_code == grid for place, grid in told),
        township=_share(place.division_code[:9] == grid[:9] for place, grid in told),
        unplaced=_share(not place.division_code for place, _ in told),
    )


def sorting_of(reports: Sequence[Labelled], senses: Senses) -> Sorting:
    """Return how often the words alone tell the leaf."""
    told = []
    for one in reports:
        event = one.event
        sense = senses.of(wording_at(event.title, event.content, event.place))
        told.append((sense.leaf == one.truth["leaf"], sense.confidence))
    return Sorting(
        right=_share(right for right, _ in told),
        sure=_share(sure >= SURE for _, sure in told),
        right_where_sure=_share(right for right, sure in told if sure >= SURE),
        confidence_off=_confidence_off(told),
    )


def _confidence_off(told: Iterable[tuple[bool, float]]) -> float:
    bins: dict[int, list[tuple[bool, float]]] = {}
    for right, sure in told:
        bins.setdefault(int(sure * 10), []).append((right, sure))
    off = (abs(sum(right - sure for right, sure in ones)) for ones in bins.values())
    return round(sum(off) / max(1, sum(map(len, bins.values()))), 4)


def giving_of(reports: Sequence[Labelled], register: Register) -> tuple[Giving, list[str]]:
    """Return how often the unit is right, and the mistakes in words."""
    units = true_units(register.town)
    counts: Counter[str] = Counter()
    wrong = []
    for one in reports:
        case = open_case(one.event, (), {}).case
        decided = assign(case, register)
        true = units.get((one.truth["leaf"], one.truth["grid"]))
        kept = not isinstance(decided, Assignment) or decided.handed_over
        if isinstance(decided, Assignment) and _off_list(decided, case, register):
            counts["off list"] += 1
        if true is None or not _serves(true, case, register):
            counts["others"] += 1
            counts["others kept"] += kept and bool(decided.reason)
            continue
        counts["assignable"] += 1
        if isinstance(decided, Assignment):
            counts["right" if decided.unit == true else "wrong"] += 1
            if decided.unit != true:
                wrong.append(_mistake(one, decided, true))
        else:
            counts["triage"] += 1
    whole, rest = max(1, counts["assignable"]), max(1, counts["others"])
    giving = Giving(
        assignable=counts["assignable"],
        right=round(counts["right"] / whole, 4),
        wrong=round(counts["wrong"] / whole, 4),
        to_triage=round(counts["triage"] / whole, 4),
        off_list=counts["off list"],
        others=counts["others"],
        others_kept_with_reason=round(counts["others kept"] / rest, 4),
    )
    return giving, wrong


def _serves(code: str, case: Case, register: Register) -> bool:
    unit = register.unit(code)
    return unit is not None and unit.area in serving_areas(case)


def _off_list(decided: Assignment, case: Case, register: Register) -> bool:
    unit = register.unit(decided.unit)
    if decided.handed_over or unit is None:
        return not decided.handed_over
    duty = register.duty_of(unit, case.category)
    return duty is None or duty.duty != "own"


def _mistake(one: Labelled, decided: Assignment, true: str) -> str:
    words = f"{one.event.title} {one.event.content}".strip()
    return f"{words} | {decided.unit} ({decided.reason}), not {true} ({one.truth['leaf']})"


def _share(ones: Iterable[bool]) -> float:
    told = list(ones)
    return round(sum(told) / len(told), 4) if told else 1.0


def evaluate(settings: Settings, path: Path) -> dict[str, Any]:
    """Return the figures of a file of labelled events; raises `click.ClickException`."""
    reports = [one for one in reports_of(read_labelled(path)) if one.truth]
    register = load_register(settings)
    giving, wrong = giving_of(reports, register)
    return {
        "reports": len(reports),
        "placement": asdict(placement_of(reports)),
        "category": asdict(sorting_of(reports, register.judge.senses)),
        "category_by_keywords": asdict(sorting_of(reports, Senses())),
        "assignment": asdict(giving),
        "version": f"{register.judge.senses.version}, rules {register.version}",
        "worst": wrong[:WORST],
    }


def shown(result: Mapping[str, Any]) -> str:
    """Return the figures as tables and the worst mistakes, to be read."""
    console = Console(width=110)
    with console.capture() as page:
        for name in ("placement", "category", "category_by_keywords", "assignment"):
            table = Table(name.replace("_", " "), "")
            for part, value in result[name].items():
                table.add_row(part.replace("_", " "), str(value))
            console.print(table)
        console.print(f"{result['reports']} reports, by {result['version']}; the worst:")
        for one in result["worst"]:
            console.print(one, highlight=False)
    return page.get()
