"""Trains the issue classifier 事由: a linear model over characters, pairs of them and words.

Needs scikit-learn, which is in the extra `learn` only: a running hub reads the trained model.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from hub.lab.simulate.language.slips import misheard, spoken_building
from hub.lab.simulate.language.wordings import Wording
from streams.matching.classify import (
    Classification,
    IssueClassifier,
    LinearModel,
    Vector,
    features,
)
from streams.matching.text import normalised_text

VERSION = "senses-1"
SHARPNESS = 2.0
"""Inverse of the strength of regularisation; chosen on the halves of the split `learn`."""
INT8 = 127


@dataclass(frozen=True, slots=True)
class TrainingText:
    """One text, with its issue class."""

    title: str
    text: str
    issue_class: str


def training_texts(
    by_class: Mapping[str, Sequence[Wording]], draw: random.Random, variants: int
) -> list[TrainingText]:
    """Return each wording with its title, without it, and misheard in `variants` ways."""
    texts = []
    for issue_class, wordings in by_class.items():
        for wording in wordings:
            text = filled(draw, wording.text)
            texts.append(TrainingText(filled(draw, wording.title), text, issue_class))
            texts.append(TrainingText("", text, issue_class))
            texts += [
                TrainingText("", misheard(draw, text, 0.06), issue_class) for _ in range(variants)
            ]
    return texts


def filled(draw: random.Random, text: str) -> str:
    """Return the text of a wording without a place and an object, with a random building."""
    building = spoken_building(draw, draw.randint(1, 20), 0)
    return text.replace("{p}", "").replace("{b}", building).replace("{o}", "")


def train(by_class: Mapping[str, Sequence[Wording]], seed: int = 1) -> LinearModel:
    """Return a model trained on wordings by issue class, not calibrated."""
    texts = training_texts(by_class, random.Random(seed), variants=1)
    documents = [sorted(features(normalised_text(text.title, text.text))) for text in texts]
    rows, rarity = _vocabulary(documents)
    matrix = _matrix(documents, rows, rarity)
    issue_classes = tuple(sorted(by_class))
    answers = [issue_classes.index(text.issue_class) for text in texts]
    fitted = LogisticRegression(C=SHARPNESS, max_iter=60, tol=1e-6).fit(matrix, answers)
    weights = fitted.coef_.T
    scale = np.abs(weights).max(axis=0) / INT8
    return LinearModel(
        version=VERSION,
        issue_classes=issue_classes,
        rows=rows,
        rarity=rarity,
        weights=np.rint(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=fitted.intercept_.astype(np.float32),
    )


def _vocabulary(documents: Sequence[Sequence[str]]) -> tuple[dict[str, int], Vector]:
    """Return the row of each feature that several texts have, and its rarity (IDF)."""
    counts: dict[str, int] = {}
    for grams in documents:
        for gram in grams:
            counts[gram] = counts.get(gram, 0) + 1
    # There are three texts of each wording. A feature of one text only is a slip of hearing.
    frequent = sorted(gram for gram, count in counts.items() if count > 1)
    rarity = [1 + log(len(documents) / counts[gram]) for gram in frequent]
    halved = np.asarray(rarity, dtype=np.float16).astype(np.float32)
    return {gram: row for row, gram in enumerate(frequent)}, halved


def _matrix(
    documents: Iterable[Sequence[str]], rows: Mapping[str, int], rarity: Vector
) -> csr_matrix:
    """Return the normalised TF-IDF matrix, shape (documents, features)."""
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for grams in documents:
        known = [rows[gram] for gram in grams if gram in rows]
        norm = float(np.linalg.norm(rarity[known])) or 1.0
        columns += known
        values += [float(rarity[row]) / norm for row in known]
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(ends) - 1, len(rows)))


def calibrated(
    model: LinearModel, by_class: Mapping[str, Sequence[Wording]], seed: int = 2
) -> LinearModel:
    """Return the model with the temperature at which its confidence is right on new wordings."""
    texts = [
        text
        for text in training_texts(by_class, random.Random(seed), variants=1)
        if text.issue_class in model.issue_classes
    ]
    temperatures = [0.04 * 1.1**step for step in range(40)]
    losses = [_loss(IssueClassifier(replace(model, temperature=t)), texts) for t in temperatures]
    return replace(model, temperature=temperatures[int(np.argmin(losses))])


def _classified(classifier: IssueClassifier, text: TrainingText) -> Classification:
    return classifier.classify(normalised_text(text.title, text.text))


def _loss(classifier: IssueClassifier, texts: Sequence[TrainingText]) -> float:
    """Return the mean negative log likelihood of the issue classes."""
    at = {issue_class: index for index, issue_class in enumerate(classifier.issue_classes)}
    roots = [_classified(classifier, text).roots[at[text.issue_class]] for text in texts]
    return float(-2 * np.log(np.maximum(np.asarray(roots), 1e-4)).mean())
