"""Indexed registers 台账索引: the grid of a point, the places in a text, the duties of a unit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from shapely import STRtree
from shapely.geometry import MultiPolygon, Point

from schemas.cases.assignment import Tier
from schemas.route import UNKNOWN_ROUTE, city_of
from schemas.town.register import Area, Grid, PlaceName, Responsibility, Unit
from schemas.town.rules import RulesBundle, RuleSet
from schemas.town.town import Town
from streams.matching.matcher import Matcher
from streams.town.certificates import CertificateIndex
from streams.town.place_names import NameIndex, NameMatch

Key = TypeVar("Key")
Value = TypeVar("Value")

TIER_ORDER = (Tier.GRID, Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY)
"""From the street up to the county."""
TIER_NAMES = {
    Tier.GRID: "网格",
    Tier.VILLAGE: "村（社区）",
    Tier.TOWNSHIP: "乡镇（街道）",
    Tier.COUNTY: "县级部门",
}
LEVELS = (12, 9, 6)
"""Digits of the code of a village, a township, a county."""
OUTSIDE = "outside"
"""Unit type of bodies outside the town's area or competence: courts, police, the city."""


@dataclass(frozen=True)
class Register:
    """Immutable indexes over a `Town`; built by `Register.of`."""

    town: Town
    version: str
    _grids: dict[str, Grid]
    _areas: dict[str, str]
    _former: dict[str, str]
    """The code of today of each old code."""
    _tree: STRtree
    _tree_codes: tuple[str, ...]
    _names: NameIndex
    _units: dict[str, tuple[Unit, ...]]
    _by_unit: dict[str, Unit]
    _responsibilities: dict[str, tuple[Responsibility, ...]]
    _tiers: dict[Tier, tuple[str, ...]]
    """The types of unit of each tier."""
    rules: RuleSet
    matcher: Matcher
    certificates: CertificateIndex
    city: str
    """Route of the city that has most of the areas: that of reports without a place."""
    _looked_up: dict[tuple[str, str], Responsibility | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """By unit type and category, what `_responsibility` has returned."""

    @classmethod
    def of(cls, town: Town, matcher: Matcher | None = None) -> "Register":
        """Return the indexes of `town`; raises ValueError if a ring of a grid has too few points.

        Without a `matcher` the default matcher is used, which has no learnt model.
        """
        return cls(
            town=town,
            version=town.rules_version,
            _grids={grid.code: grid for grid in town.grids},
            _areas={area.code: area.name for area in town.areas},
            _former={entry.former: entry.code for entry in town.former_codes},
            _tree=STRtree([_shape(grid) for grid in town.grids]),
            _tree_codes=tuple(grid.code for grid in town.grids),
            _names=NameIndex.of((*town.places, *map(_as_place, town.areas))),
            _units=_grouped((unit.area, unit) for unit in town.units),
            _by_unit={unit.code: unit for unit in town.units},
            _responsibilities=_grouped((line.unit_type, line) for line in town.duties),
            _tiers=_grouped({(unit.tier, unit.unit_type): None for unit in town.units}),
            rules=town.rules,
            matcher=matcher or Matcher(),
            certificates=CertificateIndex.of(town.certificates),
            city=_city_of_most(area.code for area in town.areas),
        )

    def with_rules(self, bundle: RulesBundle) -> "Register":
        """Return this register with units, duty lists, rules and version of `bundle`."""
        return replace(
            self,
            version=bundle.version,
            _units=_grouped((unit.area, unit) for unit in bundle.units),
            _by_unit={unit.code: unit for unit in bundle.units},
            _responsibilities=_grouped((line.unit_type, line) for line in bundle.duties),
            _tiers=_grouped({(unit.tier, unit.unit_type): None for unit in bundle.units}),
            rules=bundle.rules,
        )

    def grid(self, code: str) -> Grid | None:
        """Return the grid of a code."""
        return self._grids.get(code)

    def has_area(self, code: str) -> bool:
        """Whether a division code is in this town."""
        return code in self._areas

    def covers(self, code: str) -> bool:
        """Whether a division code, padded with zeros or not, is in this town."""
        return bool(self.area_of(code))

    def today(self, code: str) -> str:
        """Return the code that a division has today; the last digits of a former code stay.

        `code` may be padded with zeros. The most precise entry of the table counts.
        """
        for length in LEVELS:
            if len(code) >= length and code[:length] in self._former:
                return self._former[code[:length]] + code[length:]
        return code

    def area_of(self, code: str) -> str:
        """Return the smallest division of the town that contains a code; empty if none does.

        429999001000 is the township 429999001: statistical codes are padded with zeros to twelve
        digits. A village that the register does not know is in its township.
        """
        parts = (code[:length] for length in LEVELS if len(code) >= length)
        return next((part for part in parts if part in self._areas), "")

    def tier_owns(self, tier: Tier, category: str) -> bool:
        """Whether any unit type of a tier has a category as its own duty."""
        return any(
            line is not None and line.duty == "own"
            for line in (self._responsibility(kind, category) for kind in self._tiers.get(tier, ()))
        )

    def area_name(self, code: str) -> str:
        """Return the name of a division, or the code itself."""
        return self._areas.get(code, code)

    def grid_at(self, lon: float, lat: float) -> Grid | None:
        """Return the grid that contains a WGS-84 point; on a shared edge the lower code."""
        hits = sorted(
            self._tree_codes[index]
            for index in self._tree.query(Point(lon, lat), predicate="intersects")
        )
        return self._grids[hits[0]] if hits else None

    def places_in(self, text: str) -> list[NameMatch]:
        """Return the places named in the text, longest names first: by spelling, else by sound."""
        return self._names.by_spelling(text) or self._names.by_sound(text)

    def unit(self, code: str) -> Unit | None:
        """Return the unit of a code."""
        return self._by_unit.get(code)

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, in the order of the register."""
        return tuple(self._by_unit.values())

    def units_of(self, area: str) -> tuple[Unit, ...]:
        """Return the units whose area is exactly this division or grid."""
        return self._units.get(area, ())

    def responsibility_of(self, unit: Unit, category: str) -> Responsibility | None:
        """Return the entry of the duty list that covers `category` for `unit`, or None."""
        return self._responsibility(unit.unit_type, category)

    def _responsibility(self, unit_type: str, category: str) -> Responsibility | None:
        try:
            return self._looked_up[unit_type, category]
        except KeyError:
            line = self._looked_up[unit_type, category] = self._line_of(unit_type, category)
            return line

    def _line_of(self, unit_type: str, category: str) -> Responsibility | None:
        """Return the first entry of a duty list that covers a category, or None."""
        family = f"{category.partition('.')[0]}.*"
        for line in self._responsibilities.get(unit_type, ()):
            if line.category in (category, family):
                return line
        return None


def _city_of_most(codes: Iterable[str]) -> str:
    """Return the city of most codes; the lowest of equals, the unknown route without codes."""
    counts = Counter(map(city_of, codes))
    return min(counts, key=lambda city: (-counts[city], city), default=UNKNOWN_ROUTE)


def _as_place(area: Area) -> PlaceName:
    """Return a village or township as a place, so that texts can name it."""
    return PlaceName(name=area.name, kind="village", division_code=area.code.ljust(12, "0"))


def _shape(grid: Grid) -> MultiPolygon:
    return MultiPolygon([(rings[0], rings[1:]) for rings in grid.polygons])


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, tuple[Value, ...]]:
    groups: dict[Key, list[Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
