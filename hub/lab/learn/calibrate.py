"""Makes the confidence of a model honest 校准, by texts that it has not seen.

Two things are learnt: the temperature, at which the probabilities of the issue classes fit; and the
trust, which says how often a leaf is right. A leaf of a written sentence is right if it is the
sentence's own; of a labelled text, if the label admits it.
"""

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hub.lab.learn.classifier import LabelledText, TrainingText, training_texts
from hub.lab.learn.soft_targets import softmax
from hub.lab.simulate.language.wordings import Wording
from streams.matching.classify import (
    SETTLED,
    IssueClassifier,
    LinearModel,
    Trust,
    leaf_of,
    length_of,
    log_odds,
)
from streams.matching.text import NormalisedText, normalised_text

TEMPERATURES = tuple(0.04 * 1.1**step for step in range(40))
PULL = 0.001
"""Strength with which the trust is kept at the bare probability of the leaf."""
WEIGHTS = (1, 4)
"""Of all written, and of all labelled answers: what comes is like the second."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of a text that it has not seen, and whether it is right."""

    leaf_odds: float
    family: float
    length: float
    right: bool

    @property
    def settled(self) -> bool:
        """Whether the trust applies."""
        return self.family >= SETTLED


def calibrated(
    model: LinearModel,
    by_class: Mapping[str, Sequence[Wording]],
    labelled: Sequence[LabelledText] = (),
    seed: int = 2,
) -> LinearModel:
    """Return the model with the temperature and the trust that fit unseen texts."""
    texts = [
        text
        for text in training_texts(by_class, random.Random(seed), variants=1)
        if text.issue_class in model.issue_classes
    ]
    warm = replace(model, temperature=_best_temperature(model, texts))
    classifier = IssueClassifier(replace(warm, trust=Trust()))
    groups = [
        [_answer(classifier, _normalised(text), {leaf_of(text.issue_class)}) for text in texts],
        [_answer(classifier, text.normalised, text.leaves) for text in labelled],
    ]
    return replace(warm, trust=_trust(groups))


def _trust(groups: Sequence[Sequence[Answer]]) -> Trust:
    """Return the trust with the least logarithmic loss; `WEIGHTS` is that of each group.

    Only answers whose family is settled count, since the trust decides about no others.
    """
    groups = [[answer for answer in group if answer.settled] for group in groups]
    answers = [answer for group in groups for answer in group]
    values = np.asarray(
        [(1, a.leaf_odds, log_odds(a.family), a.length, a.leaf_odds * a.length) for a in answers]
    )
    right = np.asarray([answer.right for answer in answers], dtype=float)
    weights = np.concatenate(
        [np.full(len(g), w / max(1, len(g))) for g, w in zip(groups, WEIGHTS, strict=True)]
    )
    bare = np.asarray((0.0, 1.0, 0.0, 0.0, 0.0))

    def loss(trust: NDArray[np.float64]) -> float:
        odds = values @ trust
        misfit = np.logaddexp(0, odds) - right * odds
        return float(weights @ misfit + PULL * ((trust - bare) ** 2).sum())

    fitted = minimize(loss, bare, method="L-BFGS-B").x
    return Trust(*(round(float(value), 4) for value in fitted))


def _normalised(text: TrainingText) -> NormalisedText:
    return normalised_text(text.title, text.text)


def _answer(classifier: IssueClassifier, text: NormalisedText, right: Container[str]) -> Answer:
    classification = classifier.classify(text)
    family = classification.leaf.partition(".")[0]
    shares = classification.roots**2
    whole = sum(
        float(share)
        for name, share in zip(classifier.issue_classes, shares, strict=True)
        if name.partition(".")[0] == family
    )
    is_right = classification.leaf in right
    return Answer(log_odds(classification.confidence), whole, length_of(text), is_right)


def _best_temperature(model: LinearModel, texts: Sequence[TrainingText]) -> float:
    """Return the temperature with the least mean negative log likelihood of the issue classes."""
    at = {issue_class: index for index, issue_class in enumerate(model.issue_classes)}
    bare = replace(model, temperature=1.0)
    scores = np.asarray([bare.scores(_normalised(text)) for text in texts], np.float32)
    answers = (np.arange(len(texts)), [at[text.issue_class] for text in texts])
    losses = []
    for temperature in TEMPERATURES:
        likely = softmax(scores / np.float32(temperature))[answers]
        losses.append(-np.log(np.maximum(likely, 1e-8)).mean())
    return TEMPERATURES[int(np.argmin(losses))]
