"""`hub assign evaluate` 交办评测: place, category and unit of labelled reports, against the truth.

`true_units` derives the true unit from the duty lists, independently of the measured code.
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
from schemas.cases.assignment import Assignment
from schemas.cases.case import Case
from schemas.category import CATEGORIES
from schemas.town.town import Town
from streams.case.assign import assign, serving_areas
from streams.case.entries import open_case
from streams.matching.classify import SURE, IssueClassifier
from streams.matching.text import normalised_text_at
from streams.town.register import Register

WORST = 10


@dataclass(frozen=True, slots=True)
class PlacementQuality:
    """Shares of the reports, 0..1: right grid, right township, no place at all."""

    grid: float
    township: float
    unplaced: float


@dataclass(frozen=True, slots=True)
class ClassificationQuality:
    """Shares, 0..1: right leaf of all reports, confident of all, right leaf of the confident.

    `confidence_off` is the expected calibration error: the distance between the confidence and the
    share of right leaves, as the mean over ten bins of confidence.
    """

    right: float
    sure: float
    right_where_sure: float
    confidence_off: float


@dataclass(frozen=True, slots=True)
class AssignmentQuality:
    """Shares and counts of assignments.

    A report is `assignable` if a unit that serves its known place has its matter as a duty.
    `right`, `wrong` and `to_triage` are shares of those. For `others` a person must decide, or
    another body outside the town. `off_list` counts assignments to a unit without that duty.
    """

    assignable: int
    right: float
    wrong: float
    to_triage: float
    off_list: int
    others: int
    others_kept_with_reason: float


def true_units(town: Town) -> Mapping[tuple[str, str], str]:
    """Return the unit for each leaf and grid: that of the lowest tier with the leaf as own duty."""
    own: dict[str, set[str]] = {}
    for duty in town.duties:
        if duty.duty == "own":
            family = duty.category.removesuffix("*")
            leaves = {
                code
                for code in CATEGORIES
                if code == duty.category
                or (duty.category.endswith("*") and code.startswith(family))
            }
            own.setdefault(duty.unit_type, set()).update(leaves)
    by_leaf_and_grid = {}
    for grid in town.grids:
        areas = (grid.code, grid.division_code, grid.division_code[:9], grid.division_code[:6])
        for leaf in CATEGORIES:
            for area in areas:
                fitting = [
                    unit.code
                    for unit in town.units
                    if unit.area == area and leaf in own.get(unit.unit_type, ())
                ]
                if len(fitting) == 1:
                    by_leaf_and_grid[leaf, grid.code] = fitting[0]
                    break
    return by_leaf_and_grid


def placement_quality(reports: Sequence[Labelled]) -> PlacementQuality:
    """Return the shares of reports with the right grid and the right township."""
    places = [(report.event.place, report.truth["grid"]) for report in reports]
    return PlacementQuality(
        grid=_share(place.grid_code == grid for place, grid in places),
        township=_share(place.division_code[:9] == grid[:9] for place, grid in places),
        unplaced=_share(not place.division_code for place, _ in places),
    )


def classification_quality(
    reports: Sequence[Labelled], classifier: IssueClassifier
) -> ClassificationQuality:
    """Return how often the classification is right when it uses the text only."""
    results = []
    for report in reports:
        event = report.event
        text = normalised_text_at(event.title, event.content, event.place)
        classification = classifier.classify(text)
        right = classification.leaf == report.truth["leaf"]
        results.append((right, classification.confidence))
    return ClassificationQuality(
        right=_share(right for right, _ in results),
        sure=_share(sure >= SURE for _, sure in results),
        right_where_sure=_share(right for right, sure in results if sure >= SURE),
        confidence_off=_confidence_off(results),
    )


def _confidence_off(results: Iterable[tuple[bool, float]]) -> float:
    bins: dict[int, list[tuple[bool, float]]] = {}
    for right, sure in results:
        bins.setdefault(int(sure * 10), []).append((right, sure))
    off = (abs(sum(right - sure for right, sure in members)) for members in bins.values())
    return round(sum(off) / max(1, sum(map(len, bins.values()))), 4)


def assignment_quality(
    reports: Sequence[Labelled], register: Register
) -> tuple[AssignmentQuality, list[str]]:
    """Return how often the assigned unit is right, and a line about each mistake."""
    units = true_units(register.town)
    counts: Counter[str] = Counter()
    wrong = []
    for report in reports:
        case = open_case(report.event, (), {}).case
        decided = assign(case, register)
        true = units.get((report.truth["leaf"], report.truth["grid"]))
        stays = not isinstance(decided, Assignment) or decided.handed_over
        if isinstance(decided, Assignment) and _off_list(decided, case, register):
            counts["off list"] += 1
        if true is None or not _serves(true, case, register):
            counts["others"] += 1
            counts["others kept"] += stays and bool(decided.reason)
            continue
        counts["assignable"] += 1
        if isinstance(decided, Assignment):
            counts["right" if decided.unit == true else "wrong"] += 1
            if decided.unit != true:
                wrong.append(_mistake(report, decided, true))
        else:
            counts["triage"] += 1
    whole, rest = max(1, counts["assignable"]), max(1, counts["others"])
    quality = AssignmentQuality(
        assignable=counts["assignable"],
        right=round(counts["right"] / whole, 4),
        wrong=round(counts["wrong"] / whole, 4),
        to_triage=round(counts["triage"] / whole, 4),
        off_list=counts["off list"],
        others=counts["others"],
        others_kept_with_reason=round(counts["others kept"] / rest, 4) if counts["others"] else 1.0,
    )
    return quality, wrong


def _serves(code: str, case: Case, register: Register) -> bool:
    unit = register.unit(code)
    return unit is not None and unit.area in serving_areas(case)


def _off_list(decided: Assignment, case: Case, register: Register) -> bool:
    unit = register.unit(decided.unit)
    if decided.handed_over or unit is None:
        return not decided.handed_over
    duty = register.responsibility_of(unit, case.category)
    return duty is None or duty.duty != "own"


def _mistake(report: Labelled, decided: Assignment, true: str) -> str:
    words = f"{report.event.title} {report.event.content}".strip()
    return f"{words} | {decided.unit} ({decided.reason}), not {true} ({report.truth['leaf']})"


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return round(sum(values) / len(values), 4) if values else 1.0


def evaluate(settings: Settings, path: Path) -> dict[str, Any]:
    """Return the figures of a file of labelled events; raises `HubError`."""
    reports = [report for report in reports_of(read_labelled(path)) if report.truth]
    register = load_register(settings)
    quality, wrong = assignment_quality(reports, register)
    return {
        "reports": len(reports),
        "placement": asdict(placement_quality(reports)),
        "category": asdict(classification_quality(reports, register.matcher.classifier)),
        "category_by_keywords": asdict(classification_quality(reports, IssueClassifier())),
        "assignment": asdict(quality),
        "version": f"{register.matcher.classifier.version}, rules {register.version}",
        "worst": wrong[:WORST],
    }


def to_text(result: Mapping[str, Any]) -> str:
    """Return the figures as tables, and the worst mistakes, as text."""
    console = Console(width=110)
    with console.capture() as page:
        for name in ("placement", "category", "category_by_keywords", "assignment"):
            table = Table(name.replace("_", " "), "")
            for part, value in result[name].items():
                table.add_row(part.replace("_", " "), str(value))
            console.print(table)
        console.print(f"{result['reports']} reports, by {result['version']}; the worst:")
        for mistake in result["worst"]:
            console.print(mistake, highlight=False)
    return page.get()
