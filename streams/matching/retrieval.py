"""Retrieval keys 检索键 of a report: open cases that share one of them are compared with it.

A report of a city of ten million cannot be compared with every open case. It is compared with the
cases that share its place, its object, its reporter, or a few characters in a row of its words. The
last finds cases whose place is unknown or is not in the register.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from schemas.reports.event import Place
from schemas.reports.report import Telling
from streams.matching.text import codes_of, normalise, tagged_places, without_marks

Key = tuple[str, str] | int
"""A kind and a value, or three characters in a row as one number."""

OPENING = 60
"""Characters of the content that give keys: most messages name their matter in the first sentence.

The whole title gives keys too, up to `LONGEST_TITLE`.
"""
LONGEST_TITLE = 60
WORD_KEYS, FEW_WORD_KEYS = 24, 8
"""Largest number of word keys of a text, so that a long one takes no more memory than others."""
_FIRST, _SECOND = np.uint64(32), np.uint64(16)
"""Bits by which the first and the second character of a triple are shifted."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Multiplier of Fibonacci hashing."""
TOWNSHIP = 9
"""Digits of the code of a township."""
CACHED = 4096
"""Texts whose word keys are cached: an event is read before its case is stored."""


def keys_of(
    telling: Telling, families: Iterable[str], most_words: int = WORD_KEYS
) -> Iterator[Key]:
    """Yield the keys of a text: of its place, the places in its words, its object and its words.

    A report has the key `reporter_key` too.
    """
    yield from place_keys(telling.place, families)
    if telling.object_name:
        yield "object", telling.object_name
    for tag in tagged_places(telling.title, telling.content):
        yield "place", tag.name
    yield from word_keys(telling.title, telling.content)[:most_words]


def reporter_key(key: str) -> Iterator[tuple[str, str]]:
    """Yield the key of a reporter, if the reporter is known."""
    if key:
        yield "reporter", key


def place_keys(place: Place, families: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the grid, the name, and grid, village and township with each category family.

    In a crowded grid the grid alone is too common to be read. Reports without a place have their
    family in common.
    """
    if place.grid_code:
        yield "grid", place.grid_code
    if place.name:
        yield "name", place.name
    township = place.division_code[:TOWNSHIP]
    areas = dict.fromkeys((place.grid_code or place.division_code, place.division_code, township))
    for family in sorted(families):
        for area in areas:
            yield area, family


@lru_cache(maxsize=CACHED)
def word_keys(title: str, content: str) -> tuple[int, ...]:
    """Return up to `WORD_KEYS` triples of adjacent characters of the title and the first sentence.

    If a text has more, those with the lowest hash are chosen. The choice is the same for each text,
    so that two texts with common triples have common keys (bottom-k sketch, Cohen and Kaplan 2007).
    """
    text = without_marks(normalise(f"{title[:LONGEST_TITLE]} {content[:OPENING]}"))
    codes = codes_of(text).astype(np.uint64)
    triples = codes[:-2] << _FIRST | codes[1:-1] << _SECOND | codes[2:]
    # The multiplier is odd: two triples never have the same hash.
    hashes = triples * _SPREAD
    order = hashes.argsort()
    hashes = hashes[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    return tuple(triples[order[is_first][:WORD_KEYS]].tolist())
