"""Learns the weight 权重 of each feature of a pair of reports, and the two thresholds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hub.lab.evaluation.dedup import decide
from hub.lab.evaluation.quality import Labelled, Quality, measure
from hub.lab.learn.pairs import Pair
from streams.matching.classify import IssueClassifier
from streams.matching.matcher import Matcher
from streams.matching.terms import Rarity
from streams.matching.weights import DEFAULT_WEIGHTS, Weights, WeightSet
from streams.town.register import Register

VERSION = "weights-2"
RIDGE = 0.5
"""Strength of the L2 regularisation of the weights, in examples."""
POSITIVE = (0.0, 12.0)
BOUNDS: dict[str, tuple[float, float]] = {
    "far": (-6.0, 0.0),
    "other_trouble": (-8.0, 0.0),
    "other_leaf": (-6.0, 0.0),
    "other_place": (-6.0, 0.0),
    "days": (-2.0, 0.0),
    "same_reporter": (0.0, 1.5),
}
"""Limits of the weights: evidence against a merge must never count for it, and vice versa.

The limits of time and reporter are narrow: they separate simulated matters better than real ones.
"""
WANTED_PRECISION = 0.995
"""Precision wanted when thresholds are chosen.

Twice as strict as the bar of the evaluation, because unseen words are harder.
"""
MERGE_STEPS = (0.9, 0.95, 0.97, 0.985)
"""Thresholds to try, lowest first. Above the last one, more true than wrong pairs are lost."""
SUGGEST_STEPS = (0.05, 0.1, 0.2, 0.3, 0.5)
MOST_SUGGESTED = 0.25
"""Largest share of reports with a suggestion, which a person must decide."""

Point = NDArray[np.float64]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Sample:
    """Pairs to learn from: how much each counts, and the share that those of one matter count."""

    pairs: Sequence[Pair]
    importance: float
    same: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Weights with thresholds, and the quality with them on the events that chose them."""

    weights: Weights
    quality: Quality


def learn_weights(samples: Sequence[Sample], merge_at: float, suggest_at: float) -> WeightSet:
    """Return the weights of a logistic regression with limits, with two thresholds."""
    names = sorted(DEFAULT_WEIGHTS.weights)
    table = np.array([[pair.features[name] for name in names] for s in samples for pair in s.pairs])
    answers = np.array([1.0 if pair.same else -1.0 for s in samples for pair in s.pairs])
    importance = np.concatenate([_importance(sample) for sample in samples])
    importance *= len(answers) / importance.sum()

    def loss(point: Point) -> tuple[float, Point]:
        margins = answers * (table @ point[1:] + point[0])
        value = importance @ np.logaddexp(0, -margins) + RIDGE * point[1:] @ point[1:]
        pull = -importance * answers / (1 + np.exp(np.clip(margins, -40, 40)))
        slope = np.concatenate([[pull.sum()], table.T @ pull + 2 * RIDGE * point[1:]])
        return float(value), slope

    bounds = [(-20.0, 20.0), *(BOUNDS.get(name, POSITIVE) for name in names)]
    result = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    weights = {name: float(value) for name, value in zip(names, result.x[1:], strict=True)}
    return WeightSet(float(result.x[0]), weights, merge_at, suggest_at)


def _importance(sample: Sample) -> Point:
    """Return how much each pair counts, so that each side of the sample has its share."""
    same = np.array([pair.same for pair in sample.pairs])
    share = float(same.mean())
    each = np.where(same, sample.same / share, (1 - sample.same) / (1 - share))
    return np.asarray(sample.importance * each, dtype=np.float64)


def with_thresholds(
    weights: Weights,
    rarity: Rarity,
    labelled: Sequence[Labelled],
    register: Register,
    classifier: IssueClassifier,
) -> Tried:
    """Return the weights with the lowest thresholds that fit the wanted precision and questions."""

    def tried(merge_at: float, suggest_at: float) -> Tried:
        with_both = replace(weights, merge_at=merge_at, suggest_at=suggest_at)
        matcher = Matcher(classifier, with_both, rarity)
        return Tried(with_both, measure(decide(labelled, replace(register, matcher=matcher))))

    merging = _first_fitting(
        (tried(merge_at, 0.5) for merge_at in MERGE_STEPS),
        lambda trial: trial.quality.precision >= WANTED_PRECISION,
    )
    return _first_fitting(
        (tried(merging.weights.merge_at, suggest_at) for suggest_at in SUGGEST_STEPS),
        lambda trial: trial.quality.suggested <= MOST_SUGGESTED,
    )


def _first_fitting(items: Iterable[Item], fits: Callable[[Item], bool]) -> Item:
    """Return the first item that fits, or the last item; `items` must not be empty."""
    iterator = iter(items)
    item = next(iterator)
    while not fits(item):
        try:
            item = next(iterator)
        except StopIteration:
            break
    return item
