"""Retrieval keys 检索键: two reports that share none are not compared.

The keys need no model, so an index over open cases can be built from snapshots alone. Keys that
many cases have (a common pair of characters, a busy grid) say little: an index weighs a key by how
few cases have it, and may ignore the most frequent keys.
"""

from collections.abc import Iterable, Iterator

from schemas.reports.report import Telling
from streams.matching.text import normalise, tagged_places

Key = tuple[str, str]
"""Kind and value: `grid`, `name`, `object`, `reporter`, `place` (a name that was tagged in the
text), `words` (a pair of characters), or a village with a category family."""
OPENING = 30
"""Characters of a content that are read where a report has no title."""
VILLAGE = 12
"""Digits of the code of a village; the code of a township ends with zeros."""


def keys_of(telling: Telling, reporter: str, families: Iterable[str]) -> frozenset[Key]:
    """Return the keys of one report; about 25, at most some 60.

    `reporter` is the key of the citizen, or empty. `families` are those of its case.
    """
    return frozenset(_keys(telling, reporter, families))


def _keys(telling: Telling, reporter: str, families: Iterable[str]) -> Iterator[Key]:
    place = telling.place
    if place.grid_code:
        yield "grid", place.grid_code
    if place.name:
        yield "name", place.name
    if len(place.division_code) == VILLAGE and not place.division_code.endswith("000"):
        for family in families:
            yield place.division_code, family
    if telling.object_name:
        yield "object", telling.object_name
    if reporter:
        yield "reporter", reporter
    for tag in tagged_places(telling.title, telling.content):
        yield "place", tag.name
    words = normalise(telling.title or telling.content[:OPENING])[:OPENING]
    for at in range(len(words) - 1):
        if words[at : at + 2].isalnum():
            yield "words", words[at : at + 2]
