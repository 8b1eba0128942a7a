"""A city's folder is made from tables, and what is missing from the others."""

import json
from pathlib import Path

import pytest
import shapefile
from click.testing import CliRunner

from connectors.formats.sheets.spreadsheet import workbook
from hub.cli.main import cli
from hub.settings.town import TownSettings
from hub.setup.divisions import areas_of, short_code, spoken_name
from hub.setup.folder import TABLES, CityFolder, Sources
from hub.setup.grids import read_grids
from hub.setup.tables import read_rows, read_table
from hub.setup.templates import write_templates
from hub.town.check_files import check_every_file
from hub.town.models import load_register
from hub.town.registers import load_town
from hub.town.town_file import TownError
from schemas.reports.fact import Datum
from schemas.town.register import Area, Unit

AREAS = """\
2024年统计用区划代码,,
统计用区划代码,城乡分类代码,名称
420999000000,,清水县
420999100000,,城关镇
420999100001,121,东街社区居民委员会
420999100002,121,西街社区居民委员会
420999101000,,大河乡人民政府
420999101200,220,河口村村民委员会
"""
SQUARE = [[114.0, 30.0], [114.01, 30.0], [114.01, 30.01], [114.0, 30.01], [114.0, 30.0]]


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    """Return the table of the statistics office, in GBK."""
    path = tmp_path / "areas.csv"
    path.write_bytes(AREAS.encode("gb18030"))
    return path


def city_from(folder: Path, *, replace: bool = False, **files: Path) -> CityFolder:
    """Make a folder of files."""
    city = CityFolder(folder, Sources(files, replace=replace))
    city.make()
    return city


def test_a_table_of_areas_is_enough(areas: Path, tmp_path: Path) -> None:
    """Grids, units, duty lists and rules follow, and the folder has no error."""
    city_from(tmp_path / "city", areas=areas)
    findings = check_every_file(tmp_path / "city")
    assert [finding for finding in findings if finding.severity == "error"] == []
    town = load_town(tmp_path / "city")
    names = {area.code: (area.name, area.parent) for area in town.areas}
    assert names["420999100001"] == ("东街社区", "420999100")
    assert names["420999101"] == ("大河乡", "420999")
    assert len(town.grids) == 3
    register = load_register(TownSettings(town=tmp_path / "city"))
    assert register.grid_at(114.0, 30.0) is None
    assert [unit.name for unit in register.units_of("420999101200")] == ["河口村"]
    assert "城管局" in {unit.unit_type for unit in register.units_of("420999")}
    assert town.rules.last_decider.startswith("420999-")
    assert town.rules.alarms
    assert "429999" not in (tmp_path / "city" / "rules.yaml").read_text("utf-8")


def test_files_of_the_folder_are_kept(areas: Path, tmp_path: Path) -> None:
    """A second run changes nothing that people have edited, unless it is told to."""
    folder = tmp_path / "city"
    city_from(folder, areas=areas)
    units = folder / "units.csv"
    units.write_text(units.read_text("utf-8").replace("城关镇", "城关镇政府"), "utf-8")
    edited = units.read_bytes()
    city = city_from(folder, areas=areas)
    assert city.written == []
    assert units.read_bytes() == edited
    city_from(folder, replace=True, areas=areas)
    assert units.read_bytes() != edited


def test_own_units_are_completed(areas: Path, tmp_path: Path) -> None:
    """A table of bureaus needs no row for each village: these are added where nobody serves."""
    bureaus = tmp_path / "units.xlsx"
    rows = [
        ["清水县承办单位", "", "", "", ""],
        ["代码", "名称", "层级", "服务区域代码", "单位类型"],
        ["CG", "城管执法局", "区县", "420999", "城管局"],
        ["DJ", "东街社区服务中心", "社区", "420999100001", "社区"],
    ]
    bureaus.write_bytes(workbook("x", rows))
    city_from(tmp_path / "city", areas=areas, units=bureaus)
    town = load_town(tmp_path / "city")
    assert [unit.name for unit in town.units if unit.area == "420999100001"] == ["东街社区服务中心"]
    assert [unit.name for unit in town.units if unit.area == "420999100002"] == ["西街社区"]
    assert {duty.unit_type for duty in town.duties} == {"城管局", "grid", "village", "township"}
    assert [rule.id for rule in town.rules.rules] == ["lowest-tier"]
    assert not [f for f in check_every_file(tmp_path / "city") if f.severity == "error"]


def test_templates_have_headers_that_are_read(tmp_path: Path) -> None:
    """Each template has the columns of its table, and its example row is not read."""
    paths = write_templates(tmp_path)
    assert {path.stem for path in paths} == set(TABLES)
    for path in paths:
        model = TABLES[path.stem]
        needed = [name for name, field in model.model_fields.items() if field.is_required()]
        assert read_table(path, model, needed) == []
    assert write_templates(tmp_path) == []


def test_a_cut_number_and_an_empty_cell_are_named(tmp_path: Path) -> None:
    """All rows that cannot be read are named, with their lines."""
    path = tmp_path / "units.csv"
    path.write_text(
        "代码,名称,层级,服务区域代码,单位类型\nA,,区县,420999,x\nB,=1+1,区县,420999,x\n", "utf-8"
    )
    with pytest.raises(TownError) as raised:
        read_table(path, Unit, ("code", "name", "tier", "area", "unit_type"))
    assert "line 2" in str(raised.value)
    assert "名称 is empty" in str(raised.value)


def test_a_row_with_a_bad_value_is_named_by_its_line(tmp_path: Path) -> None:
    """The line is that of the file, with its title, its header and empty lines."""
    path = tmp_path / "units.csv"
    path.write_text(
        "清河县单位表\n代码,名称,层级,服务区域代码,单位类型\nA,城管局,区县,420999,x\n\n"
        "B,住建局,星球,420999,x\n",
        "utf-8",
    )
    with pytest.raises(TownError, match=r"units\.csv, line 5: tier"):
        read_rows(path, Unit, ("code", "name", "tier", "area", "unit_type"))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("420999000000", "420999"),
        ("420999100000", "420999100"),
        ("420999100001", "420999100001"),
        (" 420999 ", "420999"),
        ("420999.0", "420999"),
    ],
)
def test_codes_lose_their_padding(written: str, code: str) -> None:
    """Statistical codes are padded with zeros to twelve digits."""
    assert short_code(written) == code


@pytest.mark.parametrize(
    ("official", "spoken"),
    [
        ("河口村民委员会", "河口村"),
        ("河口村委会", "河口村"),
        ("东街居委会", "东街社区"),
        ("建设街道办事处", "建设街道"),
        ("清水县", "清水县"),
    ],
)
def test_names_are_as_people_write_them(official: str, spoken: str) -> None:
    """Nobody writes the ending of an official name."""
    assert spoken_name(official) == spoken


@pytest.mark.parametrize("code", ["", "1", "4209991", "42099A", "4209991000010", "../etc/passwd"])
def test_no_code_is_made_up(code: str) -> None:
    """What is no code is refused with its text."""
    with pytest.raises(TownError, match="no division code"):
        areas_of([(code, "x")])


def test_two_names_of_one_area_are_refused() -> None:
    """The table has an error then, and the first name would win silently."""
    with pytest.raises(TownError, match="twice"):
        areas_of([("420999", "a"), ("420999000000", "b")])


def test_grids_come_from_geojson_of_a_map_program(tmp_path: Path) -> None:
    """Chinese properties, numbers as codes, and shifted coordinates are read."""
    path = tmp_path / "grids.json"
    properties = {
        "网格编码": 420999100001001.0,
        "网格名称": "东街一格",
        "户数": "310",
        "OBJECTID": 1,
    }
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    known = [Area(code="420999100001", name="东街社区")]
    (grid,) = read_grids(path, known, Datum.GCJ02)
    assert (grid.code, grid.name, grid.households) == ("420999100001001", "东街一格", 310)
    assert grid.division_code == "420999100001"
    lon, lat = grid.ring[0]
    assert 0.0005 < abs(lon - 114.0) < 0.01
    assert 0.0005 < abs(lat - 30.0) < 0.01


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_grids_come_from_a_shapefile(tmp_path: Path, charset: str) -> None:
    """The texts of a Shapefile are in UTF-8 or in GBK."""
    path = tmp_path / "grids.shp"
    with shapefile.Writer(str(path), encoding=charset) as writer:
        writer.field("code", "C", 20)
        writer.field("name", "C", 40)
        writer.poly([SQUARE])
        writer.record("420999100001001", "东街第一网格")
    (grid,) = read_grids(path, [Area(code="420999100001", name="东街社区")], Datum.WGS84)
    assert grid.name == "东街第一网格"
    assert len(grid.ring) == 5


def test_projected_and_broken_shapefiles_are_refused(tmp_path: Path) -> None:
    """The sentence says in which system to export them."""
    path = tmp_path / "grids.shp"
    path.write_bytes(b"nothing")
    with pytest.raises(TownError, match="no Shapefile"):
        read_grids(path, [], Datum.WGS84)
    path.with_suffix(".prj").write_text('PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 114E"]')
    with pytest.raises(TownError, match="EPSG:4326"):
        read_grids(path, [], Datum.WGS84)


def test_the_command_leads_from_an_empty_folder_to_a_city(tmp_path: Path) -> None:
    """It writes templates first, and ends with a check whose exit code counts."""
    run, folder = CliRunner(), tmp_path / "city"
    first = run.invoke(cli, ["init", str(folder)])
    assert first.exit_code == 0
    assert "fill in areas.xlsx" in first.output
    asked = "420999 清水县\n420999100 城关镇\n420999100001 东街社区\n\n"
    second = run.invoke(cli, ["init", str(folder), "--ask"], input=asked)
    assert second.exit_code == 0, second.output
    assert "0 errors" in second.output
    (folder / "units.csv").write_text("code,name\n", "utf-8")
    third = run.invoke(cli, ["init", "--check", str(folder)])
    assert third.exit_code == 1
    assert "units.csv, line 1" in third.output
    missing = run.invoke(cli, ["init", str(tmp_path / "none"), "--check"])
    assert missing.exit_code == 1
    assert "run hub init" in missing.output


def test_own_duty_lists_leave_out_the_rules_that_they_do_not_support(
    areas: Path, tmp_path: Path
) -> None:
    """A rule whose lead lacks the duty is not written, and the check warns of nothing worse."""
    duties = tmp_path / "duties.csv"
    duties.write_text("单位类型,事项,职责\n城管局,路灯,主责\n", "utf-8")
    city_from(tmp_path / "city", areas=areas, duties=duties)
    town = load_town(tmp_path / "city")
    assert [rule.id for rule in town.rules.rules] == ["courts", "crimes", "police", "lowest-tier"]
    assert town.rules.alarms
    assert not [f for f in check_every_file(tmp_path / "city") if f.severity == "error"]


def test_a_city_without_alarms_is_warned(areas: Path, tmp_path: Path) -> None:
    """The rules for units of one's own call nobody for a danger."""
    units = tmp_path / "units.csv"
    units.write_text("代码,名称,层级,服务区域代码,单位类型\nA,甲局,区县,420999,甲局\n", "utf-8")
    city_from(tmp_path / "city", areas=areas, units=units)
    warnings = [finding.message for finding in check_every_file(tmp_path / "city")]
    assert any("nobody is called" in message for message in warnings)
