"""Learns how reports are merged 并案: the rarity of words, and the two sets of weights."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hub.lab.evaluation.dedup import by_receipt, decide
from hub.lab.evaluation.quality import Labelled, measure
from hub.lab.evaluation.real_reports import (
    VARIANTS,
    RealReport,
    labelled_events,
    read_reports,
)
from hub.lab.evaluation.real_texts import read_texts
from hub.lab.learn.pairs import Pair, pairs
from hub.lab.learn.rarity import learn_rarity
from hub.lab.learn.weights import VERSION, Sample, learn_weights
from hub.lab.simulate.label import END, label_matters
from hub.lab.simulate.language.wordings import wordings
from hub.town.registers import load_town
from schemas.reports.event import UnifiedEvent
from streams.matching.classify import IssueClassifier
from streams.matching.compare import Reader
from streams.matching.matcher import Matcher
from streams.matching.terms import Rarity
from streams.matching.weights import SETTLED, Weights
from streams.town.register import Register

MATTERS = 1000
PAIR_SEED, MEASURED_SEED = 1, 2
MERGE_AT, SUGGEST_AT = 0.8, 0.25
MERGE_BY_WORDS, SUGGEST_BY_WORDS = 0.95, 0.82
"""Thresholds for pairs in one grid, and for pairs that the words alone connect; chosen on matters
that were not learnt from, and on a draw of the exam."""
WRITTEN, REAL = 1.0, 4.0
"""How much a written pair counts, and a real one: there are many more written ones."""
WRITTEN_SAME, REAL_SAME, BY_WORDS_SAME = 0.6, 0.5, 0.1
"""Shares of the pairs of one matter, as they count."""


def rarity_of_texts(real: Path | None) -> Rarity:
    """Return the rarity by the written texts, and by the real ones if their folder is given."""
    texts = [f"{w.title} {w.text}" for texts in wordings("learn").values() for w in texts]
    if real:
        texts += [f"{text.title} {text.content}" for text in read_texts(real)]
    return learn_rarity(texts)


def merging_weights(
    register: Register,
    classifier: IssueClassifier,
    rarity: Rarity,
    real: Path | None,
    report: Callable[[str], None],
) -> tuple[Weights, str]:
    """Return the weights, and from what they were learnt; `register` is that of a written town.

    `classifier` must not have been trained on the wordings of the pairs. Without real reports the
    weights of pairs that only words connect are those of the other pairs, and nothing is learnt
    about them.
    """
    written = list(pairs(written_events(register, PAIR_SEED), Reader(classifier, rarity)))
    settled = [Sample(_of_set(written, settled=True), WRITTEN, WRITTEN_SAME)]
    by_words, source = None, f"split learn, {len(written)} pairs"
    if real:
        reports = read_reports(real)
        of_real = {v: real_pairs(reports, v, real, classifier, rarity) for v in ("raw", "register")}
        settled.append(Sample(_of_set(of_real["register"], settled=True), REAL, REAL_SAME))
        others = [pair for v in of_real.values() for pair in _of_set(v, settled=False)]
        sample = Sample(others, 1.0, BY_WORDS_SAME)
        by_words = learn_weights([sample], MERGE_BY_WORDS, SUGGEST_BY_WORDS)
        source += f"; real reports of one city, {sum(map(len, of_real.values()))} pairs"
    report(f"learning weights; {source}")
    learnt = learn_weights(settled, MERGE_AT, SUGGEST_AT)
    weights = Weights(
        learnt.bias, learnt.weights, learnt.merge_at, learnt.suggest_at, VERSION, by_words
    )
    labelled = [Labelled(event, name) for event, name in written_events(register, MEASURED_SEED)]
    labelled.sort(key=by_receipt)
    matcher = Matcher(classifier, weights, rarity)
    quality = measure(decide(labelled, replace(register, matcher=matcher)))
    report(f"quality on written matters: {quality}")
    return weights, source


def written_events(register: Register, seed: int) -> Iterator[tuple[UnifiedEvent, str]]:
    """Yield events with their matters, in wordings that the classifier has not seen."""
    for event, truth in label_matters(register, "learn-rest", seed, MATTERS, END):
        yield event, truth.matter


def real_pairs(
    reports: Sequence[RealReport],
    variant: str,
    folder: Path,
    classifier: IssueClassifier,
    rarity: Rarity,
) -> list[Pair]:
    """Return the pairs of real reports, read as in a variant of their town."""
    matcher = Matcher(classifier, rarity=rarity)
    register = Register.of(load_town(folder / "town" / VARIANTS[variant]), matcher)
    labelled = labelled_events(reports, variant, register)
    events = [(entry.event, entry.matter) for entry in labelled]
    return list(pairs(events, Reader(classifier, rarity)))


def _of_set(all_pairs: Sequence[Pair], *, settled: bool) -> list[Pair]:
    return [pair for pair in all_pairs if bool(pair.features[SETTLED]) == settled]
