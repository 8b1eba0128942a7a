"""Wordings 诉求用语: what different citizens say of one trouble, in two files that never mix.

`learn` is what weights are learnt from and thresholds chosen on. `exam` was written by other hands,
has troubles that `learn` lacks, and is used to measure only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "wordings"
Split = Literal["learn", "learn-most", "learn-rest", "exam"]
"""`learn-rest`, a quarter of `learn`, lets weights be learnt on words that the senses have not
seen which they weigh."""
REST = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to tell a trouble. {p} is the place, {b} the building, {o} who is complained of."""

    trouble: str
    style: str
    title: str
    text: str

    @property
    def leaf(self) -> str:
        """The leaf of the category tree."""
        return self.trouble.rpartition(".")[0]


def _lines(file_name: str) -> Iterator[Wording]:
    with (FOLDER / file_name).open(encoding="utf-8") as file:
        for line in file:
            trouble, style, title, text = line.rstrip("\n").split("\t")
            yield Wording(trouble, style, title, text)


@cache
def wordings(split: Split) -> dict[str, tuple[Wording, ...]]:
    """Return the wordings of a split by trouble."""
    name, _, part = split.partition("-")
    found: dict[str, tuple[Wording, ...]] = {}
    for one in _lines(f"{name}.tsv"):
        found[one.trouble] = (*found.get(one.trouble, ()), one)
    if part == "rest":
        return {trouble: told[::REST] for trouble, told in found.items()}
    if part == "most":
        kept = {t: [one for at, one in enumerate(told) if at % REST] for t, told in found.items()}
        return {trouble: tuple(told) for trouble, told in kept.items()}
    return found
