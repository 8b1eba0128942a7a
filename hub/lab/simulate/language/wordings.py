"""Wordings 诉求用语: different descriptions of each issue class, in two separate files.

`learn` is for training and for choosing thresholds. `exam` is for measuring only: other people
wrote it, and it has issue classes that `learn` lacks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "wordings"
Split = Literal["learn", "learn-most", "learn-rest", "exam", "added"]
"""Two files, and `learn` in two parts: `learn-rest` is a quarter of it, `learn-most` the others.

The classifier is trained on `learn-most`, the weights of matching on `learn-rest`: they must weigh
a classification of words that the classifier has not seen.
"""
REST_EVERY = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """One description of an issue. Slots: {p} the place, {b} the building, {o} the object."""

    issue_class: str
    style: str
    title: str
    text: str

    @property
    def leaf(self) -> str:
        """The leaf of the category tree."""
        return self.issue_class.rpartition(".")[0]


def _lines(file_name: str) -> Iterator[Wording]:
    with (FOLDER / file_name).open(encoding="utf-8") as file:
        for line in file:
            issue_class, style, title, text = line.rstrip("\n").split("\t")
            yield Wording(issue_class, style, title, text)


@cache
def wordings(split: Split) -> dict[str, tuple[Wording, ...]]:
    """Return the wordings of a split by issue class."""
    name, _, part = split.partition("-")
    by_class: dict[str, tuple[Wording, ...]] = {}
    for wording in _lines(f"{name}.tsv"):
        by_class[wording.issue_class] = (*by_class.get(wording.issue_class, ()), wording)
    if part == "rest":
        return {issue_class: texts[::REST_EVERY] for issue_class, texts in by_class.items()}
    if part == "most":
        return {
            issue_class: tuple(text for at, text in enumerate(texts) if at % REST_EVERY)
            for issue_class, texts in by_class.items()
        }
    return by_class
