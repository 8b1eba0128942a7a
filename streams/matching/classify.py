"""Issue classification 事由: the probability of each issue class for a text.

An issue class is a leaf of the category tree, or finer: facility.streetlight.dark and
facility.streetlight.leaning are two. A linear model, trained by `make models`, classifies texts.
Without a model the keywords of the category tree do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from schemas.category import CATEGORIES, OTHER
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
    def _index(self) -> "_FeatureIndex":
        return _FeatureIndex(self.rows)

    def scores(self, text: NormalisedText) -> Vector:
        """Return the calibrated logits of a text; zeros where it has no known feature."""
        known = self._index.rows_of(text)
        if not known:
            return np.zeros(len(self.issue_classes), dtype=np.float32)
        rows = np.asarray(known)
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


def features(text: NormalisedText) -> frozenset[str]:
    """Return the features of a text: characters `x`, pairs of characters `x y`, words `=word`."""
    pairs = map(" ".join, pairwise(text.text))
    return frozenset((*text.text, *pairs, *(f"={word}" for word in text.words)))


class _FeatureIndex:
    """Finds the rows of `features`, with pairs coded as in `NormalisedText.pairs`."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        self._characters = {gram: row for gram, row in rows.items() if len(gram) == 1}
        self._words = {gram[1:]: row for gram, row in rows.items() if gram[0] == "="}
        self._pairs = {
            ord(gram[0]) << 16 | ord(gram[2]): row for gram, row in rows.items() if gram[1:2] == " "
        }

    def rows_of(self, text: NormalisedText) -> list[int]:
        """Return the rows of the features of a text, sorted, so that sums never differ."""
        # Not by `pair_set` and `word_set`: their cache is for texts that are compared, which are
        # only a few of all texts.
        rows = (
            *map(self._characters.get, set(text.text)),
            *map(self._pairs.get, set(text.pairs.tolist())),
            *map(self._words.get, text.words),
        )
        known = [row for row in rows if row is not None]
        known.sort()
        return known


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
        names = [name.partition(".")[0] for name in self._leaf_names]
        self._family_index = np.asarray([names.index(name) for name in names])
        self._is_leaf = np.asarray([name != OTHER for name in self._leaf_names])
        self.classify = lru_cache(maxsize=CACHED_TEXTS)(self._classify)

    def shares(self, text: NormalisedText) -> tuple[str, float, float]:
        """Return the likeliest leaf, its probability and that of its family, before any trust."""
        likely = _softmax(self.model.scores(text)) if self.model else _by_keywords(text)
        leaves = np.bincount(self._leaf_index, weights=likely, minlength=len(self._leaf_names))
        best = int(np.argmax(np.where(self._is_leaf, leaves, -1.0)))
        family = leaves[self._family_index == self._family_index[best]]
        return self._leaf_names[best], float(leaves[best]), float(family.sum())

    def _classify(self, text: NormalisedText) -> Classification:
        likely = _softmax(self.model.scores(text)) if self.model else _by_keywords(text)
        leaves = np.bincount(self._leaf_index, weights=likely, minlength=len(self._leaf_names))
        if not leaves.any():
            return Classification(likely, 0.0, "", 0.0, frozenset())
        families = frozenset(
            self._leaf_names[index].partition(".")[0] for index in np.flatnonzero(leaves >= LIKELY)
        )
        # A text of no matter is unknown: the class takes probability away from all leaves.
        best = int(np.argmax(np.where(self._is_leaf, leaves, -1.0)))
        leaf, confidence = self._leaf_names[best], float(leaves[best])
        if self.model:
            family = float(leaves[self._family_index == self._family_index[best]].sum())
            confidence = self.model.trust.confidence(confidence, family, length_of(text))
            if len(text.text) < FEWEST:
                confidence = min(confidence, UNSETTLED)
        roots = np.sqrt(likely, dtype=np.float32)
        return Classification(roots, float(likely.max()), leaf, round(confidence, 4), families)

    def with_channel_category(
        self, classification: Classification, native: str
    ) -> tuple[str, float]:
        """Return leaf and confidence by the text and by the channel's own category together.

        Bayes' rule: the probabilities by the text are weighted by how often a channel is right.
        The keywords of the category tree alone never overrule a channel.
        """
        if self.model is None or native not in self._leaf_names:
            return native, 1.0
        leaves = np.bincount(
            self._leaf_index, weights=classification.roots**2, minlength=len(self._leaf_names)
        )
        prior = np.full(len(leaves), (1 - NATIVE_RIGHT) / len(leaves))
        prior[self._leaf_names.index(native)] = NATIVE_RIGHT
        both = leaves * prior
        if not both.any():
            return native, NATIVE_RIGHT
        best = int(np.argmax(both))
        return self._leaf_names[best], round(float(both[best] / both.sum()), 4)


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
