"""The shipped texts by leaf 随附用语: `hub learn train` keeps what they teach."""

import random
from collections.abc import Iterator

from hub.lab.simulate.language.slips import spoken_building
from hub.lab.simulate.language.wordings import wordings
from hub.learning.train import ShippedText
from streams.matching.classify import leaf_of

SEED = 1


def shipped_texts() -> Iterator[ShippedText]:
    """Yield the wordings of the split `learn`, without a place; the same ones each time."""
    draw = random.Random(SEED)
    for issue_class, texts in wordings("learn").items():
        for wording in texts:
            building = spoken_building(draw, draw.randint(1, 20), 0)
            title, content = (
                text.replace("{p}", "").replace("{b}", building).replace("{o}", "")
                for text in (wording.title, wording.text)
            )
            yield ShippedText(title, content, leaf_of(issue_class))
