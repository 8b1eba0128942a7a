"""Pairs to learn from: each report with the earlier ones that the step would compare it with."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.event import UnifiedEvent
from streams.case.state import keys_of
from streams.matching.classify import Senses
from streams.matching.compare import WINDOW, Told, features, forbidden, told_by


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared of two reports, and whether they are of one matter."""

    found: dict[str, float]
    same: bool


def pairs(told: Iterable[tuple[UnifiedEvent, str]], senses: Senses) -> Iterator[Pair]:
    """Yield the pairs that no rule forbids, of events with their matters."""
    blocks: dict[tuple[str, str], dict[int, tuple[Told, str]]] = defaultdict(dict)
    ordered = sorted(told, key=lambda one: (one[0].received_at, str(one[0].event_id)))
    for number, (event, matter) in enumerate(ordered):
        if event.confidential:
            continue
        here = told_by(event, senses)
        keys = list(keys_of(event.place, here.families))
        earlier = {at: other for key in keys for at, other in blocks[key].items()}
        for there, other_matter in earlier.values():
            if abs(here.at - there.at) <= WINDOW and not forbidden(here, there):
                yield Pair(features(here, there), matter == other_matter)
        for key in keys:
            blocks[key][number] = (here, matter)
