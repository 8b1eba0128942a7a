"""`hub learn train` 训练: a new version of the models, measured against those in use.

The decisions of the last month only measure. The rest is learnt from, together with texts that the
program ships, from the shipped weights on: so the way back is always the same, and no drift adds up
over many trainings. A part that is not better than what is in use is left as it is; if both are,
nothing is written.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hub.learning.categories import Example, learnt_classifier
from hub.learning.decisions import (
    CategoryDecision,
    LearningError,
    PairDecision,
    decisions_path,
    order_of,
    read_decisions,
)
from hub.learning.measure import (
    answer_of,
    calibration,
    category_marks,
    compare,
    counted,
    pair_marks,
    verdict_list,
)
from hub.learning.pairs import compared, learnt_weights
from hub.learning.versions import named, version_of, write_version
from hub.learning.weighing import category_weights, consistent, drawn
from hub.settings.learning import LearningSettings
from hub.town.model_versions import in_use, models_folder
from hub.town.models import load_matcher
from streams.matching.classify import IssueClassifier, LinearModel
from streams.matching.matcher import Matcher
from streams.matching.text import NormalisedText, normalised_text
from streams.matching.weights import Weights

SHIPPED_WEIGHT = 0.2
"""Weight of a shipped text, in decisions: what the city has not decided stays as it was."""
SHIPPED_FALL = 0.05
"""Largest fall of the share of shipped texts that are classified right.

A city may sort some matters in its own way, against the shipped texts; it must not forget the rest.
"""
FEWEST_MEASURED = 30
"""Fewest decisions that measure a part."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ShippedText:
    """A text that the program ships, with its leaf."""

    title: str
    content: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The decisions of one kind, cut in time by case: to learn from, and to measure with."""

    learn: list[Any]
    measure: list[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for the classifier or the weights: whether it is taken, why, and the figures."""

    taken: bool
    reason: str
    figures: dict[str, Any]


def train(
    settings: LearningSettings,
    shipped: Iterable[ShippedText],
    on_progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Write a new version and return its card; raises `LearningError` if nothing is better."""
    if find_spec("scipy") is None:
        raise LearningError(
            "training needs scipy; install the extra: pip install minqing-hub[learn]"
        )
    path = decisions_path(settings)
    on_progress("reading the decisions")
    categories, pairs = _parts(settings, path)
    base, present = load_matcher(settings.models), load_matcher(models_folder(settings))
    version = version_of(settings, path)
    on_progress(f"learning from {len(categories.learn)} categories")
    model, about_categories = _classifier(
        settings, categories, list(shipped), base, present, version
    )
    chosen = replace(present, classifier=IssueClassifier(model)) if model else present
    on_progress(f"learning from {len(pairs.learn)} pairs")
    weights, about_pairs = _weights(settings, pairs, base.weights, present, chosen, version)
    if not about_categories.taken and not about_pairs.taken:
        raise LearningError(
            f"no new version: categories: {about_categories.reason}; pairs: {about_pairs.reason}"
        )
    card = {
        "version": version,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "compared_with": in_use(settings).version,
        "held_out_from": _first_of([*categories.measure, *pairs.measure]),
        "categories": asdict(about_categories),
        "pairs": asdict(about_pairs),
    }
    matcher = replace(chosen, weights=weights or present.weights)
    write_version(settings, version, matcher, card)
    return card


def _parts(settings: LearningSettings, path: Path) -> tuple[Parts, Parts]:
    """Return the decisions of both kinds, at most `HUB_LEARN_MOST` of each, in a fixed order."""
    last = max((decision.at for decision in read_decisions(path)), default=None)
    if last is None:
        raise LearningError(f"{path} has no decisions; nobody has decided anything yet")
    boundary = last - timedelta(days=settings.learn_held_out)

    def of(kind: type[Any]) -> Parts:
        mine = (decision for decision in read_decisions(path) if isinstance(decision, kind))
        kept = drawn(mine, settings.learn_most, order_of)
        return Parts(
            [decision for decision in kept if decision.at < boundary],
            [decision for decision in kept if decision.at >= boundary],
        )

    return of(CategoryDecision), of(PairDecision)


def _first_of(measured: Sequence[CategoryDecision | PairDecision]) -> str:
    first = min((decision.at for decision in measured), default=None)
    return first.isoformat(timespec="seconds") if first else ""


def _too_few(name: str, decisions: Sequence[Any], measured: int, least: int, persons: int) -> str:
    """Return why there are too few decisions; empty if there are enough."""
    people = {decision.by for decision in decisions}
    if len(decisions) < least:
        return f"{len(decisions)} {name} to learn from, and at least {least} are needed"
    if len(people) < persons:
        return f"they are of {len(people)} person, and at least {persons} are needed"
    if measured < FEWEST_MEASURED:
        return f"{measured} {name} to measure with, and at least {FEWEST_MEASURED} are needed"
    return ""


def _classifier(
    settings: LearningSettings,
    parts: Parts,
    shipped: Sequence[ShippedText],
    base: Matcher,
    present: Matcher,
    version: str,
) -> tuple[LinearModel | None, Outcome]:
    """Return the new model, or None and why the present one stays."""
    learn = consistent(parts.learn)
    disputed = len(parts.learn) - len(learn)
    few = _too_few(
        "categories", learn, len(parts.measure), settings.learn_categories, settings.learn_persons
    )
    if few or base.classifier.model is None:
        return None, Outcome(False, few or "HUB_MODELS has no classifier to start from", {})
    examples = [
        Example(_text_of(decision), decision.leaf, weight)
        for decision, weight in zip(learn, category_weights(learn), strict=True)
    ]
    texts = [normalised_text(text.title, text.content) for text in shipped]
    examples += [
        Example(text, known.leaf, SHIPPED_WEIGHT)
        for text, known in zip(texts, shipped, strict=True)
    ]
    name = named(base.classifier.version, version)
    model = learnt_classifier(base.classifier.model, examples, name)
    figures = _category_figures(parts.measure, present.classifier, IssueClassifier(model))
    figures |= {"learnt_from": len(learn), "contradictory": disputed}
    figures["shipped_texts"] = _shipped_figures(
        texts, [text.leaf for text in shipped], present.classifier, IssueClassifier(model)
    )
    reason = _why_not(figures)
    return (None if reason else model), Outcome(not reason, reason or "better", figures)


def _text_of(decision: CategoryDecision) -> NormalisedText:
    telling = decision.telling
    return normalised_text(telling.title, telling.content, telling.place.name)


def _category_figures(
    measured: Sequence[CategoryDecision], present: IssueClassifier, new: IssueClassifier
) -> dict[str, Any]:
    leaves = [decision.leaf for decision in measured]
    before = [answer_of(present, decision) for decision in measured]
    after = [answer_of(new, decision) for decision in measured]
    return {
        "measured": asdict(compare(category_marks(before, leaves), category_marks(after, leaves))),
        "right": {"present": _right(before, leaves), "new": _right(after, leaves)},
        "answered": {"present": _answered(before), "new": _answered(after)},
        "calibration_off": {
            "present": calibration(before, leaves),
            "new": calibration(after, leaves),
        },
    }


def _right(answers: Sequence[tuple[str, float]], leaves: Sequence[str]) -> int:
    return sum(leaf == right for (leaf, _), right in zip(answers, leaves, strict=True))


def _answered(answers: Sequence[tuple[str, float]]) -> int:
    return sum(bool(leaf) for leaf, _ in answers)


def _shipped_figures(
    texts: Sequence[NormalisedText],
    leaves: Sequence[str],
    present: IssueClassifier,
    new: IssueClassifier,
) -> dict[str, float]:
    def right(classifier: IssueClassifier) -> float:
        answers = [classifier.classify(text).leaf for text in texts]
        marks = [answer == leaf for answer, leaf in zip(answers, leaves, strict=True)]
        return round(sum(marks) / len(marks), 4) if marks else 0.0

    return {"present": right(present), "new": right(new)}


def _why_not(figures: dict[str, Any]) -> str:
    """Return why a new model is not taken; empty if it is better."""
    measured = figures["measured"]
    if measured["difference"] <= 0:
        better, worse = measured["only_new"], measured["only_present"]
        return (
            f"not better on {measured['questions']} decisions kept apart: {better} better,"
            f" {worse} worse"
        )
    shipped = figures.get("shipped_texts")
    if shipped and shipped["new"] < shipped["present"] - SHIPPED_FALL:
        return (
            f"it forgets: {shipped['new']} of the shipped texts right, {shipped['present']} before"
        )
    return ""


def _weights(
    settings: LearningSettings,
    parts: Parts,
    base: Weights,
    present: Matcher,
    chosen: Matcher,
    version: str,
) -> tuple[Weights | None, Outcome]:
    """Return the new weights, or None and why the present ones stay.

    `chosen` has the classifier with which the weights will be used.
    """
    few = _too_few(
        "pairs", parts.learn, len(parts.measure), settings.learn_pairs, settings.learn_persons
    )
    if not few and len({decision.same for decision in parts.learn}) < 2:
        few = "all pairs have the same answer"
    if few:
        return None, Outcome(False, few, {})
    weights = learnt_weights(base, compared(parts.learn, chosen), named(base.version, version))
    before = verdict_list(compared(parts.measure, present), present.weights)
    after = verdict_list(compared(parts.measure, chosen), weights)
    same = [decision.same for decision in parts.measure]
    figures: dict[str, Any] = {
        "measured": asdict(compare(pair_marks(before, same), pair_marks(after, same))),
        "verdicts": {"present": counted(before, same), "new": counted(after, same)},
        "learnt_from": len(parts.learn),
    }
    reason = _why_not(figures) or _more_wrong(figures)
    return (None if reason else weights), Outcome(not reason, reason or "better", figures)


def _more_wrong(figures: dict[str, Any]) -> str:
    wrong = {name: counts.get("two: merge", 0) for name, counts in figures["verdicts"].items()}
    if wrong["new"] > wrong["present"]:
        return f"it merges {wrong['new']} pairs of two matters, {wrong['present']} before"
    return ""
