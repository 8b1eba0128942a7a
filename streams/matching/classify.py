"""Issue classification 事由: the probability of each issue class for a text.

An issue class is a leaf of the category tree, or finer: facility.streetlight.dark and
facility.streetlight.leaning are two. A linear model, trained by `make models`, classifies texts.
Without a model the keywords of the category tree do.
"""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from schemas.category import CATEGORIES, OTHER
from streams.matching.feature_index import FeatureIndex
from streams.matching.text import CACHED_TEXTS, NormalisedText

Vector = NDArray[np.float32]
KEYWORDS = "keywords-1"
"""Version of the fallback: each leaf of the category tree is one class, recognised by keywords."""
SURE = 0.5
"""Confidence from which the leaf of a text is used. Below it a person decides (待研判)."""
NATIVE_RIGHT = 0.97
"""Share of the channel's own categories that we take to be right: operators pick from a list in
haste. The text overrules the channel only where the model is sure. Chosen on the split `learn`."""
LIKELY = 0.04
"""Probability of a leaf from which its family is a possible family of the text."""
SETTLED = 0.5
"""Probability of its family from which a leaf may be told. Chosen on unseen texts."""
FEWEST = 3
"""Characters of a text from which a leaf may be told."""
UNSETTLED = 0.49
"""Largest confidence of a leaf whose family is not settled: a person decides."""
LONG = 300
"""Characters of a text that counts as a letter. People write of other matters in letters."""


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """The issue classes of one text.

    `roots` are the square roots of the probabilities of the classes, all zero where nothing is
    recognised. `surest` is the largest probability of a class. `confidence` is how often such a
    `leaf` is right (see `Trust`). `families` are the families of all likely leaves.
    """

    roots: Vector
    surest: float
    leaf: str
    confidence: float
    families: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trust:
    """How often a leaf is right, as log odds: a logistic sum over what the model says of a text.

    Learnt on texts that the model had not seen. The probabilities of a model are too low where
    several leaves of one family share a text, and too high on letters.
    """

    bias: float = 0.0
    of_leaf: float = 1.0
    """Weight of the log odds of the leaf."""
    of_family: float = 0.0
    """Weight of the log odds of its family."""
    of_length: float = 0.0
    """Weight of the length of the text, 0 to 1 at `LONG` characters."""
    of_leaf_in_letter: float = 0.0
    """Weight of the log odds of the leaf times the length."""

    def confidence(self, leaf: float, family: float, length: float) -> float:
        """Return the confidence, 0..1; `leaf` and `family` are probabilities."""
        odds = self.bias + self.of_leaf * log_odds(leaf) + self.of_family * log_odds(family)
        odds += (self.of_length + self.of_leaf_in_letter * log_odds(leaf)) * length
        confidence = 1 / (1 + exp(-odds))
        return confidence if family >= SETTLED else min(confidence, UNSETTLED)


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, at most 9.2 to either side."""
    bounded = min(max(probability, 1e-4), 1 - 1e-4)
    return log(bounded / (1 - bounded))


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A trained linear model over `features`.

    `rows` maps a feature to its row in `rarity` (IDF, shape (features,)) and `weights` (int8, shape
    (features, classes)). `scale`, `bias` and `long_bias` have the shape (classes,); `long_bias` is
    for a text of `LONG` characters. Logits are divided by `temperature`. `learnt_from` describes
    the texts.
    """

    version: str
    issue_classes: tuple[str, ...]
    rows: dict[str, int] = field(repr=False)
    rarity: Vector = field(repr=False)
    weights: NDArray[np.int8] = field(repr=False)
    scale: Vector = field(repr=False)
    bias: Vector = field(repr=False)
    long_bias: Vector | None = field(default=None, repr=False)
    temperature: float = 1.0
    trust: Trust = Trust()
    learnt_from: str = ""

    @cached_property
    def _index(self) -> FeatureIndex:
        return FeatureIndex(self.rows)

    def scores(self, text: NormalisedText) -> Vector:
        """Return the calibrated logits of a text; zeros where it has no known feature."""
        rows = self._index.rows_of(text)
        if not len(rows):
            return np.zeros(len(self.issue_classes), dtype=np.float32)
        rare = self.rarity.take(rows)
        summed = rare @ self.weights.take(rows, axis=0).astype(np.float32)
        norm = sqrt(float(rare @ rare))
        scores = summed * self.scale / norm + self.bias
        if self.long_bias is not None:
            scores = scores + self.long_bias * length_of(text)
        return np.asarray(scores / self.temperature, np.float32)


def length_of(text: NormalisedText) -> float:
    """Return the length of a text: 0, to 1 at `LONG` characters or more."""
    return min(1.0, len(text.text) / LONG)


class IssueClassifier:
    """Classifies texts by a trained model, or by the keywords of the category tree.

    Pure, except for a cache of results.
    """

    def __init__(self, model: LinearModel | None = None) -> None:
        self.model = model
        self.version = model.version if model else KEYWORDS
        self.issue_classes: tuple[str, ...] = model.issue_classes if model else tuple(_LEAVES)
        self._leaf_names = tuple(dict.fromkeys(map(leaf_of, self.issue_classes)))
        self._leaf_index = np.asarray(
            [self._leaf_names.index(leaf_of(issue_class)) for issue_class in self.issue_classes]
        )
        self._leaf_numbers = {name: number for number, name in enumerate(self._leaf_names)}
        self._families = [name.partition(".")[0] for name in self._leaf_names]
        first = list(map(self._families.index, self._families))
        self._leaves_of_family = [np.flatnonzero(np.equal(first, each)) for each in first]
        """Per leaf, the leaves of its family."""
        self._leaves = np.flatnonzero([name != OTHER for name in self._leaf_names])
        """The leaves that a text may be of."""
        self.classify = lru_cache(maxsize=CACHED_TEXTS)(self._classify)

    def shares(self, text: NormalisedText) -> tuple[str, float, float]:
        """Return the likeliest leaf, its probability and that of its family, before any trust."""
        likely = _softmax(self.model.scores(text)) if self.model else _by_keywords(text)
        leaves = self._by_leaf(likely)
        best = self._likeliest(leaves)
        return self._leaf_names[best], float(leaves[best]), self._family_of(best, leaves)

    def _by_leaf(self, likely: Vector) -> NDArray[np.float64]:
        """Return the probability of each leaf from that of each issue class."""
        leaves = np.bincount(self._leaf_index, weights=likely, minlength=len(self._leaf_names))
        return np.asarray(leaves)

    def _likeliest(self, leaves: NDArray[np.float64]) -> int:
        """Return the likeliest leaf: a text of no matter is unknown, and takes from all leaves."""
        return int(self._leaves[leaves.take(self._leaves).argmax()])

    def _family_of(self, leaf: int, leaves: NDArray[np.float64]) -> float:
        """Return the probability of the family of a leaf."""
        return float(leaves.take(self._leaves_of_family[leaf]).sum())

    def _classify(self, text: NormalisedText) -> Classification:
        likely = _softmax(self.model.scores(text)) if self.model else _by_keywords(text)
        surest = float(likely.max())
        if not surest:
            return Classification(likely, 0.0, "", 0.0, frozenset())
        leaves = self._by_leaf(likely)
        families = frozenset(
            self._families[index] for index in (leaves >= LIKELY).nonzero()[0].tolist()
        )
        best = self._likeliest(leaves)
        leaf, confidence = self._leaf_names[best], float(leaves[best])
        if self.model:
            family = self._family_of(best, leaves)
            confidence = self.model.trust.confidence(confidence, family, length_of(text))
            if len(text.text) < FEWEST:
                confidence = min(confidence, UNSETTLED)
        roots = np.sqrt(likely, dtype=np.float32)
        return Classification(roots, surest, leaf, round(confidence, 4), families)

    def with_channel_category(
        self, classification: Classification, native: str
    ) -> tuple[str, float]:
        """Return leaf and confidence by the text and by the channel's own category together.

        Bayes' rule: the probabilities by the text are weighted by how often a channel is right.
        The keywords of the category tree alone never overrule a channel.
        """
        right = self._leaf_numbers.get(native)
        if self.model is None or right is None:
            return native, 1.0
        leaves = self._by_leaf(classification.roots**2)
        wrong = (1 - NATIVE_RIGHT) / len(leaves)
        by_channel = leaves[right] * NATIVE_RIGHT
        both = leaves * wrong
        both[right] = by_channel
        total = both.sum()
        if not total:
            return native, NATIVE_RIGHT
        best = int(both.argmax())
        return self._leaf_names[best], round(float(both[best] / total), 4)


def leaf_of(issue_class: str) -> str:
    """Return the leaf of an issue class: its first two parts."""
    return ".".join(issue_class.split(".")[:2])


_LEAVES = [code for code in CATEGORIES if code != OTHER]


def _by_keywords(text: NormalisedText) -> Vector:
    scores = np.asarray(
        [
            sum(len(word) * text.text.count(word) for word in CATEGORIES[code].words)
            for code in _LEAVES
        ],
        dtype=np.float32,
    )
    total = float(scores.sum())
    return scores / total if total else scores


def _softmax(scores: Vector) -> Vector:
    if not scores.any():
        return scores
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def agreement(first: Classification, second: Classification) -> float:
    """Return the similarity of two classifications, 0..1: the Bhattacharyya coefficient."""
    return float(first.roots @ second.roots)


def clash(first: Classification, second: Classification, similarity: float) -> float:
    """Return how surely two texts are of different issue classes, 0..1.

    `similarity` is their `agreement`.
    """
    return (1 - similarity) * min(first.surest, second.surest)
