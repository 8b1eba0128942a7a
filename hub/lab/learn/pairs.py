"""Pairs for training: each report with the earlier reports with which the step compares it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.reports.event import UnifiedEvent
from streams.matching.classify import IssueClassifier
from streams.matching.compare import (
    WINDOW,
    ComparableReport,
    comparable_event,
    features,
    forbidden,
)
from streams.matching.retrieval import place_keys


@dataclass(frozen=True, slots=True)
class Pair:
    """The features of two reports, and whether they are of one matter."""

    features: dict[str, float]
    same: bool


def pairs(
    events: Iterable[tuple[UnifiedEvent, str]], classifier: IssueClassifier
) -> Iterator[Pair]:
    """Yield the pairs of `events` that no rule forbids; each event comes with its matter."""
    blocks: dict[tuple[str, str], dict[int, tuple[ComparableReport, str]]] = defaultdict(dict)
    ordered = sorted(events, key=lambda pair: (pair[0].received_at, str(pair[0].event_id)))
    for number, (event, matter) in enumerate(ordered):
        if event.confidential:
            continue
        report = comparable_event(event, classifier)
        keys = list(place_keys(event.place, report.families))
        earlier = {at: entry for key in keys for at, entry in blocks[key].items()}
        for other, other_matter in earlier.values():
            if abs(report.at - other.at) <= WINDOW and not forbidden(report, other):
                yield Pair(features(report, other), matter == other_matter)
        for key in keys:
            blocks[key][number] = (report, matter)
