"""Learning categories 事项学习: the shipped classifier, changed by what persons have decided.

Decisions name leaves of the category tree; the classifier knows finer issue classes. What is learnt
is added to all classes of a leaf, so the difference between the classes of one leaf stays. The
features stay those of the shipped model: no name and no phrase of the city enters the model, only
numbers change. A leaf that the shipped model lacks gets a class of its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.learning.logistic import Floats, change_of_classes, weights_near
from streams.matching.classify import (
    IssueClassifier,
    LinearModel,
    Trust,
    leaf_of,
    length_of,
    log_odds,
)
from streams.matching.feature_index import features
from streams.matching.text import NormalisedText

RIDGE = 0.05
"""Strength of the pull towards the shipped weights, in decisions. Weaker than it sounds: a feature
is a small part of a text of length 1."""
NEW_LEAF = 8
"""Decisions for a leaf that the shipped model lacks, from which it becomes a class."""
TRUST_RIDGE = 5.0
"""Strength of the pull towards the shipped trust, in decisions."""
FREQUENT = 4
"""Examples with a feature, from which its weights may change."""
RARE = 2000
"""Of so many examples one must have a feature, so that many decisions do not take hours."""
INT8 = 127
SMALLEST = 1e-9
CALIBRATED_BY = 5
"""Every fifth example is kept from a first fit, and says how far that can be trusted."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the leaf that a person gave to it, and how much that counts."""

    text: NormalisedText
    leaf: str
    weight: float


def learnt_classifier(base: LinearModel, examples: Sequence[Example], version: str) -> LinearModel:
    """Return `base`, changed by the examples; its confidence is how often it is right.

    A first fit without every fifth example answers these; how often it is right there decides what
    its confidence means. Then the model is fitted to all examples.
    """
    start = _with_new_leaves(base, examples)
    known = set(map(leaf_of, start.issue_classes))
    fit = _Fit(start, [example for example in examples if example.leaf in known])
    kept = np.arange(len(fit.examples)) % CALIBRATED_BY != 0
    first = fit.change(kept)
    trust = _trust(fit.model(first, version), list(compress(fit.examples, ~kept)))
    model = fit.model(fit.change(np.ones_like(kept), first), version)
    return replace(model, trust=trust, learnt_from=f"{base.learnt_from}; decisions of the city")


def _with_new_leaves(base: LinearModel, examples: Sequence[Example]) -> LinearModel:
    """Return the model with a class without weights for each new leaf that has enough examples."""
    counts = Counter(example.leaf for example in examples)
    known = set(map(leaf_of, base.issue_classes))
    added = sorted(leaf for leaf, n in counts.items() if n >= NEW_LEAF and leaf not in known)
    if not added:
        return base
    zeros = np.zeros((base.weights.shape[0], len(added)), dtype=np.int8)
    lowest = np.full(len(added), base.bias.min(), dtype=np.float32)
    return replace(
        base,
        issue_classes=(*base.issue_classes, *(f"{leaf}.decided" for leaf in added)),
        weights=np.hstack([base.weights, zeros]),
        scale=np.concatenate([base.scale, np.full(len(added), base.scale.mean(), np.float32)]),
        bias=np.concatenate([base.bias, lowest]),
        long_bias=None
        if base.long_bias is None
        else np.concatenate([base.long_bias, np.zeros(len(added), np.float32)]),
    )


class _Fit:
    """Examples as numbers, to fit a change of `start` to some or all of them."""

    def __init__(self, start: LinearModel, examples: Sequence[Example]) -> None:
        self.start, self.examples = start, examples
        leaves = sorted(set(map(leaf_of, start.issue_classes)))
        at = {leaf: index for index, leaf in enumerate(leaves)}
        self._of_class = np.asarray([at[leaf_of(issue)] for issue in start.issue_classes])
        self._matrix, self._columns = _matrix(start, examples)
        self._offsets = np.asarray(
            [_leaf_logits(start.scores(e.text), self._of_class, len(leaves)) for e in examples]
        )
        self._answers = np.asarray([at[example.leaf] for example in examples])
        self._importance = np.asarray([example.weight for example in examples])

    def change(self, chosen: NDArray[np.bool_], begin: Floats | None = None) -> Floats:
        """Return the change by the chosen examples, looked for from `begin` on."""
        return change_of_classes(
            self._matrix[chosen],
            self._offsets[chosen],
            self._answers[chosen],
            self._importance[chosen],
            RIDGE,
            begin,
        )

    def model(self, change: Floats, version: str) -> LinearModel:
        """Return `start` after a change, with the temperature of `start`."""
        start = self.start
        by_class = change[:, self._of_class] * start.temperature
        table = start.weights.astype(np.float32) * start.scale
        table[self._columns] += by_class[:-1].astype(np.float32)
        scale = np.maximum(np.abs(table).max(axis=0) / INT8, SMALLEST)
        return replace(
            start,
            version=version,
            weights=np.rint(table / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            bias=start.bias + by_class[-1].astype(np.float32),
        )


def _leaf_logits(scores: Any, of_class: NDArray[np.intp], leaves: int) -> Floats:
    """Return the logit of each leaf: the logarithm of the sum over its classes."""
    top = float(scores.max())
    sums = np.bincount(of_class, weights=np.exp(scores - top), minlength=leaves)
    return np.asarray(np.log(np.maximum(sums, 1e-30)) + top)


def _matrix(model: LinearModel, examples: Sequence[Example]) -> tuple[Any, NDArray[np.intp]]:
    """Return the normalised TF-IDF rows of examples, and the rows of the model of their columns.

    A feature that only a few examples have tells nothing: it has no column, and stays as it is.
    """
    from scipy.sparse import csr_matrix

    rows = [_rows_of(model.rows, example.text) for example in examples]
    counts = np.bincount(np.concatenate([*rows, np.zeros(0, np.intp)]), minlength=len(model.rows))
    columns = np.flatnonzero(counts >= max(FREQUENT, len(examples) // RARE))
    place = np.full(len(model.rows), -1, dtype=np.intp)
    place[columns] = np.arange(len(columns))
    places = [place[row] for row in rows]
    values = [_unit(model.rarity[row])[at >= 0] for row, at in zip(rows, places, strict=True)]
    places = [at[at >= 0] for at in places]
    ends = np.cumsum([0, *map(len, places)])
    entries = (np.concatenate(values), np.concatenate(places), ends)
    return csr_matrix(entries, shape=(len(examples), len(columns))), columns


def _rows_of(rows: Mapping[str, int], text: NormalisedText) -> NDArray[np.intp]:
    known = (rows.get(gram) for gram in features(text))
    return np.asarray(sorted(row for row in known if row is not None), dtype=np.intp)


def _unit(values: Any) -> Floats:
    norm = float(np.linalg.norm(values)) or 1.0
    return np.asarray(values, dtype=np.float64) / norm


def _trust(model: LinearModel, examples: Sequence[Example]) -> Trust:
    """Return how often the model is right, by examples that it was not fitted to."""
    classifier = IssueClassifier(model)
    prior, rows, marks = np.asarray(astuple(model.trust)), [], []
    for example in examples:
        leaf, *shares = classifier.shares(example.text)
        odds, of_family = map(log_odds, shares)
        length = length_of(example.text)
        rows.append([odds, of_family, length, odds * length])
        marks.append(1.0 if leaf == example.leaf else -1.0)
    if not rows:
        return model.trust
    weights = np.asarray([example.weight for example in examples])
    ends = [(-20.0, 20.0)] * len(prior)
    return Trust(
        *map(
            float,
            weights_near(np.asarray(rows), np.asarray(marks), weights, prior, TRUST_RIDGE, ends),
        )
    )
