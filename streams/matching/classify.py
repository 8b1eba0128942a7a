"""Trouble 事由: what a text tells of, as probabilities over the tree's leaves and finer classes.

A trouble is finer than a leaf: facility.streetlight.dark and facility.streetlight.leaning are two.
Its weights are learnt (`make models`); without them the words of the category tree decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from schemas.category import CATEGORIES, OTHER
from streams.matching.text import REMEMBERED, Wording

Vector = NDArray[np.float32]
KEYWORDS = "keywords-1"
"""Version of the fallback: each leaf of the category tree is one trouble, told by its words."""
SURE = 0.5
"""Confidence from which a text's leaf is used; below it a person decides (待研判)."""
NATIVE_RIGHT = 0.97
"""How often a channel's own category is taken to be right: who takes a call picks from a list in
haste. Words overrule it only where the learnt model is sure of another; chosen on `learn`."""
LIKELY = 0.04
"""Confidence from which a leaf's family is one that a text may be of."""


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """What one text tells of.

    `roots` are the square roots of the troubles' probabilities, all zero where nothing is
    recognised; `surest` is the largest probability.
    """

    roots: Vector
    surest: float
    leaf: str
    confidence: float
    families: frozenset[str]


@dataclass(frozen=True, eq=False)
class Learnt:
    """A trained linear model. `rows` finds the line of a gram; a line has a weight per trouble."""

    version: str
    troubles: tuple[str, ...]
    rows: dict[str, int] = field(repr=False)
    rarity: Vector = field(repr=False)
    weights: NDArray[np.int8] = field(repr=False)
    scale: Vector = field(repr=False)
    bias: Vector = field(repr=False)
    temperature: float = 1.0

    @cached_property
    def _index(self) -> "_Index":
        return _Index(self.rows)

    def scores(self, told: Wording) -> Vector:
        """Return the logits of a text, calibrated; zeros where it has no known gram."""
        found = self._index.lines(told)
        if not found:
            return np.zeros(len(self.troubles), dtype=np.float32)
        lines = np.asarray(found)
        rare = self.rarity.take(lines)
        summed = rare @ self.weights.take(lines, axis=0).astype(np.float32)
        norm = sqrt(float(rare @ rare))
        return np.asarray((summed * self.scale / norm + self.bias) / self.temperature, np.float32)


def features(told: Wording) -> frozenset[str]:
    """Return what the model looks at: characters, pairs of them, and words."""
    pairs = map(" ".join, pairwise(told.text))
    return frozenset((*told.text, *pairs, *(f"={word}" for word in told.words)))


class _Index:
    """The rows of `features`: characters and words as they are, pairs as a wording has them."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        self._characters = {gram: row for gram, row in rows.items() if len(gram) == 1}
        self._words = {gram[1:]: row for gram, row in rows.items() if gram[0] == "="}
        self._pairs = {
            ord(gram[0]) << 16 | ord(gram[2]): row for gram, row in rows.items() if gram[1:2] == " "
        }

    def lines(self, told: Wording) -> list[int]:
        """Return the rows of a text's features in their order, so that sums are always the same."""
        # Not by the wording's own sets: those are made for texts that are compared, few of all.
        known = (
            *map(self._characters.get, set(told.text)),
            *map(self._pairs.get, set(told.pairs.tolist())),
            *map(self._words.get, told.said),
        )
        found = [row for row in known if row is not None]
        found.sort()
        return found


class Senses:
    """Tells the sense of wordings, by a learnt model or by the words of the tree.

    Pure: it only remembers what it has told before.
    """

    def __init__(self, learnt: Learnt | None = None) -> None:
        self.learnt = learnt
        self.version = learnt.version if learnt else KEYWORDS
        self.troubles: tuple[str, ...] = learnt.troubles if learnt else tuple(_LEAVES)
        self._leaf_names = tuple(dict.fromkeys(leaf_of(one) for one in self.troubles))
        self._leaf_index = np.asarray(
            [self._leaf_names.index(leaf_of(one)) for one in self.troubles]
        )
        self.of = lru_cache(maxsize=REMEMBERED)(self._of)

    def _of(self, told: Wording) -> Sense:
        likely = _softmax(self.learnt.scores(told)) if self.learnt else _by_keywords(told)
        leaves = np.bincount(self._leaf_index, weights=likely, minlength=len(self._leaf_names))
        best = int(np.argmax(leaves))
        confidence = float(leaves[best])
        if not confidence:
            return Sense(likely, 0.0, "", 0.0, frozenset())
        families = frozenset(
            self._leaf_names[index].partition(".")[0] for index in np.flatnonzero(leaves >= LIKELY)
        )
        leaf = self._leaf_names[best]
        roots = np.sqrt(likely, dtype=np.float32)
        return Sense(roots, float(likely.max()), leaf, round(confidence, 4), families)

    def sorted_with(self, sense: Sense, native: str) -> tuple[str, float]:
        """Return the leaf that a channel's own category and the words tell, and how surely.

        By Bayes: the words' probabilities, weighed by how seldom the channel is wrong. The words of
        the tree alone never overrule a channel.
        """
        if self.learnt is None or native not in self._leaf_names:
            return native, 1.0
        leaves = np.bincount(
            self._leaf_index, weights=sense.roots**2, minlength=len(self._leaf_names)
        )
        told = np.full(len(leaves), (1 - NATIVE_RIGHT) / len(leaves))
        told[self._leaf_names.index(native)] = NATIVE_RIGHT
        both = leaves * told
        if not both.any():
            return native, NATIVE_RIGHT
        best = int(np.argmax(both))
        return self._leaf_names[best], round(float(both[best] / both.sum()), 4)


def leaf_of(trouble: str) -> str:
    """Return the leaf of a trouble: its first two parts."""
    return ".".join(trouble.split(".")[:2])


_LEAVES = [code for code in CATEGORIES if code != OTHER]


def _by_keywords(told: Wording) -> Vector:
    scores = np.asarray(
        [
            sum(len(word) * told.text.count(word) for word in CATEGORIES[code].words)
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


def agreement(here: Sense, there: Sense) -> float:
    """Return how alike the probabilities of two texts are: the Bhattacharyya coefficient, 0..1."""
    return float(here.roots @ there.roots)


def clash(here: Sense, there: Sense, alike: float) -> float:
    """Return how surely two texts tell of two troubles, 0..1; `alike` is their agreement."""
    return (1 - alike) * min(here.surest, there.surest)
