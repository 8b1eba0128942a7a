"""Finding place names in a text 地名识别: as written, by an old or local name, or by its sound."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.register import PlaceName
from streams.matching.text import level, sound

SHORTEST_SOUND = 4
"""Characters that a name needs to be known by its sound: shorter ones sound like ordinary words."""


class Found(NamedTuple):
    """An entry of the register, and the words of a text by which it was found."""

    said: str
    place: PlaceName


@dataclass(frozen=True, slots=True)
class Names:
    """An index of names by their first two characters, and of sounds; made by `Names.of`."""

    entries: Mapping[str, tuple[PlaceName, ...]]
    starts: Mapping[str, tuple[str, ...]] = field(repr=False)
    sounds: Mapping[tuple[str, ...], tuple[PlaceName, ...]] = field(repr=False)
    lengths: tuple[int, ...] = ()

    @classmethod
    def of(cls, places: Iterable[PlaceName]) -> "Names":
        """Return the index of names and aliases, in one spelling."""
        entries: dict[str, tuple[PlaceName, ...]] = {}
        for place in places:
            for name in {level(name) for name in (place.name, *place.known_as)}:
                entries[name] = (*entries.get(name, ()), place)
        starts: dict[str, tuple[str, ...]] = {}
        for name in sorted(entries, key=lambda name: (-len(name), name)):
            starts[name[:2]] = (*starts.get(name[:2], ()), name)
        sounds: dict[tuple[str, ...], tuple[PlaceName, ...]] = {}
        for name, found in entries.items():
            if len(name) >= SHORTEST_SOUND:
                sounds[sound(name)] = (*sounds.get(sound(name), ()), *found)
        lengths = tuple(sorted({len(key) for key in sounds}, reverse=True))
        return cls(entries, starts, sounds, lengths)

    def written(self, text: str) -> list[Found]:
        """Return what the text names, longest names first."""
        told = dict.fromkeys(self._written(level(text)))
        longest = sorted(told, key=len, reverse=True)
        return [Found(name, place) for name in longest for place in self.entries[name]]

    def _written(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text) - 1:
            known = self.starts.get(text[at : at + 2], ())
            name = next((name for name in known if text.startswith(name, at)), "")
            if name:
                yield name
            at += len(name) or 1

    def heard(self, text: str) -> list[Found]:
        """Return what something in the text sounds like, longest first.

        Speech recognition and hasty typing write 性福小区 for 幸福小区.
        """
        plain = level(text)
        heard = sound(plain)
        return list(
            dict.fromkeys(
                Found(plain[at : at + length], place)
                for length in self.lengths
                for at in range(len(heard) - length + 1)
                for place in self.sounds.get(heard[at : at + length], ())
            )
        )
