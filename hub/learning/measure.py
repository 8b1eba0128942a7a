"""Measuring 检验: present and new models on decisions that neither was learnt from. Pure.

Both models answer the same questions, so the difference is that of the questions on which they
differ; its uncertainty is the 95 % interval of paired answers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt

from hub.learning.decisions import CategoryDecision
from hub.learning.pairs import ComparedPair
from streams.matching.classify import SURE, IssueClassifier
from streams.matching.text import normalised_text
from streams.matching.weights import Weights

NORMAL_95 = 1.96
ASKED, LOST, WRONG = 1.0, 3.0, 5.0
"""Cost of a pair: a person is asked; one matter stays two cases; two matters become one case."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The answers of two models to the same questions.

    `only_new` questions are answered better by the new model, `only_present` by the present one.
    `difference` is the mean gain by the new one, with its 95 % interval from `low` to `high`.
    """

    questions: int
    only_new: int
    only_present: int
    present: float
    new: float
    difference: float
    low: float
    high: float


def compare(present: Sequence[float], new: Sequence[float]) -> Compared:
    """Return the comparison of the marks of two models, question by question; higher is better."""
    gains = [after - before for before, after in zip(present, new, strict=True)]
    count = len(gains)
    if not count:
        return Compared(0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    mean = sum(gains) / count
    spread = sqrt(max(0.0, sum(gain * gain for gain in gains) / count - mean * mean) / count)
    return Compared(
        questions=count,
        only_new=sum(gain > 0 for gain in gains),
        only_present=sum(gain < 0 for gain in gains),
        present=round(sum(present) / count, 4),
        new=round(sum(new) / count, 4),
        difference=round(mean, 4),
        low=round(mean - NORMAL_95 * spread, 4),
        high=round(mean + NORMAL_95 * spread, 4),
    )


Answer = tuple[str, float]
"""A leaf, empty below the confidence from which it is used, and that confidence."""


def answer_of(classifier: IssueClassifier, decision: CategoryDecision) -> Answer:
    """Return the category that the hub would give to the report of a decision."""
    telling = decision.telling
    text = normalised_text(telling.title, telling.content, telling.place.name)
    classification = classifier.classify(text)
    leaf, confidence = classification.leaf, classification.confidence
    if decision.native:
        leaf, confidence = classifier.with_channel_category(classification, decision.native)
    return (leaf, confidence) if confidence >= SURE else ("", confidence)


def category_marks(answers: Iterable[Answer], leaves: Iterable[str]) -> list[float]:
    """Return 1 for each right answer, 0 for triage, and -1 for a wrong answer.

    A wrong answer sends the case to a wrong unit; without an answer a person decides.
    """
    return [
        1.0 if leaf == right else 0.0 if not leaf else -1.0
        for (leaf, _), right in zip(answers, leaves, strict=True)
    ]


def verdict_of(pair: ComparedPair, weights: Weights) -> str:
    """Return what the hub would do with a pair: merge, suggest or open."""
    score = 1 / (1 + exp(-max(-60.0, min(60.0, weights.odds(pair.features)))))
    if score >= weights.merge_at and not pair.barred:
        return "merge"
    return "suggest" if score >= weights.suggest_at else "open"


def verdict_list(pairs: Iterable[ComparedPair], weights: Weights) -> list[str]:
    """Return what the hub would do with each pair."""
    return [verdict_of(pair, weights) for pair in pairs]


def pair_marks(verdicts: Sequence[str], same: Sequence[bool]) -> list[float]:
    """Return the cost of each verdict as a negative number; `same` is whether it is one matter."""
    costs = {
        ("suggest", True): -ASKED,
        ("suggest", False): -ASKED,
        ("merge", False): -WRONG,
        ("open", True): -LOST,
    }
    return [costs.get(pair, 0.0) for pair in zip(verdicts, same, strict=True)]


def counted(verdicts: Sequence[str], same: Sequence[bool]) -> dict[str, int]:
    """Return how many pairs of one matter and of two matters get each verdict."""
    names = (
        f"{'one' if is_same else 'two'}: {verdict}"
        for verdict, is_same in zip(verdicts, same, strict=True)
    )
    return dict(sorted(Counter(names).items()))


def calibration(answers: Sequence[Answer], leaves: Sequence[str]) -> float:
    """Return by how much the mean confidence of the answers is off from how many are right."""
    with_leaf = [
        (leaf, sure, right) for (leaf, sure), right in zip(answers, leaves, strict=True) if leaf
    ]
    if not with_leaf:
        return 0.0
    right = sum(leaf == wanted for leaf, _, wanted in with_leaf) / len(with_leaf)
    return round(abs(sum(sure for _, sure, _ in with_leaf) / len(with_leaf) - right), 4)
