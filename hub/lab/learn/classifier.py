"""Trains the issue classifier 事由: a linear model over characters, pairs of them and words.

It learns from written sentences by issue class, from the words of the category tree, and from texts
that officials have labelled, if there are any: with a leaf, or with leaves that are possible.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
from scipy.sparse import csr_matrix

from hub.lab.learn.soft_targets import Texts, fit
from hub.lab.simulate.language.letters import in_a_letter
from hub.lab.simulate.language.slips import misheard, spoken_building
from hub.lab.simulate.language.wordings import Wording
from schemas.category import CATEGORIES
from streams.matching.classify import LinearModel, Vector, leaf_of, length_of
from streams.matching.feature_index import features
from streams.matching.text import NormalisedText, normalised_text

VERSION = "senses-2"
INT8 = 127
OFTEN_WRITTEN, OFTEN_LABELLED = 3, 6
"""Texts of wordings (three of each), and labelled texts, that must have a feature to be learnt.

No single labelled text leaves a trace.
"""
DRAWS_OF_WORD, WEIGHT_OF_WORDS = 3, 0.3
"""Texts of the words of the tree: how many a word, and the weight of each."""
WEIGHT_OF_LABELLED = 5.0
"""Of a labelled text; of a written one it is 1. Chosen on labelled texts that were kept apart."""


@dataclass(frozen=True, slots=True)
class TrainingText:
    """One text, with its issue class."""

    title: str
    text: str
    issue_class: str


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text that an official has sorted.

    `leaves` are the leaves that it may have, each with a weight of 0 to 1: one leaf with 1 for a
    decision, many for a label that is a broad family.
    """

    title: str
    text: str
    leaves: Mapping[str, float] = field(repr=False)

    @property
    def normalised(self) -> NormalisedText:
        """The text as the classifier reads it."""
        return normalised_text(self.title, self.text)


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


def train(
    by_class: Mapping[str, Sequence[Wording]],
    labelled: Sequence[LabelledText] = (),
    seed: int = 1,
) -> LinearModel:
    """Return a model of wordings by issue class and of `labelled` texts, not calibrated."""
    draw = random.Random(seed)
    issue_classes = tuple(sorted(by_class))
    written = _in_letters(training_texts(by_class, draw, variants=1), draw)
    words = _texts_of_words(issue_classes, draw)
    shown = [normalised_text(text.title, text.text) for text in (*written, *words)]
    real = [text.normalised for text in labelled]
    vocabulary = _Vocabulary.of(shown, real)
    one_class = _shares(issue_classes, [{text.issue_class: 1.0} for text in (*written, *words)])
    exact = Texts(
        rows=vocabulary.matrix(shown),
        shares=one_class / one_class.sum(axis=1, keepdims=True),
        weights=np.repeat((1.0, WEIGHT_OF_WORDS), (len(written), len(words))).astype(np.float32),
    )
    possible_classes = _shares(issue_classes, [text.leaves for text in labelled])
    possible = Texts(
        rows=vocabulary.matrix(real),
        shares=possible_classes,
        weights=np.where(possible_classes.any(axis=1), WEIGHT_OF_LABELLED, 0).astype(np.float32),
    )
    fitted = fit(exact, possible)
    weights, long_bias = fitted.coefficients[:-1], fitted.coefficients[-1]
    scale = np.abs(weights).max(axis=0) / INT8
    return LinearModel(
        version=VERSION,
        issue_classes=issue_classes,
        rows=vocabulary.rows,
        rarity=vocabulary.rarity,
        weights=np.rint(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=fitted.biases,
        long_bias=long_bias,
        learnt_from=f"{len(written)} written texts, {len(labelled)} labelled texts",
    )


def _in_letters(texts: Sequence[TrainingText], draw: random.Random) -> list[TrainingText]:
    """Return the texts, every third of them, the one without a title, inside a letter."""
    return [
        TrainingText("", in_a_letter(draw, text.text), text.issue_class) if at % 3 == 1 else text
        for at, text in enumerate(texts)
    ]


def _texts_of_words(issue_classes: Sequence[str], draw: random.Random) -> list[TrainingText]:
    """Return texts of one to three words of a leaf; its issue classes share each."""
    texts = []
    for leaf in sorted(set(map(leaf_of, issue_classes))):
        words = CATEGORIES[leaf].words
        for number in range(DRAWS_OF_WORD * len(words)):
            others = draw.sample(words, min(len(words), draw.randint(0, 2)))
            text = "".join(dict.fromkeys((words[number % len(words)], *others)))
            texts.append(TrainingText("", text, leaf))
    return texts


def _shares(issue_classes: Sequence[str], texts: Sequence[Mapping[str, float]]) -> Vector:
    """Return the weight of each class, its own or that of its leaf: shape (texts, classes)."""
    rows = [
        [wanted.get(name, wanted.get(leaf_of(name), 0.0)) for name in issue_classes]
        for wanted in texts
    ]
    return np.asarray(rows, np.float32).reshape(len(rows), len(issue_classes))


@dataclass(frozen=True, slots=True, eq=False)
class _Vocabulary:
    """The features that enough texts have, with their rarity (IDF)."""

    rows: dict[str, int]
    rarity: Vector

    @classmethod
    def of(
        cls, written: Sequence[NormalisedText], labelled: Sequence[NormalisedText]
    ) -> "_Vocabulary":
        """Return the vocabulary of written and of labelled texts."""
        in_written = Counter(gram for text in written for gram in features(text))
        in_labelled = Counter(gram for text in labelled for gram in features(text))
        often = {gram for gram, count in in_written.items() if count >= OFTEN_WRITTEN}
        often |= {gram for gram, count in in_labelled.items() if count >= OFTEN_LABELLED}
        frequent = sorted(often)
        total = len(written) + len(labelled)
        rarity = [1 + log(total / (in_written[gram] + in_labelled[gram])) for gram in frequent]
        halved = np.asarray(rarity, dtype=np.float16).astype(np.float32)
        return cls({gram: row for row, gram in enumerate(frequent)}, halved)

    def matrix(self, texts: Iterable[NormalisedText]) -> csr_matrix:
        """Return the normalised TF-IDF matrix; its last column is the length of the text."""
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            known = sorted(self.rows[gram] for gram in features(text) if gram in self.rows)
            norm = float(np.linalg.norm(self.rarity[known])) or 1.0
            columns += [*known, len(self.rows)]
            values += [*(self.rarity[known] / norm).tolist(), length_of(text)]
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.rows) + 1)
        return csr_matrix((np.asarray(values, np.float32), columns, ends), shape=shape)
