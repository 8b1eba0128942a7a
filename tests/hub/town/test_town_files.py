"""Town files as other programs write them: encodings, blank rows, GeoJSON of map programs."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.settings.town import SHIPPED_TOWN
from hub.town.check import check_town, require_valid_town
from hub.town.grids import GRIDS, parse_grids, to_geojson
from hub.town.registers import load_town
from hub.town.town_file import TownError
from streams.town.register import Register

SQUARE = [[114.0, 30.0], [114.1, 30.0], [114.1, 30.1], [114.0, 30.1], [114.0, 30.0]]
HOLE = [[114.04, 30.04], [114.06, 30.04], [114.06, 30.06], [114.04, 30.06], [114.04, 30.04]]
FAR_SQUARE = [[lon + 1, lat] for lon, lat in SQUARE]
PROPERTIES = {"code": "429999001001001", "name": "一网格", "division_code": "429999001001"}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town."""
    return Path(shutil.copytree(SHIPPED_TOWN, tmp_path / "town"))


def geojson(geometry: Any, **more: Any) -> bytes:
    """Return a collection with one grid of this geometry."""
    feature = {"type": "Feature", "properties": PROPERTIES | more, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


@pytest.mark.parametrize("name", ["areas.csv", "units.csv", "duties.csv", "places.csv"])
def test_a_table_that_excel_saved_in_gbk_is_read(town: Path, name: str) -> None:
    """Excel in China writes CSV in GBK; the town is the same."""
    expected = load_town(town)
    path = town / name
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("gb18030"))
    loaded = load_town(town)
    assert loaded.model_copy(update={"rules_version": expected.rules_version}) == expected


def test_blank_rows_below_a_table_are_skipped(town: Path) -> None:
    """Excel leaves rows of commas below a table from which rows were removed."""
    expected = load_town(town).areas
    with (town / "areas.csv").open("a", encoding="utf-8") as file:
        file.write(",,\r\n,,\r\n")
    assert load_town(town).areas == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("areas.csv", b"code,name\n429999,\xff\xff\xff\n", "neither in UTF-8 nor in GBK"),
        ("areas.csv", b"code,name,parent\n429999,x,,,y\n", "line 2: more values than columns"),
        ("areas.csv", b'code,name\n429999,"x\n', "no CSV"),
        (GRIDS, b'{"features": [', "line 1: no JSON"),
        (GRIDS, b"[]", "expected a FeatureCollection"),
        (GRIDS, b'{"features": [7]}', "feature 1: expected a Feature with properties"),
        (GRIDS, geojson({}), "feature 1: the geometry is None"),
        (GRIDS, geojson({"type": "Point", "coordinates": [1, 2]}), "the geometry is Point"),
        (GRIDS, geojson({"type": "Polygon", "coordinates": [[[1, 2]]]}), "are no Polygon"),
        (GRIDS, geojson({"type": "Polygon", "coordinates": 7}), "are no Polygon"),
        (GRIDS, geojson({"type": "Polygon", "coordinates": []}), "has no coordinates"),
        (
            GRIDS,
            geojson({"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in SQUARE]]}),
            "longitude first",
        ),
        (GRIDS, geojson({"type": "Polygon", "coordinates": [SQUARE]}, code=None), "code: Field"),
    ],
)
def test_a_broken_file_is_an_error_with_its_position(
    town: Path, name: str, content: bytes, message: str
) -> None:
    """`hub rules check` shows one error with file and position, and no traceback."""
    (town / name).write_bytes(content)
    (finding,) = check_town(town)
    assert finding.severity == "error"
    assert name in finding.message
    assert message in finding.message


def test_a_grid_of_several_polygons_with_a_hole_contains_its_points_only() -> None:
    """A point in any polygon is in the grid; a point in a hole is not. Altitudes are ignored."""
    with_altitude = [[*point, 25.0] for point in FAR_SQUARE]
    coordinates = [[SQUARE, HOLE], [with_altitude]]
    geometry = {"type": "MultiPolygon", "coordinates": coordinates}
    grids = parse_grids(Path(GRIDS), geojson(geometry))
    town = load_town(SHIPPED_TOWN).model_copy(update={"grids": grids})
    register = Register.of(town)
    assert register.grid_at(114.01, 30.01) == grids[0]
    assert register.grid_at(115.05, 30.05) == grids[0]
    assert register.grid_at(114.05, 30.05) is None
    assert register.grid_at(114.5, 30.05) is None
    assert parse_grids(Path(GRIDS), to_geojson(grids)) == grids


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("429999001,东门镇,429999\n", "429999001,东门镇,999999\n", "the parent 999999"),
        ("429999001,东门镇,429999\n", "429999001,东门镇,429999002\n", "no code below its parent"),
        ("429999002,", "429999001,", "is on line"),
    ],
)
def test_an_area_must_be_below_an_area_of_the_town(
    town: Path, old: str, new: str, message: str
) -> None:
    """A parent that does not exist, or above another branch, is an error with its line."""
    path = town / "areas.csv"
    text = path.read_text(encoding="utf-8")
    name = next(line.split(",")[1] for line in text.splitlines() if line.startswith("429999001,"))
    old, new = old.replace("东门镇", name), new.replace("东门镇", name)
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    errors = [f for f in check_town(town) if f.severity == "error" and f.file == "areas.csv"]
    assert any(message in error.message for error in errors)


def test_a_city_and_its_districts_share_no_more_than_the_first_four_digits(town: Path) -> None:
    """430102 is below 430100, as GB/T 2260 has it."""
    path = town / "areas.csv"
    rows = "430100,示例市,\n430102,示例区,430100\n"
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    assert not [f for f in check_town(town) if f.severity == "error" and f.file == "areas.csv"]


def test_the_hub_does_not_start_with_a_faulty_town(town: Path) -> None:
    """`hub up` names the first errors, their lines, and the command that lists all."""
    require_valid_town(town)
    with (town / "areas.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"429999{number},多余,999999\n" for number in range(990, 997))
    with pytest.raises(TownError, match=r"hub rules check: areas.csv, line .*; 2 more$"):
        require_valid_town(town)
