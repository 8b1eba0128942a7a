"""`make models` 训练: trains the classifier and learns the weights; takes some minutes.

It never reads the splits `exam` and `added`. The same wordings, real texts and library versions
give the same files. Without a folder of real texts it learns from written sentences only.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hub.lab.evaluation.real_texts import RealText, read_texts, real_quality
from hub.lab.learn.calibrate import calibrated
from hub.lab.learn.classifier import LabelledText, train
from hub.lab.learn.merging import merging_weights, rarity_of_texts
from hub.lab.simulate.language.wordings import wordings
from hub.settings.town import SHIPPED_MODELS, SHIPPED_TOWN
from hub.town.models import (
    LINEAR_MODEL,
    RARITY,
    WEIGHTS,
    save_linear_model,
    save_rarity,
    save_weights,
)
from hub.town.registers import load_town
from streams.matching.classify import IssueClassifier
from streams.matching.matcher import Matcher
from streams.town.register import Register

UNSEEN = 7
"""Every seventh issue class is withheld from the classifier with which weights are learnt.

A city has more classes of issues than any list. The weights must not rely on a complete list.
"""


KEPT_APART = 0
"""The third of the real texts by which confidence is calibrated."""


def main(folder: Path, real: Path | None) -> None:
    """Train the models and write their files into `folder`; `real` has labelled texts."""
    started = time.monotonic()

    def report(progress: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:6.0f} s  {progress}\n")

    texts = read_texts(real) if real else []
    report(f"{len(texts)} real texts" if texts else "no real texts: written sentences only")
    report("training on three quarters of the wordings, without some issue classes")
    most = sorted(wordings("learn-most").items())
    known = {issue_class: texts for n, (issue_class, texts) in enumerate(most) if n % UNSEEN}
    rest = {
        issue_class: texts
        for issue_class, texts in wordings("learn-rest").items()
        if issue_class in known
    }
    apart = [text for text in texts if text.third == KEPT_APART]
    shown = [text for text in texts if text.third != KEPT_APART]
    partial = calibrated(train(known, _labelled(shown)), rest, _labelled(apart))
    if apart:
        quality = real_quality(apart, IssueClassifier(partial))
        report(f"on the third of the real texts that it has not seen: {quality}")
    classifier = IssueClassifier(partial)
    register = Register.of(load_town(SHIPPED_TOWN), Matcher(classifier))
    report("learning weights on pairs in the wordings of the other quarter")
    if real is None:
        report("without real reports: no weights for reports that only their words connect")
    rarity = rarity_of_texts(real)
    weights, source = merging_weights(register, classifier, rarity, real, report)
    report("training on all wordings")
    whole = replace(
        train(wordings("learn"), _labelled(texts)),
        temperature=partial.temperature,
        trust=partial.trust,
    )
    folder.mkdir(parents=True, exist_ok=True)
    save_linear_model(folder / LINEAR_MODEL, whole)
    save_rarity(folder / RARITY, rarity)
    save_weights(folder / WEIGHTS, weights, source)
    report(f"written to {folder}")


def _labelled(texts: Iterable[RealText]) -> list[LabelledText]:
    return [LabelledText(text.title, text.content, text.possible_leaves()) for text in texts]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="make models")
    arguments.add_argument("folder", nargs="?", type=Path, default=SHIPPED_MODELS)
    arguments.add_argument("--real", type=Path, help="folder of real texts, labelled by officials")
    chosen = arguments.parse_args()
    main(chosen.folder, chosen.real)
