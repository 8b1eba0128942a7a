"""The weights of the comparison 权重: log odds that two reports are about the same matter."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the features of `compare.features` in log odds, and the two thresholds.

    `merge_at` and `suggest_at` are probabilities, 0..1.
    """

    version: str
    bias: float
    weights: Mapping[str, float]
    merge_at: float
    suggest_at: float

    def odds(self, values: Mapping[str, float]) -> float:
        """Return the log odds that two reports are of one matter, from their features."""
        total, weights = 0.0, self.weights
        for name, value in values.items():
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
"""Used without learnt weights: roughly the same place, and roughly the same words."""
