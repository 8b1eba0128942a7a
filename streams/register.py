"""Indexed registers 台账索引: finds the grid of a point, the name in a text, the unit of a duty."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from shapely import STRtree
from shapely.geometry import Point, Polygon

from schemas.case import Tier
from schemas.register import Duty, Grid, PlaceName, Town, Unit

Value = TypeVar("Value")

TIER_ORDER = (Tier.GRID, Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY)
"""From the street up to the county."""


@dataclass(frozen=True)
class Register:
    """Immutable indexes over a `Town`; made once by `Register.of`."""

    town: Town
    version: str
    _grids: dict[str, Grid]
    _areas: dict[str, str]
    _tree: STRtree
    _tree_codes: tuple[str, ...]
    _names: dict[str, tuple[PlaceName, ...]]
    _name_pattern: re.Pattern[str]
    _units: dict[str, tuple[Unit, ...]]
    _by_unit: dict[str, Unit]
    _duties: dict[str, tuple[Duty, ...]]

    @classmethod
    def of(cls, town: Town) -> "Register":
        """Return the indexes of `town`; raises ValueError where a grid's ring is no polygon."""
        names = _grouped((place.name, place) for place in town.places)
        longest_first = sorted(names, key=len, reverse=True)
        return cls(
            town=town,
            version=town.rules_version,
            _grids={grid.code: grid for grid in town.grids},
            _areas={area.code: area.name for area in town.areas},
            _tree=STRtree([Polygon(grid.ring) for grid in town.grids]),
            _tree_codes=tuple(grid.code for grid in town.grids),
            _names=names,
            _name_pattern=re.compile("|".join(map(re.escape, longest_first)) or r"(?!)"),
            _units=_grouped((unit.area, unit) for unit in town.units),
            _by_unit={unit.code: unit for unit in town.units},
            _duties=_grouped((duty.unit_type, duty) for duty in town.duties),
        )

    def grid(self, code: str) -> Grid | None:
        """Return the grid of a code."""
        return self._grids.get(code)

    def has_area(self, code: str) -> bool:
        """Whether a division code is of this place."""
        return code in self._areas

    def area_name(self, code: str) -> str:
        """Return the name of a division, or the code itself."""
        return self._areas.get(code, code)

    def grid_at(self, lon: float, lat: float) -> Grid | None:
        """Return the grid whose polygon holds the point; on a shared edge the lower code."""
        hits = sorted(
            self._tree_codes[index]
            for index in self._tree.query(Point(lon, lat), predicate="intersects")
        )
        return self._grids[hits[0]] if hits else None

    def places_in(self, text: str) -> list[PlaceName]:
        """Return the entries whose names stand in the text, longest names first."""
        found = dict.fromkeys(self._name_pattern.findall(text))
        return [
            place for name in sorted(found, key=len, reverse=True) for place in self._names[name]
        ]

    def unit(self, code: str) -> Unit | None:
        """Return the unit of a code."""
        return self._by_unit.get(code)

    def units_of(self, area: str) -> tuple[Unit, ...]:
        """Return the units that serve exactly this division or grid."""
        return self._units.get(area, ())

    def duty_of(self, unit: Unit, category: str) -> Duty | None:
        """Return the line of the duty list that lets `unit` have `category`, or None."""
        family = f"{category.partition('.')[0]}.*"
        for duty in self._duties.get(unit.unit_type, ()):
            if duty.category in (category, family):
                return duty
        return None


def _grouped(pairs: Iterable[tuple[str, Value]]) -> dict[str, tuple[Value, ...]]:
    groups: dict[str, tuple[Value, ...]] = {}
    for key, value in pairs:
        groups[key] = (*groups.get(key, ()), value)
    return groups
