"""Matter matching 并案判定: is this report the same thing in the world as an open case?

Three outcomes: merge, suggest (a person decides), open. A report is compared with every report of
a case, so that the outcome does not hang on which came first; one pair that a rule forbids keeps a
machine from merging the two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from math import exp
from operator import attrgetter, is_
from typing import Any, NamedTuple
from uuid import UUID
from weakref import ReferenceType, ref

import numpy as np

from schemas.case import SETTLED_STATES, Case, State
from schemas.event import UnifiedEvent
from streams.matching.classify import Senses
from streams.matching.compare import (
    FAR_METRES,
    NEAR_METRES,
    WINDOW,
    Told,
    features,
    forbidden,
    metres,
    told_by,
    told_of,
)
from streams.matching.prefilter import Sieve, trace_of
from streams.report import tellings

NOBODY = UUID(int=0)
NEVER = -60.0
"""Log odds of what cannot be one matter."""
DOUBT = 0.7
"""Log odds by which the likelier of two cases that exclude each other must lead."""
NEAREST = 0.3
"""Share of a case's likest report in its likeness; the rest is the mean of all its reports."""
BRIDGE = 0.0
"""Mean log odds between all reports of two cases from which one report may bring them together."""
SHOWN = 3
"""Cases that a person is shown at most for one report."""
UNTOUCHED = frozenset({State.RECEIVED, State.TRIAGE, State.ASSIGNED})
"""States of a case that a machine may fold into another: no unit has taken it on yet."""
SETTLED = frozenset({"a person is the object of one only", "different objects", "different grids"})
"""Rules that leave a person nothing to decide either; of the others he is asked."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature of `compare.features` counts, in log odds, and the two thresholds."""

    version: str
    bias: float
    weights: Mapping[str, float]
    merge_at: float
    suggest_at: float

    def odds(self, found: Mapping[str, float]) -> float:
        """Return the log odds that two reports are of one matter."""
        total, weights = 0.0, self.weights
        for name, value in found.items():
            if value:
                total += weights.get(name, 0.0) * value
        return self.bias + total


DEFAULT_WEIGHTS = Weights(
    version="default-1",
    bias=-6.5,
    weights={
        "same_name": 3.5,
        "near": 4.0,
        "far": -3.0,
        "trouble": 2.5,
        "other_trouble": -2.0,
        "same_leaf": 2.0,
        "other_leaf": -2.0,
        "words": 2.0,
        "characters": 2.0,
        "sounds": 1.5,
        "copied": 2.0,
        "marks": 1.5,
        "same_object": 2.0,
        "same_reporter": 1.5,
        "attachment": 3.0,
        "days": -1.0,
    },
    merge_at=0.9,
    suggest_at=0.5,
)
"""Used where no learnt weights are given: about the same place, and about the same in words."""


class Verdict(StrEnum):
    """What to do with a report."""

    MERGE = "merge"
    SUGGEST = "suggest"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a report and a case are. `barred` names the rule that forbids a merge."""

    case: Case
    odds: float
    barred: str = ""
    judge: "Judge | None" = field(default=None, repr=False)
    likest: UUID = NOBODY
    """Event of its report that is likest."""
    seen: Mapping[str, float] = field(default_factory=dict)
    """What was compared with that report."""

    @property
    def evidence(self) -> Mapping[str, Any]:
        """What it rests on, as an entry tells it."""
        return self.judge.evidence(self.likest, self.seen) if self.judge else {}

    @property
    def score(self) -> float:
        """The probability of one matter, 0..1."""
        return round(1 / (1 + exp(-self.odds)), 4)


@dataclass(frozen=True, slots=True)
class Match:
    """A verdict: the case to join, those that are one with it, and those to show to a person."""

    verdict: Verdict
    best: Likeness | None = None
    also: tuple[Likeness, ...] = ()
    suggested: tuple[Likeness, ...] = ()


Reports = tuple[tuple[Told, UUID], ...]
"""What is compared of each report, and its event."""
NOTHING: tuple[tuple[object, ...], Reports] = ((), ())
KNOWN = 100_000
"""Most open cases of which it is remembered what is compared in full, about 3 kB each.

The words of others are read again with each report that may be like them, half a millisecond each.
"""
KEPT = 1_000_000
"""Most cases that are kept in the sieve, about 1 kB each."""
_tells: Callable[[Case], tuple[object, ...]] = attrgetter(
    "reports", "title", "content", "category", "place_name", "lon", "lat", "division_code",
    "grid_code", "object_name", "object_is_person", "attachments",
)  # fmt: skip
"""Fields of a case that tell what its reports say."""


class Kept(NamedTuple):
    """What is in the sieve of a case. It does not keep the snapshot: the case moves on."""

    snapshot: "ReferenceType[Case]"
    key: int
    """The identity of that snapshot."""
    tells: tuple[object, ...]
    rows: tuple[int, ...]
    """Of its reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Decides by learnt senses and weights, or by their documented defaults."""

    senses: Senses = field(default_factory=Senses)
    weights: Weights = DEFAULT_WEIGHTS
    _known: dict[UUID, tuple[tuple[object, ...], Reports]] = field(default_factory=dict)
    _kept: dict[int, "Kept"] = field(default_factory=dict)
    """By the identity of a snapshot, which is found quicker than its id."""
    _latest: dict[UUID, "Kept"] = field(default_factory=dict)
    sieve: Sieve = field(init=False)

    def __post_init__(self) -> None:
        """Spread the weights out."""
        used = self.weights
        asked = min(used.suggest_at, used.merge_at)
        object.__setattr__(self, "sieve", Sieve(used.weights, used.bias, asked))

    @property
    def version(self) -> str:
        """What a merge is decided by: weights and senses."""
        return f"{self.weights.version}/{self.senses.version}"

    def read(self, event: UnifiedEvent) -> Told:
        """Return what an event says, ready to be compared."""
        return told_by(event, self.senses)

    def match(self, here: Told, candidates: Iterable[Case]) -> Match:
        """Return the verdict over the candidates; ties go to the older case, then its id.

        What is 保密 is not to be matched at all, here or there.
        """
        open_ones = [case for case in candidates if not case.confidential]
        found = [self._likeness(here, case) for case in self._sifted(here, open_ones)]
        found.sort(key=lambda one: (-one.odds, one.case.opened_at, one.case.case_id))
        sure = [one for one in found if not one.barred and one.score >= self.weights.merge_at]
        if sure and not self._doubtful(sure):
            return self._merged(sure)
        shown = tuple(
            one
            for one in found
            if one.score >= self.weights.suggest_at and one.barred not in SETTLED
        )
        return Match(Verdict.SUGGEST if shown else Verdict.OPEN, suggested=shown[:SHOWN])

    def _sifted(self, here: Told, cases: Sequence[Case]) -> Sequence[Case]:
        """Return the cases that may come to be shown: those of which one report may be the like."""
        rows: list[int] = []
        owners: list[Case] = []
        for case in cases:
            kept = self._kept.get(id(case))
            if kept is None or kept.snapshot() is not case:
                # Another may have had its identity before it.
                kept = self._keep(case)
            for row in kept.rows:
                rows.append(row)
                owners.append(case)
        if not rows:
            return ()
        alike, near = self.sieve.sift(trace_of(here), np.asarray(rows))
        while len(self._latest) > KEPT:
            # Only now: a row that is let go is another's at once.
            self._drop(self._latest.pop(next(iter(self._latest))))
        let = {id(owners[at]): owners[at] for at in np.flatnonzero(alike)}
        # Of several reports of a case it is the first that is barred by which a case is.
        here_too = {id(owners[at]) for at in np.flatnonzero(near)} if let else ()
        return [case for key, case in let.items() if key in here_too]

    def follow(self, case: Case) -> None:
        """Keep up with a case: ready to be compared while it is open, forgotten when it is settled.

        A case that was just opened has words that were just read; later they would be read again.
        """
        if case.state in SETTLED_STATES:
            self.forget(case)
        elif not case.confidential and not case.wish:
            self._keep(case)

    def forget(self, case: Case) -> None:
        """Let go of what is known of a case."""
        self._known.pop(case.case_id, None)
        kept = self._latest.pop(case.case_id, None)
        if kept is not None:
            self._drop(kept)

    def _keep(self, case: Case) -> "Kept":
        """Put a case into the sieve, in place of its former snapshot."""
        former, tells = self._latest.pop(case.case_id, None), _tells(case)
        if former is not None and _the_same(former.tells, tells):
            self._unlink(former)
            rows = former.rows
        else:
            if former is not None:
                self._drop(former)
            rows = tuple(self.sieve.keep(trace_of(there)) for there, _ in self._told(case))
        kept = Kept(ref(case), id(case), tells, rows)
        self._kept[id(case)] = self._latest[case.case_id] = kept
        return kept

    def _drop(self, kept: "Kept") -> None:
        self._unlink(kept)
        self.sieve.let_go(kept.rows)

    def _unlink(self, kept: "Kept") -> None:
        if self._kept.get(kept.key) is kept:
            del self._kept[kept.key]

    def _likeness(self, here: Told, case: Case) -> Likeness:
        best, seen, barred = float("-inf"), dict[str, float](), ""
        likest, all_odds = NOBODY, list[float]()
        for there, event_id in self._told(case):
            barred = barred or _barred(here, there)
            if barred in SETTLED:
                return Likeness(case, NEVER, barred)
            if abs(here.at - there.at) > WINDOW:
                continue
            pair = features(here, there)
            odds = self.weights.odds(pair)
            all_odds.append(odds)
            if odds > best:
                best, seen, likest = odds, pair, event_id
        if not all_odds:
            return Likeness(case, NEVER, barred)
        mean = sum(all_odds) / len(all_odds)
        return Likeness(case, NEAREST * best + (1 - NEAREST) * mean, barred, self, likest, seen)

    def evidence(self, like: UUID, seen: Mapping[str, float]) -> Mapping[str, Any]:
        """Return what a likeness rests on: the report that is likest, and what of it counted."""
        told_features = {name: value for name, value in seen.items() if value}
        return {
            "rules": self.version,
            "like": str(like),
            "features": told_features,
            "weights": {name: self.weights.weights.get(name, 0.0) for name in told_features},
            "bias": self.weights.bias,
        }

    def _told(self, case: Case) -> Reports:
        """Return what is compared of each report of a case whose words are kept, and its event.

        Of the same words it is worked out once: a case is looked at far more often than it changes.
        """
        (known, found), tells = self._known.get(case.case_id, NOTHING), _tells(case)
        if _the_same(known, tells):
            return found
        found = tuple(
            (told_of(telling, report, self.senses), report.event_id)
            for report, telling in tellings(case)
        )
        while len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[case.case_id] = tells, found
        return found

    def _mean(self, one: Case, other: Case) -> float:
        pairs = product(self._told(one), self._told(other))
        odds = [self.weights.odds(features(here, there)) for (here, _), (there, _) in pairs]
        return sum(odds) / len(odds)

    def exclude(self, one: Case, other: Case) -> bool:
        """Whether a rule or a person keeps two cases apart."""
        if other.case_id in one.apart or one.case_id in other.apart:
            return True
        pairs = product(self._told(one), self._told(other))
        return any(forbidden(here, there) for (here, _), (there, _) in pairs)

    def _doubtful(self, sure: Sequence[Likeness]) -> bool:
        """Whether the report fits two cases that exclude each other about equally well."""
        first = sure[0]
        return any(
            first.odds - other.odds < DOUBT and self.exclude(first.case, other.case)
            for other in sure[1:]
        )

    def _merged(self, sure: Sequence[Likeness]) -> Match:
        """Return the case to join, and the further cases that the report shows to be one with it.

        A case that a unit has taken on is not folded into another by a machine: the others come to
        it, and of two such cases a person decides.
        """
        fitting = [sure[0], *(o for o in sure[1:] if not self.exclude(sure[0].case, o.case))]
        best = next((one for one in fitting if one.case.state not in UNTOUCHED), sure[0])
        same, left = [best], list[Likeness]()
        for other in fitting:
            if other is best or any(self.exclude(one.case, other.case) for one in same):
                continue
            if self._mean(best.case, other.case) < BRIDGE:
                left.append(other)
                continue
            (same if other.case.state in UNTOUCHED else left).append(other)
        return Match(Verdict.MERGE, best, tuple(same[1:]), tuple(left[:SHOWN]))


def _the_same(known: tuple[object, ...], tells: tuple[object, ...]) -> bool:
    """Whether two snapshots of a case have the same words, as the same objects."""
    return bool(known) and all(map(is_, known, tells))


def _barred(here: Told, there: Told) -> str:
    """Return the rule that bars a merge; near each other, two places are a person's to judge."""
    reason = forbidden(here, there)
    if reason not in ("different grids", "different places"):
        return reason
    apart = metres(here, there)
    if reason == "different grids" and apart is not None and apart <= NEAR_METRES:
        # A lamp on a border: each grid's worker may have told of it.
        return "different places"
    if reason == "different places" and apart is not None and apart > FAR_METRES:
        return "different grids"
    return reason
