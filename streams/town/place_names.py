"""Finding place names in a text 地名识别: as written, by an old or local name, or by sound."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.town.register import PlaceName
from streams.matching.places import named_by_the_way
from streams.matching.text import normalise, sound

SHORTEST_SOUND = 4
"""Length in characters from which a name is matched by sound. Shorter names sound like ordinary
words."""

PHRASE = 16
"""Characters after the first name in which a more precise name of the same place stands."""


class NameMatch(NamedTuple):
    """A place of the register, and the words of a text that name it."""

    text: str
    place: PlaceName


@dataclass(frozen=True, slots=True)
class NameIndex:
    """An index of names by their first two characters, and by sound; built by `NameIndex.of`."""

    entries: Mapping[str, tuple[PlaceName, ...]]
    starts: Mapping[str, tuple[str, ...]] = field(repr=False)
    sounds: Mapping[tuple[str, ...], tuple[PlaceName, ...]] = field(repr=False)
    lengths: tuple[int, ...] = ()

    @classmethod
    def of(cls, places: Iterable[PlaceName]) -> "NameIndex":
        """Return the index of names and aliases, normalised."""
        entries: dict[str, tuple[PlaceName, ...]] = {}
        for place in places:
            for name in {normalise(name) for name in (place.name, *place.known_as)}:
                entries[name] = (*entries.get(name, ()), place)
        starts: dict[str, tuple[str, ...]] = {}
        for name in sorted(entries, key=lambda name: (-len(name), name)):
            starts[name[:2]] = (*starts.get(name[:2], ()), name)
        sounds: dict[tuple[str, ...], tuple[PlaceName, ...]] = {}
        for name, named in entries.items():
            if len(name) >= SHORTEST_SOUND:
                sounds[sound(name)] = (*sounds.get(sound(name), ()), *named)
        lengths = tuple(sorted({len(key) for key in sounds}, reverse=True))
        return cls(entries, starts, sounds, lengths)

    def by_spelling(self, text: str) -> list[NameMatch]:
        """Return the places whose names are written in the text, that of the matter first.

        It is the longest name of the first phrase that names a place, not by the way.
        """
        plain = normalise(text)
        named = list(self._names_in(plain))
        sure = [at for at, name in named if not named_by_the_way(plain, at, at + len(name))]
        first = min(sure, default=0)

        def order(entry: tuple[int, str]) -> tuple[bool, bool, int, int]:
            at, name = entry
            return at not in sure, not first <= at <= first + PHRASE, -len(name), at

        names = dict.fromkeys(name for _, name in sorted(named, key=order))
        return [NameMatch(name, place) for name in names for place in self.entries[name]]

    def _names_in(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield position and name of each name in a normalised text."""
        at = 0
        while at < len(text) - 1:
            known = self.starts.get(text[at : at + 2], ())
            name = next((name for name in known if text.startswith(name, at)), "")
            if name:
                yield at, name
            at += len(name) or 1

    def by_sound(self, text: str) -> list[NameMatch]:
        """Return the places whose names sound like a part of the text, longest names first.

        Speech recognition and hasty typing write 性福小区 for 幸福小区.
        """
        plain = normalise(text)
        syllables = sound(plain)
        return list(
            dict.fromkeys(
                NameMatch(plain[at : at + length], place)
                for length in self.lengths
                for at in range(len(syllables) - length + 1)
                for place in self.sounds.get(syllables[at : at + length], ())
            )
        )
