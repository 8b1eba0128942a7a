"""Comparing two reports 比对: what forbids a machine to merge them, and how alike they are.

Both are symmetric: nothing here depends on which report came first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

from schemas.event import UnifiedEvent
from schemas.report import Report, Telling
from streams.matching.classify import Sense, Senses, agreement, clash
from streams.matching.text import Wording, wording_at
from streams.report import telling_of

WINDOW = timedelta(days=14)
"""Reports of one matter that are further apart are two occurrences."""
NEAR_METRES, FAR_METRES = 60.0, 200.0
LOST_METRES = 500.0
"""Points of one name that are further apart are two places of it: a road is long."""
EARTH_METRES = 6_371_000.0
COPIED_LENGTH = 12
"""Characters from which the same text word for word is a copy, not a coincidence."""
GENERAL = frozenset({"", "other.unknown"})

Member = TypeVar("Member")


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One report with all that is compared of it, and nothing else: a hundred thousand are kept.

    Named as in `Telling`; `name`, `grid_code`, `lon` and `lat` are its place's.
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
    wording: Wording
    sense: Sense

    @property
    def families(self) -> frozenset[str]:
        """The category families in which it may meet its like."""
        family = self.category.partition(".")[0]
        if family:
            return self.sense.families | {family}
        return self.sense.families or frozenset({""})


def told_of(telling: Telling, report: Report, senses: Senses) -> Told:
    """Return a report of a case, ready to be compared."""
    return _told(telling, report.received_at, report.reporter_key, senses)


def told_by(event: UnifiedEvent, senses: Senses) -> Told:
    """Return an event, ready to be compared."""
    return _told(telling_of(event), event.received_at, event.reporter.key, senses)


def _told(telling: Telling, at: datetime, reporter: str, senses: Senses) -> Told:
    place = telling.place
    words = wording_at(telling.title, telling.content, place)
    return Told(
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
        wording=words,
        sense=senses.of(words),
    )


def forbidden(here: Told, there: Told) -> str:
    """Return the rule that forbids a machine to bring the two together, or empty."""
    if here.object_is_person != there.object_is_person:
        return "a person is the object of one only"
    if here.object_name and there.object_name and here.object_name != there.object_name:
        return "different objects"
    if _same_name(here, there):
        # Where a citizen stands may be across the border of the grid that he names.
        apart = metres(here, there)
        if apart is not None and apart > LOST_METRES:
            return "different places"
    elif here.grid_code and there.grid_code:
        if here.grid_code != there.grid_code:
            return "different grids"
    else:
        return "the place of one is not settled to a grid"
    if _named_apart(here, there):
        return "different places"
    return _marked_apart(here, there)


def _marked_apart(here: Told, there: Told) -> str:
    """Return which marks in the words tell the two apart."""
    other = there.wording.marks
    for kind, marks in here.wording.marks.items():
        if kind in other and not marks & other[kind]:
            return f"different {kind}"
    return ""


def features(here: Told, there: Told) -> dict[str, float]:
    """Return what speaks for one matter, each 0..1; the names are those of the weights."""
    same_leaf = here.category == there.category and here.category not in GENERAL
    exact = here.wording.text == there.wording.text and len(here.wording.text) >= COPIED_LENGTH
    apart = metres(here, there)
    shared = bool(set(here.attachments) & set(there.attachments))
    known = there.wording.marks
    marks = any(kind in known and told & known[kind] for kind, told in here.wording.marks.items())
    alike = agreement(here.sense, there.sense)
    return {
        "same_name": float(_same_name(here, there)),
        "near": _nearness(apart),
        "far": float(apart is not None and apart > FAR_METRES),
        "trouble": round(alike, 4),
        "other_trouble": round(clash(here.sense, there.sense, alike), 4),
        "same_leaf": float(same_leaf),
        "other_leaf": float(not same_leaf and not {here.category, there.category} & GENERAL),
        "words": _overlap(here.wording.words, there.wording.words),
        "characters": _overlap(here.wording.grams, there.wording.grams),
        "sounds": _overlap(here.wording.sounds, there.wording.sounds),
        "copied": float(exact),
        "marks": float(marks),
        "same_object": float(bool(here.object_name) and here.object_name == there.object_name),
        "same_reporter": float(bool(here.reporter) and here.reporter == there.reporter),
        "attachment": float(shared),
        "days": min(1.0, abs(here.at - there.at) / WINDOW),
    }


def _overlap(one: frozenset[Member], other: frozenset[Member]) -> float:
    """Return the Dice coefficient."""
    total = len(one) + len(other)
    return round(2 * len(one & other) / total, 4) if total else 0.0


def _same_name(here: Told, there: Told) -> bool:
    return bool(here.name) and here.name == there.name


def _named_apart(here: Told, there: Told) -> bool:
    """Whether the register knows both places, as two: near each other, a person may decide."""
    return bool(here.name and there.name and here.name != there.name)


def _nearness(apart: float | None) -> float:
    if apart is None:
        return 0.0
    return round(max(0.0, min(1.0, (FAR_METRES - apart) / (FAR_METRES - NEAR_METRES))), 4)


def metres(here: Told, there: Told) -> float | None:
    """Return the great-circle distance (haversine); None where one has no point."""
    if here.lon is None or here.lat is None or there.lon is None or there.lat is None:
        return None
    north, south = radians(here.lat), radians(there.lat)
    half = sin((north - south) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(here.lon - there.lon) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))
