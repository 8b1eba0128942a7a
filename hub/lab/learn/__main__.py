"""`make models` 训练: learns senses and weights from the shipped wordings; some minutes.

Never reads the split `exam`. The same wordings and library versions give the same files.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hub.lab.evaluation.quality import Labelled
from hub.lab.learn.classifier import calibrated, learn_senses
from hub.lab.learn.pairs import pairs
from hub.lab.learn.weights import learn_weights, with_thresholds
from hub.lab.simulate.label import END, label_matters
from hub.lab.simulate.language.wordings import wordings
from hub.settings import SHIPPED_MODELS, SHIPPED_TOWN
from hub.town.models import SENSES, WEIGHTS, save_senses, save_weights
from hub.town.registers import load_town
from streams.matching.classify import Senses
from streams.matching.judge import Judge
from streams.town.register import Register

UNSEEN = 7
"""Every seventh trouble is kept from the senses by which weights are learnt: a city has more
troubles than any list, and weights must not rest on all being known."""
MATTERS = 1500
PAIR_SEEDS, THRESHOLD_SEED = (1, 3), 2


def main(folder: Path) -> None:
    """Write the learnt files into `folder`."""
    begun = time.monotonic()

    def tell(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {what}\n")

    tell("learning senses on three quarters of the wordings, some troubles left out")
    known = {t: told for n, (t, told) in enumerate(sorted(wordings("learn-most").items()))
             if n % UNSEEN}  # fmt: skip
    rest = {t: told for t, told in wordings("learn-rest").items() if t in known}
    partly = calibrated(learn_senses(known), rest)
    senses = Senses(partly)
    register = Register.of(load_town(SHIPPED_TOWN), Judge(senses))
    tell("learning weights on pairs told in the other quarter")
    shown = [pair for seed in PAIR_SEEDS for pair in pairs(_told(register, seed), senses)]
    weights = learn_weights(shown)
    tell(f"choosing thresholds; {len(shown)} pairs were seen")
    labelled = [Labelled(event, matter) for event, matter in _told(register, THRESHOLD_SEED)]
    labelled.sort(key=lambda one: (one.event.received_at, str(one.event.event_id)))
    tried = with_thresholds(weights, labelled, register, senses)
    tell(f"there: {tried.quality}")
    tell("learning senses on all wordings")
    whole = replace(learn_senses(wordings("learn")), temperature=partly.temperature)
    folder.mkdir(parents=True, exist_ok=True)
    save_senses(folder / SENSES, whole)
    save_weights(folder / WEIGHTS, tried.weights, f"split learn, {len(shown)} pairs")
    tell(f"written to {folder}")


def _told(register: Register, seed: int) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield events and matters told in the wordings that the senses have not seen."""
    for event, truth in label_matters(register, "learn-rest", seed, MATTERS, END):
        yield event, truth.matter


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED_MODELS)
