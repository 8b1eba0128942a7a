"""Learning weights of matching 并案学习: the shipped weights, changed by what persons have decided.

Each decision on two cases is one example. The signs of the weights stay: evidence against a merge
never comes to count for one, however the decisions are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from hub.learning.decisions import PairDecision, PairSide
from hub.learning.logistic import weights_near
from hub.learning.weighing import weights_by_person
from schemas.channel import Channel
from schemas.reports.report import Report
from streams.matching.compare import ComparableReport, Reader, features, forbidden
from streams.matching.matcher import Matcher
from streams.matching.weights import Weights, WeightSet

RIDGE = 1.0
"""Strength of the pull towards the shipped weights, in decisions."""
LARGEST = 12.0
INTERCEPTS = (-20.0, 20.0)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """A decision with the features of its two reports, and the rule that forbids a merge."""

    decision: PairDecision
    features: Mapping[str, float]
    barred: str


def compared(decisions: Sequence[PairDecision], matcher: Matcher) -> list[ComparedPair]:
    """Return the pairs, compared as the worker compares them."""
    pairs = []
    for decision in decisions:
        shared = "same" if decision.same_reporter else ""
        first = _comparable(decision.first, shared, matcher)
        second = _comparable(decision.second, shared, matcher)
        pairs.append(ComparedPair(decision, features(first, second), forbidden(first, second)))
    return pairs


def _comparable(side: PairSide, reporter: str, matcher: Matcher) -> ComparableReport:
    report = Report(
        event_id=NOBODY,
        channel=Channel.HOTLINE_12345,
        native_id="",
        reporter_key=reporter,
        received_at=side.at,
    )
    return Reader(matcher.classifier, matcher.rarity).report(side.telling, report)


def learnt_weights(base: Weights, pairs: Sequence[ComparedPair], version: str) -> Weights:
    """Return `base`, each set of weights changed by its pairs; the thresholds stay.

    The hub asks about pairs by their features alone, so the answers say how probable one matter is
    given the features, although only doubtful pairs were asked about.
    """
    settled, by_words = list(pairs), base.by_words
    if by_words is not None:
        others = [pair for pair in pairs if base.set_of(pair.features) is by_words]
        settled = [pair for pair in pairs if base.set_of(pair.features) is base]
        by_words = replace(by_words, **_learnt(by_words, others))
    return replace(base, version=version, by_words=by_words, **_learnt(base, settled))


def _learnt(base: WeightSet, pairs: Sequence[ComparedPair]) -> dict[str, Any]:
    """Return bias and weights of a set, changed by the pairs that are judged by it."""
    names = sorted(base.weights)
    if not pairs:
        return {}
    table = np.asarray([[pair.features.get(name, 0.0) for name in names] for pair in pairs])
    answers = np.asarray([1.0 if pair.decision.same else -1.0 for pair in pairs])
    importance = weights_by_person(
        [pair.decision.by for pair in pairs],
        [pair.decision.same for pair in pairs],
        [1.0] * len(pairs),
    )
    prior = np.asarray([base.bias, *(base.weights[name] for name in names)])
    learnt = weights_near(
        table, answers, np.asarray(importance), prior, RIDGE, [INTERCEPTS, *map(_limits, prior[1:])]
    )
    weights = {name: float(value) for name, value in zip(names, learnt[1:], strict=True)}
    return {"bias": float(learnt[0]), "weights": weights}


def _limits(weight: float) -> tuple[float, float]:
    """Return the limits of a weight: its sign stays; one that is 0 stays 0."""
    largest = max(LARGEST, 2 * abs(weight))
    return (-largest if weight < 0 else 0.0, largest if weight > 0 else 0.0)
