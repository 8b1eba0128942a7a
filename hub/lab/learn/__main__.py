"""`make models` 训练: trains the classifier and learns the weights; takes some minutes.

It never reads the split `exam`. The same texts and library versions give the same files. With
`REAL=folder` the weights are learnt from real reports too (numbers only).
"""

import sys
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

from hub.lab.learn.classifier import calibrated, train
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


def main(folder: Path, real: Path | None = None) -> None:
    """Train the models and write their files into `folder`."""
    started = time.monotonic()

    def report(progress: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:6.0f} s  {progress}\n")

    report("training on three quarters of the wordings, without some issue classes")
    most = sorted(wordings("learn-most").items())
    known = {issue_class: texts for n, (issue_class, texts) in enumerate(most) if n % UNSEEN}
    rest = {
        issue_class: texts
        for issue_class, texts in wordings("learn-rest").items()
        if issue_class in known
    }
    partial = calibrated(train(known), rest)
    classifier = IssueClassifier(partial)
    register = Register.of(load_town(SHIPPED_TOWN), Matcher(classifier))
    report("learning weights on pairs in the wordings of the other quarter")
    if real is None:
        report("without real reports: no weights for reports that only their words connect")
    rarity = rarity_of_texts(real)
    weights, source = merging_weights(register, classifier, rarity, real, report)
    report("training on all wordings")
    whole = replace(train(wordings("learn")), temperature=partial.temperature)
    folder.mkdir(parents=True, exist_ok=True)
    save_linear_model(folder / LINEAR_MODEL, whole)
    save_rarity(folder / RARITY, rarity)
    save_weights(folder / WEIGHTS, weights, source)
    report(f"written to {folder}")


if __name__ == "__main__":
    options = ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?", default=SHIPPED_MODELS)
    options.add_argument("--real", type=Path, help="folder of real reports, if there is one")
    arguments = options.parse_args()
    main(arguments.folder, arguments.real)
