"""Learns what a text tells of 事由: a linear model over pairs of characters and words.

Needs scikit-learn, which is in the extra `learn` only: a running hub reads what was learnt.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from hub.lab.simulate.language.slips import misheard, said_building
from hub.lab.simulate.language.wordings import Wording
from streams.matching.classify import Learnt, Sense, Senses, Vector, features, leaf_of
from streams.matching.text import wording

VERSION = "senses-1"
SHARPNESS = 2.0
"""Inverse of the regularisation; chosen on the halves of `learn`."""
INT8 = 127


@dataclass(frozen=True, slots=True)
class Example:
    """One text, with its trouble."""

    title: str
    text: str
    trouble: str


def examples(
    told: Mapping[str, Sequence[Wording]], draw: random.Random, variants: int
) -> list[Example]:
    """Return each wording with and without its title, and as it may be misheard."""
    made = []
    for trouble, ones in told.items():
        for one in ones:
            text = filled(draw, one.text)
            made += [Example(filled(draw, one.title), text, trouble), Example("", text, trouble)]
            made += [Example("", misheard(draw, text, 0.06), trouble) for _ in range(variants)]
    return made


def filled(draw: random.Random, text: str) -> str:
    """Return a wording without its place, in any building, of nobody."""
    building = said_building(draw, draw.randint(1, 20), 0)
    return text.replace("{p}", "").replace("{b}", building).replace("{o}", "")


def learn_senses(told: Mapping[str, Sequence[Wording]], seed: int = 1) -> Learnt:
    """Return the model of these wordings, not calibrated."""
    shown = examples(told, random.Random(seed), variants=1)
    found = [sorted(features(wording(one.title, one.text))) for one in shown]
    rows, rarity = _vocabulary(found)
    matrix = _matrix(found, rows, rarity)
    troubles = tuple(sorted(told))
    answers = [troubles.index(one.trouble) for one in shown]
    fitted = LogisticRegression(C=SHARPNESS, max_iter=60, tol=1e-6).fit(matrix, answers)
    weights = fitted.coef_.T
    scale = np.abs(weights).max(axis=0) / INT8
    return Learnt(
        version=VERSION,
        troubles=troubles,
        rows=rows,
        rarity=rarity,
        weights=np.rint(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=fitted.intercept_.astype(np.float32),
    )


def _vocabulary(found: Sequence[Sequence[str]]) -> tuple[dict[str, int], Vector]:
    """Return the grams that several wordings have, and how rare each is (IDF)."""
    counts: dict[str, int] = {}
    for grams in found:
        for gram in grams:
            counts[gram] = counts.get(gram, 0) + 1
    # Each wording is shown three times; what is there once is only a slip of hearing.
    kept = sorted(gram for gram, count in counts.items() if count > 1)
    rarity = [1 + log(len(found) / counts[gram]) for gram in kept]
    halved = np.asarray(rarity, dtype=np.float16).astype(np.float32)
    return {gram: row for row, gram in enumerate(kept)}, halved


def _matrix(found: Iterable[Sequence[str]], rows: Mapping[str, int], rarity: Vector) -> csr_matrix:
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for grams in found:
        known = [rows[gram] for gram in grams if gram in rows]
        norm = float(np.linalg.norm(rarity[known])) or 1.0
        columns += known
        values += [float(rarity[row]) / norm for row in known]
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(ends) - 1, len(rows)))


def calibrated(learnt: Learnt, told: Mapping[str, Sequence[Wording]], seed: int = 2) -> Learnt:
    """Return a model with the temperature at which its confidence is right on unseen wordings."""
    shown = [one for one in examples(told, random.Random(seed), variants=1)
             if one.trouble in learnt.troubles]  # fmt: skip
    temperatures = [0.04 * 1.1**step for step in range(40)]
    losses = [_loss(Senses(replace(learnt, temperature=t)), shown) for t in temperatures]
    return replace(learnt, temperature=temperatures[int(np.argmin(losses))])


def _loss(senses: Senses, shown: Sequence[Example]) -> float:
    """Return the mean negative log likelihood of the troubles."""
    at = {trouble: index for index, trouble in enumerate(senses.troubles)}
    told = [senses.of(wording(one.title, one.text)).roots[at[one.trouble]] for one in shown]
    return float(-2 * np.log(np.maximum(np.asarray(told), 1e-4)).mean())


def accuracy(senses: Senses, shown: Sequence[Example]) -> dict[str, float]:
    """Return the share of right leaves: of all, and of those that are told with confidence."""
    told: list[tuple[Sense, str]] = [
        (senses.of(wording(one.title, one.text)), leaf_of(one.trouble)) for one in shown
    ]
    sure = [(sense, leaf) for sense, leaf in told if sense.confidence >= 0.5]
    return {
        "leaf": round(sum(sense.leaf == leaf for sense, leaf in told) / len(told), 4),
        "sure": round(len(sure) / len(told), 4),
        "leaf_where_sure": round(sum(s.leaf == leaf for s, leaf in sure) / max(1, len(sure)), 4),
    }
