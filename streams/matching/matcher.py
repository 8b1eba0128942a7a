"""Matching reports to cases 并案判定: is this report of the same matter as an open case?

There are three outcomes: merge, suggest (a person decides), open a new case. A report is compared
with every report of a case, so that the outcome does not depend on which came first. If a rule
forbids one of these pairs, a machine does not merge the report into the case.
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

from schemas.cases.case import SETTLED_STATES, Case, State
from schemas.reports.event import UnifiedEvent
from streams.matching.classify import IssueClassifier
from streams.matching.compare import (
    FAR_METRES,
    NEAR_METRES,
    WINDOW,
    ComparableReport,
    comparable_event,
    comparable_report,
    features,
    forbidden,
    metres,
)
from streams.matching.prefilter import Prefilter, feature_row
from streams.matching.weights import DEFAULT_WEIGHTS, Weights
from streams.report import tellings

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


ComparableReports = tuple[tuple[ComparableReport, UUID], ...]
"""The comparable form of each report of a case, and the id of its event."""
NO_REPORTS: tuple[tuple[object, ...], ComparableReports] = ((), ())
CACHED_CASES = 100_000
"""Largest number of open cases whose comparable reports are cached, about 3 kB each.

The texts of other cases are read again with each report that may match, half a millisecond each.
"""
PREFILTERED_CASES = 1_000_000
"""Largest number of cases in the prefilter, about 1 kB each."""
_TEXT_FIELDS = (
    "reports",
    "title",
    "content",
    "category",
    "place_name",
    "lon",
    "lat",
    "division_code",
    "grid_code",
    "object_name",
    "object_is_person",
    "attachments",
)
_text_fields: Callable[[Case], tuple[object, ...]] = attrgetter(*_TEXT_FIELDS)
"""Returns the fields of a case from which its comparable reports are made."""


class PrefilteredCase(NamedTuple):
    """A case in the prefilter. It does not keep the snapshot alive: a case changes often."""

    snapshot: "ReferenceType[Case]"
    key: int
    """The `id()` of that snapshot."""
    text_fields: tuple[object, ...]
    rows: tuple[int, ...]
    """The row numbers of its reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """Matches reports to cases by a learnt classifier and weights, or by the defaults."""

    classifier: IssueClassifier = field(default_factory=IssueClassifier)
    weights: Weights = DEFAULT_WEIGHTS
    _reports: dict[UUID, tuple[tuple[object, ...], ComparableReports]] = field(default_factory=dict)
    """Case → its text fields, and the reports made from them."""
    _by_snapshot: dict[int, "PrefilteredCase"] = field(default_factory=dict)
    """By the `id()` of the snapshot, which is a faster key than the id of the case."""
    _by_case: dict[UUID, "PrefilteredCase"] = field(default_factory=dict)
    prefilter: Prefilter = field(init=False)

    def __post_init__(self) -> None:
        """Build the prefilter from the weights."""
        used = self.weights
        threshold = min(used.suggest_at, used.merge_at)
        object.__setattr__(self, "prefilter", Prefilter(used.weights, used.bias, threshold))

    @property
    def version(self) -> str:
        """The versions of weights and classifier, stored with each merge."""
        return f"{self.weights.version}/{self.classifier.version}"

    def read(self, event: UnifiedEvent) -> ComparableReport:
        """Return the comparable form of an event."""
        return comparable_event(event, self.classifier)

    def match(self, report: ComparableReport, cases: Iterable[Case]) -> Match:
        """Return the verdict over the cases; ties go to the older case, then to the lower id.

        A confidential case (保密) never matches. The caller does not pass confidential reports.
        """
        comparable = [case for case in cases if not case.confidential]
        candidates = [self._compare(report, case) for case in self._prefiltered(report, comparable)]
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
            if not candidate.barred and candidate.score >= self.weights.merge_at
        ]
        if sure and not self._doubtful(sure):
            return self._merge(sure)
        shown = tuple(
            candidate
            for candidate in candidates
            if candidate.score >= self.weights.suggest_at and candidate.barred not in SETTLED
        )
        return Match(Verdict.SUGGEST if shown else Verdict.OPEN, suggested=shown[:SHOWN])

    def _prefiltered(self, report: ComparableReport, cases: Sequence[Case]) -> Sequence[Case]:
        """Return the cases that may be suggested: those with at least one similar report."""
        rows: list[int] = []
        owners: list[Case] = []
        for case in cases:
            entry = self._by_snapshot.get(id(case))
            if entry is None or entry.snapshot() is not case:
                # Python reuses an `id()`: the entry may be of a snapshot that is gone.
                entry = self._add(case)
            for row in entry.rows:
                rows.append(row)
                owners.append(case)
        if not rows:
            return ()
        similar, grid_permits = self.prefilter.filter(feature_row(report), np.asarray(rows))
        while len(self._by_case) > PREFILTERED_CASES:
            # Not before the filter has run: a row that is released is used again at once.
            self._drop(self._by_case.pop(next(iter(self._by_case))))
        passed = {id(owners[at]): owners[at] for at in np.flatnonzero(similar)}
        # The first report that a rule forbids bars the case. It need not be the similar one.
        permitted = {id(owners[at]) for at in np.flatnonzero(grid_permits)} if passed else ()
        return [case for key, case in passed.items() if key in permitted]

    def follow(self, case: Case) -> None:
        """Add an open case, or its new snapshot, to the prefilter; forget a settled one.

        The texts of a case that was just opened are still cached. Later they would be read again.
        """
        if case.state in SETTLED_STATES:
            self.forget(case)
        elif not case.confidential and not case.wish:
            self._add(case)

    def forget(self, case: Case) -> None:
        """Remove all that is cached of a case."""
        self._reports.pop(case.case_id, None)
        entry = self._by_case.pop(case.case_id, None)
        if entry is not None:
            self._drop(entry)

    def _add(self, case: Case) -> "PrefilteredCase":
        """Put a case into the prefilter, in place of its former snapshot."""
        former, text_fields = self._by_case.pop(case.case_id, None), _text_fields(case)
        if former is not None and _are_same_objects(former.text_fields, text_fields):
            self._unlink(former)
            rows = former.rows
        else:
            if former is not None:
                self._drop(former)
            rows = tuple(
                self.prefilter.add(feature_row(report)) for report, _ in self._reports_of(case)
            )
        entry = PrefilteredCase(ref(case), id(case), text_fields, rows)
        self._by_snapshot[id(case)] = self._by_case[case.case_id] = entry
        return entry

    def _drop(self, entry: "PrefilteredCase") -> None:
        self._unlink(entry)
        self.prefilter.release(entry.rows)

    def _unlink(self, entry: "PrefilteredCase") -> None:
        if self._by_snapshot.get(entry.key) is entry:
            del self._by_snapshot[entry.key]

    def _compare(self, report: ComparableReport, case: Case) -> Candidate:
        best, best_features, barred = float("-inf"), dict[str, float](), ""
        most_similar, all_odds = NOBODY, list[float]()
        for other, event_id in self._reports_of(case):
            barred = barred or _barring_rule(report, other)
            if barred in SETTLED:
                return Candidate(case, NEVER, barred)
            if abs(report.at - other.at) > WINDOW:
                continue
            values = features(report, other)
            odds = self.weights.odds(values)
            all_odds.append(odds)
            if odds > best:
                best, best_features, most_similar = odds, values, event_id
        if not all_odds:
            return Candidate(case, NEVER, barred)
        mean = sum(all_odds) / len(all_odds)
        odds = NEAREST * best + (1 - NEAREST) * mean
        return Candidate(case, odds, barred, self, most_similar, best_features)

    def evidence(self, most_similar: UUID, values: Mapping[str, float]) -> Mapping[str, Any]:
        """Return the evidence of a match: its most similar report, and the features that counted.

        `most_similar` is the event of that report, `values` are the features of the pair with it.
        """
        counted = {name: value for name, value in values.items() if value}
        return {
            "rules": self.version,
            "like": str(most_similar),
            "features": counted,
            "weights": {name: self.weights.weights.get(name, 0.0) for name in counted},
            "bias": self.weights.bias,
        }

    def _reports_of(self, case: Case) -> ComparableReports:
        """Return the comparable form of each report of a case that has a text, and its event.

        It is cached until the texts change: a case is compared far more often than it changes.
        """
        (known, reports), text_fields = (
            self._reports.get(case.case_id, NO_REPORTS),
            _text_fields(case),
        )
        if _are_same_objects(known, text_fields):
            return reports
        reports = tuple(
            (comparable_report(telling, report, self.classifier), report.event_id)
            for report, telling in tellings(case)
        )
        while len(self._reports) >= CACHED_CASES:
            del self._reports[next(iter(self._reports))]
        self._reports[case.case_id] = text_fields, reports
        return reports

    def _mean_odds(self, case: Case, other: Case) -> float:
        pairs = product(self._reports_of(case), self._reports_of(other))
        odds = [self.weights.odds(features(first, second)) for (first, _), (second, _) in pairs]
        return sum(odds) / len(odds)

    def exclude(self, case: Case, other: Case) -> bool:
        """Whether a rule or a person keeps two cases apart."""
        if other.case_id in case.apart or case.case_id in other.apart:
            return True
        pairs = product(self._reports_of(case), self._reports_of(other))
        return any(forbidden(first, second) for (first, _), (second, _) in pairs)

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


def _are_same_objects(known: tuple[object, ...], fields: tuple[object, ...]) -> bool:
    """Whether the fields of two snapshots of a case are the same objects.

    A change of a case copies references only, so that unchanged fields stay the same objects.
    """
    return bool(known) and all(map(is_, known, fields))


def _barring_rule(report: ComparableReport, other: ComparableReport) -> str:
    """Return the rule that forbids a merge, or empty.

    For places that are near each other the rule is one after which a person is asked.
    """
    reason = forbidden(report, other)
    if reason not in ("different grids", "different places"):
        return reason
    apart = metres(report, other)
    if reason == "different grids" and apart is not None and apart <= NEAR_METRES:
        # The workers of both grids may report a street lamp on the border.
        return "different places"
    if reason == "different places" and apart is not None and apart > FAR_METRES:
        return "different grids"
    return reason
