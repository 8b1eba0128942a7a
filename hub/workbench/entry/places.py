"""Places of the register 地点: found by name, old name or pinyin while somebody types. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.workbench.pinyin import NameIndex
from schemas.town.town import Town

MOST = 8
"""Places that are shown at once."""


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place with its area in words; `key` names it in a form."""

    key: str
    name: str
    area: str
    division_code: str
    grid_code: str = ""
    lon: float | None = None
    lat: float | None = None


class PlaceChoices:
    """The places, grids and villages of a town."""

    def __init__(self, town: Town) -> None:
        self._areas = {area.code: area.name for area in town.areas}
        self._choices: dict[str, PlaceChoice] = {}
        names: dict[str, str] = {}
        for choice, spellings in self._all(town):
            self._choices[choice.key] = choice
            names |= {f"{choice.key}|{spelling}": spelling for spelling in spellings}
        self._index = NameIndex(names)

    def chosen(self, key: str, text: str) -> PlaceChoice | None:
        """Return the place of a key, if the text still has its name; else None.

        After somebody has changed the text, the place that was chosen before is not meant any more.
        """
        choice = self._choices.get(key)
        return choice if choice is not None and choice.name in text else None

    def find(self, text: str) -> list[PlaceChoice]:
        """Return the places that match a text, best first; none for an empty text."""
        if not text.strip():
            return []
        keys = (key.rpartition("|")[0] for key in self._index.find(text, 3 * MOST))
        return [self._choices[key] for key in dict.fromkeys(keys)][:MOST]

    def _all(self, town: Town) -> Iterator[tuple[PlaceChoice, tuple[str, ...]]]:
        """Yield each place with all names that it is known by."""
        for place in town.places:
            choice = PlaceChoice(
                key=_key(place.name, place.division_code, place.grid_code),
                name=place.name,
                area=self._area(place.division_code),
                division_code=place.division_code,
                grid_code=place.grid_code,
                lon=place.lon,
                lat=place.lat,
            )
            yield choice, (place.name, *place.known_as)
        for grid in town.grids:
            division = grid.division_code
            key = _key(grid.name, division, grid.code)
            yield (
                PlaceChoice(key, grid.name, self._area(division), division, grid.code),
                (grid.name,),
            )
        for area in town.areas:
            key = _key(area.name, area.code, "")
            yield PlaceChoice(key, area.name, self._area(area.parent), area.code), (area.name,)

    def _area(self, code: str) -> str:
        """Return township and village of a code in words."""
        parts = (self._areas.get(code[:length], "") for length in (9, 12) if len(code) >= length)
        return "".join(parts)


def _key(name: str, division_code: str, grid_code: str) -> str:
    return f"{name}|{division_code}|{grid_code}"
