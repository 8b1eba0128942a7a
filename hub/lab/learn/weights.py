"""Learns the weight 权重 of each feature of a pair of reports."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hub.lab.learn.pairs import Pair
from streams.matching.weights import DEFAULT_WEIGHTS, WeightSet

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

Point = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Pairs to learn from: how much each counts, and the share that those of one matter count."""

    pairs: Sequence[Pair]
    importance: float
    same: float


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
