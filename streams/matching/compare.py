"""Comparing two reports 比对: the rules that forbid a machine to merge them, and their features.

Rules and features are symmetric: they do not depend on which report came first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

from schemas.reports.event import UnifiedEvent
from schemas.reports.report import Report, Telling
from streams.matching.classify import Classification, IssueClassifier, agreement, clash
from streams.matching.text import NormalisedText, normalised_text_at
from streams.report import telling_of

WINDOW = timedelta(days=14)
"""Reports that are further apart in time are two occurrences, not one matter."""
NEAR_METRES, FAR_METRES = 60.0, 200.0
LOST_METRES = 500.0
"""Points with one place name that are further apart are two places; a road may be long."""
EARTH_METRES = 6_371_000.0
COPIED_LENGTH = 12
"""Length in characters from which two identical texts are a copy, not a coincidence."""
GENERAL = frozenset({"", "other.unknown"})
"""Categories that do not identify an issue."""

Member = TypeVar("Member")


@dataclass(frozen=True, slots=True, eq=False)
class ComparableReport:
    """The fields of one report used for matching.

    Named as in `Telling`; `name`, `grid_code`, `lon` and `lat` are those of its place. A worker
    keeps a hundred thousand of them, so it has no other fields.
    """

    category: str
    object_name: str
    object_is_person: bool
    attachments: tuple[str, ...]
    name: str
    grid_code: str
    lon: float | None
    lat: float | None
    at: datetime
    reporter: str
    text: NormalisedText
    classification: Classification

    @property
    def families(self) -> frozenset[str]:
        """The category families whose cases are candidates for this report."""
        family = self.category.partition(".")[0]
        if family:
            return self.classification.families | {family}
        return self.classification.families or frozenset({""})


def comparable_report(
    telling: Telling, report: Report, classifier: IssueClassifier
) -> ComparableReport:
    """Return the comparable form of a report of a case."""
    return _comparable(telling, report.received_at, report.reporter_key, classifier)


def comparable_event(event: UnifiedEvent, classifier: IssueClassifier) -> ComparableReport:
    """Return the comparable form of an event."""
    return _comparable(telling_of(event), event.received_at, event.reporter.key, classifier)


def _comparable(
    telling: Telling, at: datetime, reporter: str, classifier: IssueClassifier
) -> ComparableReport:
    place = telling.place
    text = normalised_text_at(telling.title, telling.content, place)
    return ComparableReport(
        category=telling.category,
        object_name=telling.object_name,
        object_is_person=telling.object_is_person,
        attachments=telling.attachments,
        name=place.name,
        grid_code=place.grid_code,
        lon=place.lon,
        lat=place.lat,
        at=at,
        reporter=reporter,
        text=text,
        classification=classifier.classify(text),
    )


def forbidden(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule that forbids a machine to merge the two reports, or empty."""
    if report.object_is_person != other.object_is_person:
        return "a person is the object of one only"
    if report.object_name and other.object_name and report.object_name != other.object_name:
        return "different objects"
    if _same_name(report, other):
        # A citizen may stand in the grid next to that of the place he names.
        apart = metres(report, other)
        if apart is not None and apart > LOST_METRES:
            return "different places"
    elif report.grid_code and other.grid_code:
        if report.grid_code != other.grid_code:
            return "different grids"
    else:
        return "the place of one is not settled to a grid"
    if _different_names(report, other):
        return "different places"
    return _different_identifiers(report, other)


def _different_identifiers(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule on identifiers that forbids a merge, or empty.

    It applies where both texts have identifiers of a kind and none in common.
    """
    other_identifiers = other.text.identifiers
    for kind, names in report.text.identifiers.items():
        if kind in other_identifiers and not names & other_identifiers[kind]:
            return f"different {kind}"
    return ""


def features(report: ComparableReport, other: ComparableReport) -> dict[str, float]:
    """Return the features of a pair of reports, each 0..1; their names are those of the weights."""
    same_leaf = report.category == other.category and report.category not in GENERAL
    exact = report.text.text == other.text.text and len(report.text.text) >= COPIED_LENGTH
    apart = metres(report, other)
    shared = bool(set(report.attachments) & set(other.attachments))
    known = other.text.identifiers
    same_identifier = any(
        kind in known and names & known[kind] for kind, names in report.text.identifiers.items()
    )
    similarity = agreement(report.classification, other.classification)
    return {
        "same_name": float(_same_name(report, other)),
        "near": _nearness(apart),
        "far": float(apart is not None and apart > FAR_METRES),
        "trouble": round(similarity, 4),
        "other_trouble": round(clash(report.classification, other.classification, similarity), 4),
        "same_leaf": float(same_leaf),
        "other_leaf": float(not same_leaf and not {report.category, other.category} & GENERAL),
        "words": _overlap(report.text.word_set, other.text.word_set),
        "characters": _overlap(report.text.pair_set, other.text.pair_set),
        "sounds": _overlap(report.text.phonetic_set, other.text.phonetic_set),
        "copied": float(exact),
        "marks": float(same_identifier),
        "same_object": float(bool(report.object_name) and report.object_name == other.object_name),
        "same_reporter": float(bool(report.reporter) and report.reporter == other.reporter),
        "attachment": float(shared),
        "days": min(1.0, abs(report.at - other.at) / WINDOW),
    }


def _overlap(first: frozenset[Member], second: frozenset[Member]) -> float:
    """Return the Dice coefficient."""
    total = len(first) + len(second)
    return round(2 * len(first & second) / total, 4) if total else 0.0


def _same_name(report: ComparableReport, other: ComparableReport) -> bool:
    return bool(report.name) and report.name == other.name


def _different_names(report: ComparableReport, other: ComparableReport) -> bool:
    """Whether both places are in the register, with different names.

    If the two are near each other, a person may decide.
    """
    return bool(report.name and other.name and report.name != other.name)


def _nearness(apart: float | None) -> float:
    if apart is None:
        return 0.0
    return round(max(0.0, min(1.0, (FAR_METRES - apart) / (FAR_METRES - NEAR_METRES))), 4)


def metres(report: ComparableReport, other: ComparableReport) -> float | None:
    """Return the great-circle distance (haversine); None where a report has no point."""
    if report.lon is None or report.lat is None or other.lon is None or other.lat is None:
        return None
    north, south = radians(report.lat), radians(other.lat)
    half = sin((north - south) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(report.lon - other.lon) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))
