"""Comparing two reports 比对: the rules that forbid a machine to merge them, and their features.

Rules and features are symmetric: they do not depend on which report came first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import asin, cos, log1p, radians, sin, sqrt
from typing import NamedTuple, TypeVar

from schemas.reports.event import UnifiedEvent
from schemas.reports.report import Report, Telling
from streams.matching.classify import Classification, IssueClassifier, agreement, clash
from streams.matching.terms import TEXT_READ, Rarity, Terms, buckets_of, cosines
from streams.matching.text import (
    NormalisedText,
    normalise,
    normalised_text_at,
    pairs_in,
    pairs_in_parts,
    tagged_places,
)
from streams.matching.weights import SETTLED
from streams.report import telling_of

DAY = timedelta(days=1)
CACHED_NAMES = 20_000
"""Names of places whose buckets are cached: most names occur again."""
CACHED_TERMS = 10_000
"""Reports whose terms are cached, about 2 kB each: a report is read again with its case."""
YEAR = 365.0
"""Days apart from which two reports cannot be further apart."""
SURE_PLACE = 0.75
"""Weight from which a name is taken for the place of a matter, not for one named by the way."""
ELSEWHERE = 0.1
"""Similarity of two places below which they are different places."""
COMMON_WORDS = 0.2
"""Similarity of two texts from which they have more in common than their place and their kind."""
OCCURRENCE = timedelta(days=14)
"""Reports that are further apart are two occurrences, unless they have most words in common."""
MOST_WORDS = 0.35
"""Similarity of two texts from which they have most words in common."""
COMMON_PLACE = 0.2
"""Similarity of two places from which the words name a common place."""
BY_THE_WAY = "one names the place of the other too"
NO_PLACE = "no place in common"
FEW_WORDS = "few words in common"
"""Rules of `forbidden` after which another report of a case, or a person, may decide."""
NEAR_METRES, FAR_METRES = 60.0, 200.0
LOST_METRES = 500.0
"""Points with one place name that are further apart are two places; a road may be long."""
EARTH_METRES = 6_371_000.0
OWN_IDENTIFIERS = frozenset({"buildings", "units", "lines", "plates"})
"""Kinds of identifiers of the matter itself. The other kinds are firms, schools, shops …"""
COPIED_LENGTH = 12
"""Length in characters from which two identical texts are a copy, not a coincidence."""
GENERAL = frozenset({"", "other.unknown"})
"""Categories that do not identify an issue."""

Member = TypeVar("Member")


class ComparableReport(NamedTuple):
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
    terms: Terms
    names_place: bool
    """Whether its words name the place of the matter."""

    @property
    def families(self) -> frozenset[str]:
        """The category families whose cases are candidates for this report."""
        family = self.category.partition(".")[0]
        if family:
            return self.classification.families | {family}
        return self.classification.families or frozenset({""})


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Makes reports comparable: by the classifier of issues and the rarity of words."""

    classifier: IssueClassifier
    rarity: Rarity

    def report(self, telling: Telling, report: Report) -> ComparableReport:
        """Return the comparable form of a report of a case."""
        return _comparable(telling, report.received_at, report.reporter_key, self)

    def event(self, event: UnifiedEvent) -> ComparableReport:
        """Return the comparable form of an event."""
        return _comparable(telling_of(event), event.received_at, event.reporter.key, self)


def _comparable(telling: Telling, at: datetime, reporter: str, reader: Reader) -> ComparableReport:
    place = telling.place
    text = normalised_text_at(telling.title, telling.content, place)
    terms, names_place = _terms_of(reader.rarity, telling.title, telling.content, place.name)
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
        classification=reader.classifier.classify(text),
        terms=terms,
        names_place=names_place,
    )


@lru_cache(maxsize=CACHED_TERMS)
def _terms_of(rarity: Rarity, title: str, content: str, place: str) -> tuple[Terms, bool]:
    """Return the terms of a report, and whether its words name the place of the matter."""
    tags = tagged_places(title, content)
    names = [(_buckets_of_name(tag.name), tag.weight) for tag in tags]
    if place:
        names.append((_buckets_of_name(place), 1.0))
    terms = rarity.terms(*pairs_in_parts(title, content, TEXT_READ), names)
    return terms, bool(place) or any(tag.weight >= SURE_PLACE for tag in tags)


@lru_cache(maxsize=CACHED_NAMES)
def _buckets_of_name(name: str) -> tuple[int, ...]:
    return tuple(buckets_of(pairs_in(name)).tolist())


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
            named_by_both = _names(report, other) or _names(other, report)
            return BY_THE_WAY if named_by_both else "different grids"
    elif reason := _too_little_in_common(report, other):
        return reason
    if _different_names(report, other):
        return "different places"
    return _different_identifiers(report, other) or _another_occurrence(report, other)


def _another_occurrence(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule for reports far apart in time that do not have most words in common."""
    if abs(report.at - other.at) <= OCCURRENCE:
        return ""
    _, text, _ = cosines(report.terms, other.terms)
    return FEW_WORDS if text < MOST_WORDS else ""


def _names(report: ComparableReport, other: ComparableReport) -> bool:
    """Whether the words of a report name the place of the other too, by the way or not."""
    return bool(report.name and other.name) and normalise(other.name) in report.text.text


def _too_little_in_common(report: ComparableReport, other: ComparableReport) -> str:
    """Return why the words do not show that two reports are of one matter, or empty.

    One of the reports is not settled to a grid, so their words must name a common place, or one
    citizen must have written both; and the place must not be all that they have in common.
    """
    _, text, place = cosines(report.terms, other.terms)
    same_reporter = bool(report.reporter) and report.reporter == other.reporter
    if place < COMMON_PLACE and not same_reporter:
        return NO_PLACE
    return FEW_WORDS if text < COMMON_WORDS else ""


def _different_identifiers(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule on identifiers that forbids a merge, or empty.

    It applies where both texts have identifiers of a kind and none in common. A text that names
    several firms names most of them by the way.
    """
    other_identifiers = other.text.identifiers
    for kind, names in report.text.identifiers.items():
        known = other_identifiers.get(kind, names)
        if names & known:
            continue
        if kind in OWN_IDENTIFIERS or len(names) == len(known) == 1:
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
    title, text, place = (round(value, 4) for value in cosines(report.terms, other.terms))
    elsewhere = report.names_place and other.names_place and place < ELSEWHERE
    return {
        SETTLED: float(settled_together(report, other)),
        "title": title,
        "text": text,
        "place": place,
        "title_place": round(title * place, 4),
        "text_place": round(text * place, 4),
        "other_place": float(elsewhere),
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
        "days": days_apart(abs(report.at - other.at) / DAY),
    }


def settled_together(report: ComparableReport, other: ComparableReport) -> bool:
    """Whether both reports are settled to one grid, or name one place of the register."""
    return bool(report.grid_code and report.grid_code == other.grid_code) or _same_name(
        report, other
    )


def days_apart(days: float) -> float:
    """Return the distance of two reports in time, 0..1: the first days count most."""
    return round(min(1.0, log1p(days) / log1p(YEAR)), 4)


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
