"""Base registers 基础台账: areas, grids, units, duty lists, place names."""

from pydantic import ConfigDict, Field

from schemas.base import Frozen
from schemas.cases.assignment import Tier


class Area(Frozen):
    """One administrative division 区划: 6 (county), 9 (township) or 12 (village) digits."""

    code: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")
    name: str
    parent: str = ""


class FormerCode(Frozen):
    """An old code of a division 旧区划代码, and the code that it has today."""

    former: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")
    code: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")


Ring = tuple[tuple[float, float], ...]
"""A closed line of lon, lat pairs in degrees, WGS-84."""


class Grid(Frozen):
    """One grid 网格 with its area, as the coordinates of a GeoJSON MultiPolygon (RFC 7946).

    Each polygon has an outer ring, and a ring for each hole. A grid without polygons is found by
    its code, its division and its place names, and never by coordinates.
    """

    code: str
    name: str
    division_code: str = Field(pattern=r"^\d{12}$")
    polygons: tuple[tuple[Ring, ...], ...] = ()
    households: int = 0

    @property
    def ring(self) -> Ring:
        """The outer ring of the first polygon; raises `IndexError` without polygons."""
        return self.polygons[0][0]


class Unit(Frozen):
    """One office that handles cases 承办单位."""

    code: str
    name: str
    tier: Tier
    area: str = Field(description="division or grid code that it serves")
    unit_type: str = Field(
        description="grid, village, township, a bureau's short name, or outside 辖区外、职权外"
    )


class Responsibility(Frozen):
    """One line of a duty list 职责清单: units of a type may handle cases of a category."""

    model_config = ConfigDict(title="Duty")

    unit_type: str
    category: str = Field(description="leaf code, or family.* for a whole family")
    duty: str = Field(default="own", description="own 主责, assisted 配合, delegated 赋权")


class PlaceName(Frozen):
    """One entry of the place-name register 地名: a quarter, road, village, with its grid."""

    name: str
    kind: str = Field(description="quarter 小区, road 路, village 村, landmark")
    division_code: str
    grid_code: str = ""
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    aliases: str = Field(default="", description="old and local names 俗称, separated by |")

    @property
    def known_as(self) -> tuple[str, ...]:
        """The old and local names."""
        return tuple(alias for alias in self.aliases.split("|") if alias)
