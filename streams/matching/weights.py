"""The weights of the comparison 权重: log odds that two reports are about the same matter."""

from collections.abc import Mapping
from dataclasses import dataclass

SETTLED = "settled"
"""The feature that says by which of the two sets of weights a pair is judged: it has no weight."""


@dataclass(frozen=True, slots=True)
class WeightSet:
    """Weights of features in log odds, and the two thresholds.

    `merge_at` and `suggest_at` are probabilities, 0..1.
    """

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

    @property
    def least(self) -> float:
        """The lowest probability that has a consequence."""
        return min(self.suggest_at, self.merge_at)


@dataclass(frozen=True, slots=True)
class Weights(WeightSet):
    """The weights of the features of `compare.features`.

    Two reports that are settled to one grid have their place in common: the issue decides. Of
    other pairs the words must show both, by weights of their own (`by_words`), if there are any.
    """

    version: str = ""
    by_words: WeightSet | None = None

    def set_of(self, values: Mapping[str, float]) -> WeightSet:
        """Return the set of weights by which a pair with these features is judged."""
        return self.by_words if self.by_words and not values.get(SETTLED) else self


DEFAULT_WEIGHTS = Weights(
    version="default-1",
    bias=-6.5,
    weights={
        "title": 1.0,
        "text": 2.0,
        "place": 2.5,
        "title_place": 0.0,
        "text_place": 0.0,
        "other_place": -2.0,
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
