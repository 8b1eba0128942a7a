"""Learns how much each feature of a pair of reports counts 权重, and the two thresholds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hub.lab.evaluation.dedup import decide
from hub.lab.evaluation.quality import Labelled, Quality, measure
from hub.lab.learn.pairs import Pair
from streams.matching.classify import Senses
from streams.matching.judge import DEFAULT_WEIGHTS, Judge, Weights
from streams.town.register import Register

VERSION = "weights-1"
RIDGE = 0.5
"""How strongly weights are held to nought, in examples."""
POSITIVE = (0.0, 12.0)
BOUNDS: dict[str, tuple[float, float]] = {
    "far": (-6.0, 0.0),
    "other_trouble": (-8.0, 0.0),
    "other_leaf": (-6.0, 0.0),
    "days": (-4.0, 0.0),
    "same_reporter": (0.0, 2.5),
}
"""What speaks against a matter must not count for it, nor the other way round.

Time and reporter are held short: in drawn matters they tell more than in a real city.
"""
WANTED_PRECISION = 0.995
"""Asked where thresholds are chosen: twice as strict as the bar, as other words are harder."""
MERGE_STEPS = (0.9, 0.95, 0.97, 0.985)
"""The last is the highest that is used: above it more true pairs are lost than wrong ones."""
SUGGEST_STEPS = (0.05, 0.1, 0.2, 0.3, 0.5)
MOST_SUGGESTED = 0.25
"""Share of reports for which a person may be asked."""

Vector = NDArray[np.float64]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Tried:
    """Thresholds, and the quality that they give where they were chosen."""

    weights: Weights
    quality: Quality


def learn_weights(shown: Sequence[Pair]) -> Weights:
    """Return logistic weights with their signs held; the thresholds are the defaults still."""
    names = sorted(DEFAULT_WEIGHTS.weights)
    table = np.array([[pair.found[name] for name in names] for pair in shown])
    answers = np.array([1.0 if pair.same else -1.0 for pair in shown])
    # There are many more pairs of two matters than of one: each side counts the same.
    same = float((answers > 0).mean())
    importance = np.where(answers > 0, 0.5 / same, 0.5 / (1 - same))

    def loss(point: Vector) -> tuple[float, Vector]:
        margins = answers * (table @ point[1:] + point[0])
        value = importance @ np.logaddexp(0, -margins) + RIDGE * point[1:] @ point[1:]
        pull = -importance * answers / (1 + np.exp(np.clip(margins, -40, 40)))
        slope = np.concatenate([[pull.sum()], table.T @ pull + 2 * RIDGE * point[1:]])
        return float(value), slope

    bounds = [(-20.0, 20.0), *(BOUNDS.get(name, POSITIVE) for name in names)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    return replace(
        DEFAULT_WEIGHTS,
        version=VERSION,
        bias=float(found.x[0]),
        weights={name: float(value) for name, value in zip(names, found.x[1:], strict=True)},
    )


def with_thresholds(
    weights: Weights, labelled: Sequence[Labelled], register: Register, senses: Senses
) -> Tried:
    """Return the weights with the lowest thresholds that merge precisely and ask seldom enough."""

    def tried(merge_at: float, suggest_at: float) -> Tried:
        given = replace(weights, merge_at=merge_at, suggest_at=suggest_at)
        judge = Judge(senses, given)
        return Tried(given, measure(decide(labelled, replace(register, judge=judge))))

    merging = _first_fitting(
        (tried(merge_at, 0.5) for merge_at in MERGE_STEPS),
        lambda one: one.quality.precision >= WANTED_PRECISION,
    )
    return _first_fitting(
        (tried(merging.weights.merge_at, suggest_at) for suggest_at in SUGGEST_STEPS),
        lambda one: one.quality.suggested <= MOST_SUGGESTED,
    )


def _first_fitting(ones: Iterable[Item], fits: Callable[[Item], bool]) -> Item:
    """Return the first that fits, or the last."""
    iterator = iter(ones)
    one = next(iterator)
    while not fits(one):
        try:
            one = next(iterator)
        except StopIteration:
            break
    return one
