"""Matching reports to cases 并案判定: is this report of the same matter as an open case?

There are three outcomes: merge, suggest (a person decides), open a new case. A report is compared
with every report of a case, so that the outcome does not depend on which came first. If a rule
forbids one of these pairs, a machine does not merge the report into the case.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from math import exp
from typing import Any
from uuid import UUID

from schemas.cases.case import Case, State
from schemas.reports.event import UnifiedEvent
from streams.matching.classify import IssueClassifier
from streams.matching.comparable_cases import ComparableCases, StoredCases
from streams.matching.compare import (
    BY_THE_WAY,
    FAR_METRES,
    FEW_WORDS,
    NEAR_METRES,
    NO_PLACE,
    ComparableReport,
    Reader,
    features,
    forbidden,
    metres,
)
from streams.matching.prefilter import Prefilter
from streams.matching.terms import Rarity
from streams.matching.weights import DEFAULT_WEIGHTS, Weights, WeightSet

NOBODY = UUID(int=0)
NEVER = -60.0
"""Log odds of a report and a case that cannot be one matter."""
DOUBT = 0.7
"""Of two cases that exclude each other, the likelier must lead by this much in log odds."""
NEAREST = 0.3
"""Share of the most similar report in the log odds of a case; the rest is the mean of all its
reports."""
BRIDGE = 0.0
"""Two cases are merged because of one report only if the mean log odds between all their reports
are at least this."""
SHOWN = 3
"""Largest number of cases that are suggested to a person for one report."""
UNTOUCHED = frozenset({State.RECEIVED, State.TRIAGE, State.ASSIGNED})
"""States in which a machine may merge a case into another: no unit has accepted it yet."""
SETTLED = frozenset({"a person is the object of one only", "different objects", "different grids"})
"""Rules after which no suggestion is made either. After the other rules a person is asked."""
WEAK = frozenset({NO_PLACE, FEW_WORDS})
"""Rules that do not count where another report of a case has enough in common."""


class Verdict(StrEnum):
    """The decision on a report."""

    MERGE = "merge"
    SUGGEST = "suggest"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that a report may belong to.

    `odds` are the log odds that both are one matter. `barred` is the rule that forbids a merge, or
    empty.
    """

    case: Case
    odds: float
    barred: str = ""
    matcher: "Matcher | None" = field(default=None, repr=False)
    most_similar: UUID = NOBODY
    """Event of the most similar report of the case."""
    features: Mapping[str, float] = field(default_factory=dict)
    """Features of the pair with that report."""

    @property
    def evidence(self) -> Mapping[str, Any]:
        """The evidence of the match, as stored in an entry of the case."""
        return self.matcher.evidence(self.most_similar, self.features) if self.matcher else {}

    @property
    def score(self) -> float:
        """The probability that both are one matter, 0..1."""
        return round(1 / (1 + exp(-self.odds)), 4)


@dataclass(frozen=True, slots=True)
class Match:
    """A verdict on a report.

    `best` is the case to merge it into, `also_same` are cases of the same matter, `suggested` are
    the cases to show to a person.
    """

    verdict: Verdict
    best: Candidate | None = None
    also_same: tuple[Candidate, ...] = ()
    suggested: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """Matches reports to cases by a learnt classifier and weights, or by the defaults."""

    classifier: IssueClassifier = field(default_factory=IssueClassifier)
    weights: Weights = DEFAULT_WEIGHTS
    rarity: Rarity = field(default_factory=Rarity)
    cases: ComparableCases = field(init=False)
    """The reports of the cases to compare with, cached."""

    def __post_init__(self) -> None:
        """Build the prefilter from the weights, and an empty cache of cases."""
        cases = ComparableCases(self._reader, Prefilter(self.weights))
        object.__setattr__(self, "cases", cases)

    @property
    def _reader(self) -> Reader:
        return Reader(self.classifier, self.rarity)

    @property
    def version(self) -> str:
        """The versions of weights and classifier, stored with each merge."""
        return f"{self.weights.version}/{self.classifier.version}"

    def read(self, event: UnifiedEvent) -> ComparableReport:
        """Return the comparable form of an event."""
        return self._reader.event(event)

    def match(self, report: ComparableReport, cases: Iterable[Case]) -> Match:
        """Return the verdict over the cases; ties go to the older case, then to the lower id.

        A confidential case (保密) never matches. The caller does not pass confidential reports.
        """
        comparable = (
            cases
            if isinstance(cases, StoredCases)
            else [case for case in cases if not case.confidential]
        )
        candidates = [
            self._compare(report, case) for case in self.cases.prefiltered(report, comparable)
        ]
        candidates.sort(
            key=lambda candidate: (
                -candidate.odds,
                candidate.case.opened_at,
                candidate.case.case_id,
            )
        )
        sure = [
            candidate
            for candidate in candidates
            if not candidate.barred and candidate.score >= self._set_of(candidate).merge_at
        ]
        if sure and not self._doubtful(sure):
            return self._merge(sure)
        shown = tuple(
            candidate
            for candidate in candidates
            if candidate.score >= self._set_of(candidate).suggest_at
            and candidate.barred not in SETTLED
        )
        return Match(Verdict.SUGGEST if shown else Verdict.OPEN, suggested=shown[:SHOWN])

    def _compare(self, report: ComparableReport, case: Case) -> Candidate:
        best, best_features, barred = float("-inf"), dict[str, float](), ""
        most_similar, all_odds = NOBODY, list[float]()
        linked = False
        for other, event_id in self.cases.reports_of(case):
            rule = _barring_rule(report, other)
            if rule in SETTLED:
                return Candidate(case, NEVER, rule)
            linked |= rule not in WEAK
            barred = rule if rule and (not barred or barred in WEAK) else barred
            values = features(report, other)
            odds = self.weights.set_of(values).odds(values)
            all_odds.append(odds)
            if odds > best:
                best, best_features, most_similar = odds, values, event_id
        if not all_odds:
            return Candidate(case, NEVER, barred)
        if linked and barred in WEAK:
            # Another report of the case has enough in common with this one.
            barred = ""
        mean = sum(all_odds) / len(all_odds)
        odds = NEAREST * best + (1 - NEAREST) * mean
        return Candidate(case, odds, barred, self, most_similar, best_features)

    def evidence(self, most_similar: UUID, values: Mapping[str, float]) -> Mapping[str, Any]:
        """Return the evidence of a match: its most similar report, and the features that counted.

        `most_similar` is the event of that report, `values` are the features of the pair with it.
        """
        counted = {name: value for name, value in values.items() if value}
        used = self.weights.set_of(values)
        return {
            "rules": self.version,
            "like": str(most_similar),
            "features": counted,
            "weights": {name: used.weights.get(name, 0.0) for name in counted},
            "bias": used.bias,
        }

    def _mean_odds(self, case: Case, other: Case) -> float:
        pairs = product(self.cases.reports_of(case), self.cases.reports_of(other))
        compared = [features(first, second) for (first, _), (second, _) in pairs]
        odds = [self.weights.set_of(values).odds(values) for values in compared]
        return sum(odds) / len(odds)

    def _set_of(self, candidate: Candidate) -> WeightSet:
        return self.weights.set_of(candidate.features)

    def exclude(self, case: Case, other: Case) -> bool:
        """Whether a rule or a person keeps two cases apart."""
        if other.case_id in case.apart or case.case_id in other.apart:
            return True
        pairs = product(self.cases.reports_of(case), self.cases.reports_of(other))
        rules = {forbidden(first, second) for (first, _), (second, _) in pairs}
        # One pair of reports that have enough in common is enough.
        return bool(rules - WEAK - {""}) or rules <= WEAK

    def _doubtful(self, sure: Sequence[Candidate]) -> bool:
        """Whether the report fits two cases that exclude each other about equally well."""
        first = sure[0]
        return any(
            first.odds - other.odds < DOUBT and self.exclude(first.case, other.case)
            for other in sure[1:]
        )

    def _merge(self, sure: Sequence[Candidate]) -> Match:
        """Return the case to merge the report into, and cases that the report links to it.

        A machine does not merge a case that a unit has accepted into another case: the other cases
        are merged into it. If two cases are accepted, a person decides.
        """
        fitting = [sure[0], *(o for o in sure[1:] if not self.exclude(sure[0].case, o.case))]
        accepted = (candidate for candidate in fitting if candidate.case.state not in UNTOUCHED)
        best = next(accepted, sure[0])
        same, left = [best], list[Candidate]()
        for other in fitting:
            if other is best or any(self.exclude(member.case, other.case) for member in same):
                continue
            if self._mean_odds(best.case, other.case) < BRIDGE:
                left.append(other)
                continue
            (same if other.case.state in UNTOUCHED else left).append(other)
        return Match(Verdict.MERGE, best, tuple(same[1:]), tuple(left[:SHOWN]))


def _barring_rule(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule that forbids a merge, or empty.

    For places that are near each other the rule is one after which a person is asked.
    """
    reason = forbidden(report, other)
    if reason not in ("different grids", "different places", BY_THE_WAY):
        return reason
    apart = metres(report, other)
    if reason == "different grids" and apart is not None and apart <= NEAR_METRES:
        # The workers of both grids may report a street lamp on the border.
        return "different places"
    if reason == "different places" and apart is not None and apart > FAR_METRES:
        return "different grids"
    return reason
