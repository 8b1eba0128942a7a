"""The shipped town is consistent, and `make_town` generates exactly its files."""

from pathlib import Path

from shapely import unary_union
from shapely.geometry import Polygon

from hub.lab.simulate.scenario.make_town import write_town
from hub.settings.town import SHIPPED_TOWN
from hub.town.check_patrols import check_patrols
from hub.town.patrols import HOUSEHOLDS, WORKERS
from hub.town.registers import FILES, load_town
from streams.town.register import Register


def test_the_shipped_files_are_the_generated_files(tmp_path: Path) -> None:
    """The generator gives the shipped files byte for byte."""
    write_town(tmp_path)
    for name in (*FILES, WORKERS, HOUSEHOLDS):
        assert (tmp_path / name).read_bytes() == (SHIPPED_TOWN / name).read_bytes()


def test_grids_tile_without_overlap_and_hold_their_places() -> None:
    """The area of the union is the sum of the areas; every place lies in its grid."""
    town = load_town(SHIPPED_TOWN)
    polygons = [Polygon(grid.ring) for grid in town.grids]
    assert all(polygon.is_valid for polygon in polygons)
    together = unary_union(polygons).area
    assert abs(together - sum(polygon.area for polygon in polygons)) < 1e-9
    register = Register.of(town)
    for place in town.places:
        assert place.lon is not None
        assert place.lat is not None
        grid = register.grid_at(place.lon, place.lat)
        assert grid is not None
        assert grid.code == place.grid_code


def test_every_unit_serves_an_area_that_exists() -> None:
    """Every unit's area is registered, and no two places have one name."""
    town = load_town(SHIPPED_TOWN)
    areas = {area.code for area in town.areas} | {grid.code for grid in town.grids}
    assert {unit.area for unit in town.units} <= areas
    assert len({place.name for place in town.places}) == len(town.places)


def test_the_shipped_patrols_are_sound() -> None:
    """The check of registers and plans reports nothing."""
    assert check_patrols(SHIPPED_TOWN) == []
