"""Pairs for training: each report with the earlier reports with which the step may compare it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.reports.event import UnifiedEvent
from streams.matching.compare import (
    BY_THE_WAY,
    FEW_WORDS,
    NO_PLACE,
    ComparableReport,
    Reader,
    features,
    forbidden,
)
from streams.matching.retrieval import Key, keys_of, reporter_key
from streams.report import telling_of

FREQUENT = 80
"""Reports from which a key of words is too frequent to retrieve by."""
SCORED = ("", NO_PLACE, FEW_WORDS, BY_THE_WAY)
"""Rules that leave it to the score whether a pair is shown to a person; empty: no rule."""
MOST = 60
"""Largest number of earlier reports with which one is paired: those with the most common keys."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The features of two reports, and whether they are of one matter."""

    features: dict[str, float]
    same: bool


def pairs(events: Iterable[tuple[UnifiedEvent, str]], reader: Reader) -> Iterator[Pair]:
    """Yield the pairs of `events` that the score decides about; each comes with its matter."""
    blocks: dict[Key, list[int]] = defaultdict(list)
    known: list[tuple[ComparableReport, str]] = []
    for event, matter in sorted(events, key=lambda pair: (pair[0].received_at, pair[0].event_id)):
        if event.confidential:
            continue
        report = reader.event(event)
        keys = dict.fromkeys(
            (*keys_of(telling_of(event), report.families), *reporter_key(report.reporter))
        )
        common: Counter[int] = Counter()
        for key in keys:
            if not isinstance(key, int) or len(blocks[key]) < FREQUENT:
                common.update(blocks[key])
        for number, _ in common.most_common(MOST):
            other, other_matter = known[number]
            if forbidden(report, other) in SCORED:
                yield Pair(features(report, other), matter == other_matter)
        for key in keys:
            blocks[key].append(len(known))
        known.append((report, matter))
