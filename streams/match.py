"""Matter matching 并案判定: is this report the same thing in the world as an open case?

Three outcomes: merge, suggest (a person decides), open. Some pairs are never merged by machine:
different settled places, a person as the object against none, anything 保密.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from rapidfuzz import fuzz

from schemas.case import Case
from schemas.event import UnifiedEvent

RULES_VERSION = "match-3"
WINDOW = timedelta(days=14)
MERGE_AT = 0.70
SUGGEST_AT = 0.58
NEAR_METRES, FAR_METRES = 60.0, 200.0
WEIGHTS = {"place": 0.45, "text": 0.30, "category": 0.15, "time": 0.10}
ALIKE = 0.5
SAME_REPORTER_BONUS = 0.15
EARTH_METRES = 6_371_000.0


class Verdict(StrEnum):
    """What to do with a pair."""

    MERGE = "merge"
    SUGGEST = "suggest"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Match:
    """A verdict with its evidence: feature → value in 0..1, and the weighted score."""

    verdict: Verdict
    case: Case | None
    score: float
    evidence: dict[str, float | str]


def forbidden(event: UnifiedEvent, case: Case) -> str:
    """Return the rule that forbids a machine to merge the pair, or empty."""
    if event.confidential or case.confidential:
        return "保密"
    if event.object_is_person != case.object_is_person:
        return "a person is the object of one only"
    if event.object_name and case.object_name and event.object_name != case.object_name:
        return "different objects"
    if event.place.grid_code and case.grid_code and event.place.grid_code != case.grid_code:
        return "different grids"
    apart = _metres(event, case)
    if _named_apart(event, case) and (apart is None or apart > FAR_METRES):
        return "different places"
    return ""


def _named_apart(event: UnifiedEvent, case: Case) -> bool:
    """Whether the register knows both places, as two: near each other, a person may decide."""
    return bool(event.place.name and case.place_name and event.place.name != case.place_name)


def match(event: UnifiedEvent, candidates: Iterable[Case]) -> Match:
    """Return the best verdict over the candidates; ties go to the older case, then its id."""
    best = Match(Verdict.OPEN, None, 0.0, {"rules": RULES_VERSION})
    ordered = sorted(candidates, key=lambda case: (case.opened_at, case.case_id))
    for case in ordered:
        if abs(event.received_at - case.opened_at) > WINDOW or forbidden(event, case):
            continue
        features = _features(event, case)
        score = sum(WEIGHTS[name] * features[name] for name in WEIGHTS)
        if event.reporter.key and any(r.reporter_key == event.reporter.key for r in case.reports):
            score = min(1.0, score + SAME_REPORTER_BONUS)
            features["same_reporter"] = 1.0
        score = round(score, 4)
        if score > best.score:
            evidence: dict[str, float | str] = {**features, "rules": RULES_VERSION}
            verdict = _verdict(score, features, _named_apart(event, case))
            best = Match(verdict, case, score, evidence)
    return best


def _verdict(score: float, features: dict[str, float], named_apart: bool) -> Verdict:
    told = features["place"] > 0 and features["category"] > 0
    if score >= MERGE_AT and told and not named_apart:
        return Verdict.MERGE
    # Of one family but not of one leaf: only the words can say that one of them is wrongly sorted.
    alike = features["category"] > 0 or features["text"] >= ALIKE
    return Verdict.SUGGEST if score >= SUGGEST_AT and alike else Verdict.OPEN


def _features(event: UnifiedEvent, case: Case) -> dict[str, float]:
    days = abs(event.received_at - case.opened_at) / timedelta(days=1)
    return {
        "place": _place(event, case),
        "text": _text(event, case),
        "category": 1.0 if event.category == case.category else 0.0,
        "time": max(0.0, 1.0 - days / WINDOW.days),
    }


def _text(event: UnifiedEvent, case: Case) -> float:
    """Return how alike the words are, the place's name left out: it has a weight of its own."""
    here = f"{event.title} {event.content}".replace(event.place.name, "")
    there = f"{case.title} {case.content}".replace(case.place_name, "")
    return round(max(fuzz.ratio(here, there), fuzz.partial_ratio(here, there) * 0.9) / 100, 4)


def _place(event: UnifiedEvent, case: Case) -> float:
    same_name = bool(event.place.name) and event.place.name == case.place_name
    apart = _metres(event, case)
    if apart is not None and apart <= NEAR_METRES:
        return 1.0
    if same_name:
        return 0.9
    if apart is not None:
        return 0.6 if apart <= FAR_METRES else 0.0
    return 0.2 if event.place.grid_code and event.place.grid_code == case.grid_code else 0.0


def _metres(event: UnifiedEvent, case: Case) -> float | None:
    """Great-circle distance, haversine; None where one has no point."""
    if event.place.lon is None or event.place.lat is None or case.lon is None or case.lat is None:
        return None
    north, south = radians(event.place.lat), radians(case.lat)
    half = sin((north - south) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(event.place.lon - case.lon) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))
