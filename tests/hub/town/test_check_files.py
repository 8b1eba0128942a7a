"""Every fault of a town's folder is named at once, with file and line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.accounts import staff
from hub.accounts.staff import StaffRole
from hub.settings.town import SHIPPED_TOWN
from hub.town import check_files
from hub.town.check import render_findings
from hub.town.check_files import ROLES, check_every_file
from hub.town.columns import HEADERS, WORDS, value_of, word_of
from hub.town.town_file import TownError, TownFinding, parse_csv
from schemas.category import CATEGORIES
from schemas.town.register import Area, Responsibility, Unit

AREAS = (
    "code,name,parent\n429999,清河县,\n429999001,城关街道,429999\n429999001001,东门社区,429999001\n"
)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town, without its many households."""
    folder = tmp_path / "town"
    shutil.copytree(SHIPPED_TOWN, folder, ignore=shutil.ignore_patterns("households.csv", "*.py"))
    return folder


def errors(folder: Path) -> list[TownFinding]:
    """Return the errors of a folder."""
    return [finding for finding in check_every_file(folder) if finding.severity == "error"]


def test_the_shipped_town_has_no_error(town: Path) -> None:
    """What is shipped passes."""
    assert errors(town) == []


def test_chinese_headers_and_words_are_read() -> None:
    """A table with Chinese headers is the same as one with the names of the code."""
    chinese = "代码,名称,层级,服务区域代码,单位类型\nU1,城管局,区县,429999,城管局\n".encode(
        "gb18030"
    )
    english = "code,name,tier,area,unit_type\nU1,城管局,county,429999,城管局\n".encode()
    assert parse_csv(Path("u"), chinese, Unit) == parse_csv(Path("u"), english, Unit)
    duty = parse_csv(Path("d"), "单位类型,事项,职责\n城管局,路灯,主责\n".encode(), Responsibility)
    assert duty[0].category == "facility.streetlight"
    assert duty[0].duty == "own"


@pytest.mark.parametrize("code", CATEGORIES)
def test_a_category_is_found_by_its_name(code: str) -> None:
    """The Chinese name of a leaf, which the templates have, means that leaf only."""
    assert value_of("category", word_of("category", code)) == code


FAULTS: dict[str, tuple[Callable[[Path], object], str, int, str]] = {
    "a missing file": (lambda t: (t / "units.csv").unlink(), "units.csv", 1, "hub init"),
    "a column with another name": (
        lambda t: (t / "areas.csv").write_text(AREAS.replace("name", "nmae"), "utf-8"),
        "areas.csv",
        1,
        "did you mean name",
    ),
    "a missing column": (
        lambda t: (t / "areas.csv").write_text("code,parent\n1,2\n", "utf-8"),
        "areas.csv",
        1,
        "no column name or 名称",
    ),
    "a column twice": (
        lambda t: (t / "areas.csv").write_text("code,name,名称\n", "utf-8"),
        "areas.csv",
        1,
        "two columns mean name",
    ),
    "a code that Excel has cut": (
        lambda t: (t / "areas.csv").write_text(AREAS + "4.29999E+11,西门社区,429999001\n", "utf-8"),
        "areas.csv",
        5,
        "code",
    ),
    "too many values": (
        lambda t: (t / "areas.csv").write_text(AREAS + "429999002,x,429999,y\n", "utf-8"),
        "areas.csv",
        5,
        "more values",
    ),
    "an open quote": (
        lambda t: (t / "areas.csv").write_text(AREAS + '429999002,"x,429999\n', "utf-8"),
        "areas.csv",
        5,
        "no CSV",
    ),
    "another charset": (
        lambda t: (t / "areas.csv").write_bytes(b"code,name\n1,\xff\xff\xff\n"),
        "areas.csv",
        1,
        "neither in UTF-8 nor in GBK",
    ),
    "an empty file": (lambda t: (t / "areas.csv").write_bytes(b""), "areas.csv", 1, "no column"),
    "a link": (
        lambda t: [(t / "areas.csv").unlink(), (t / "areas.csv").symlink_to("/etc/passwd")],
        "areas.csv",
        1,
        "it is a link",
    ),
    "a folder instead of a file": (
        lambda t: [(t / "duties.csv").unlink(), (t / "duties.csv").mkdir()],
        "duties.csv",
        1,
        "no plain file",
    ),
    "a name that is a formula": (
        lambda t: (t / "areas.csv").write_text(AREAS.replace("东门社区", "=1+1"), "utf-8"),
        "areas.csv",
        4,
        "formula",
    ),
    "a name with control characters": (
        lambda t: (t / "areas.csv").write_text(AREAS.replace("东门", "\x07"), "utf-8"),
        "areas.csv",
        4,
        "control",
    ),
    "rules in GBK": (
        lambda t: (t / "rules.yaml").write_bytes("rules:\n  - id: 规则\n".encode("gbk")),
        "rules.yaml",
        2,
        "UTF-8",
    ),
    "rules that are no YAML": (
        lambda t: (t / "rules.yaml").write_text("rules:\n  - {\n"),
        "rules.yaml",
        3,
        "",
    ),
    "rules with a control character": (
        lambda t: (t / "rules.yaml").write_bytes(b"rules: [\x07]\n"),
        "rules.yaml",
        1,
        "no YAML",
    ),
    "rules that are a text": (
        lambda t: (t / "rules.yaml").write_text("rules: none\n"),
        "rules.yaml",
        1,
        "list",
    ),
    "alarms that are a number": (
        lambda t: (t / "rules.yaml").write_text("alarms: 7\n"),
        "rules.yaml",
        1,
        "list",
    ),
    "rules that are deep": (
        lambda t: (t / "rules.yaml").write_text("rules: " + "[" * 1500),
        "rules.yaml",
        1,
        "",
    ),
    "examples that are a text": (
        lambda t: (t / "examples.yaml").write_text("none\n"),
        "examples.yaml",
        1,
        "list",
    ),
    "plans that are a text": (
        lambda t: (t / "patrols.yaml").write_text("none\n"),
        "patrols.yaml",
        1,
        "plans",
    ),
    "grids that are no JSON": (
        lambda t: (t / "grids.geojson").write_text("{\n{"),
        "grids.geojson",
        2,
        "no JSON",
    ),
    "grids that are deep": (
        lambda t: (t / "grids.geojson").write_text("[" * 100_000),
        "grids.geojson",
        1,
        "no JSON",
    ),
    "a mapping of no channel": (
        lambda t: [
            (t / "mappings").mkdir(),
            (t / "mappings" / "hotline.yaml").write_text("fields: {}\n"),
        ],
        "mappings/hotline.yaml",
        1,
        "hotline_12345",
    ),
    "a mapping that does not parse": (
        lambda t: [
            (t / "mappings").mkdir(),
            (t / "mappings" / "hotline_12345.yaml").write_text("fields: {title: 'a['}\n"),
        ],
        "mappings/hotline_12345.yaml",
        1,
        "title",
    ),
    "a member of an unknown office": (
        lambda t: (t / "staff.csv").write_text("姓名,角色,单位代码\n李镇长,街道,999\n", "utf-8"),
        "staff.csv",
        2,
        "999",
    ),
    "a member without an office": (
        lambda t: (t / "staff.csv").write_text("姓名,角色,单位代码\n李镇长,街道,\n", "utf-8"),
        "staff.csv",
        2,
        "needs the code",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_and_line(town: Path, fault: str) -> None:
    """One finding has the file, the line, and what to do; nothing is raised."""
    change, file, line, words = FAULTS[fault]
    change(town)
    findings = errors(town)
    assert any(
        finding.file == file and finding.line == line and words in finding.message
        for finding in findings
    ), findings


def test_the_roles_are_those_of_the_staff() -> None:
    """The list of the check, which knows no accounts, has every role."""
    assert set(ROLES) == set(StaffRole)
    assert check_files.LONGEST_NAME == staff.LONGEST_NAME


def test_all_faults_are_named_at_once(town: Path) -> None:
    """A row that cannot be read hides neither the next one nor those of other files."""
    (town / "areas.csv").write_text(AREAS + "x,a,\ny,b,\n", "utf-8")
    (town / "duties.csv").write_text("unit_type,category\ngrid,\n", "utf-8")
    findings = [(finding.file, finding.line) for finding in errors(town)]
    assert findings == [("areas.csv", 5), ("areas.csv", 6), ("duties.csv", 2)]


def test_the_line_is_that_of_the_file(town: Path) -> None:
    """Empty rows, which Excel leaves, do not shift the lines of later faults."""
    path = town / "areas.csv"
    path.write_text(path.read_text("utf-8") + "\n,,\n429999009,某镇,999999\n", "utf-8")
    lines = path.read_text("utf-8").splitlines()
    (finding,) = errors(town)
    assert (finding.file, finding.line) == ("areas.csv", lines.index("429999009,某镇,999999") + 1)


def test_grids_that_overlap_are_a_warning(town: Path) -> None:
    """A common border is usual, a common area is not."""
    path = town / "grids.geojson"
    collection = json.loads(path.read_text("utf-8"))
    assert not [f for f in check_every_file(town) if "overlap" in f.message]
    first, second, *_ = collection["features"]
    second["geometry"] = first["geometry"]
    path.write_text(json.dumps(collection), "utf-8")
    findings = [(f.severity, f.line) for f in check_every_file(town) if "overlap" in f.message]
    assert findings == [("warning", 1)]


def test_many_equal_grids_are_a_warning_each(town: Path) -> None:
    """A file in which all grids have one shape gives a line for each grid, not for each pair."""
    path = town / "grids.geojson"
    collection = json.loads(path.read_text("utf-8"))
    features = collection["features"]
    for feature in features:
        feature["geometry"] = features[0]["geometry"]
    path.write_text(json.dumps(collection), "utf-8")
    overlaps = [f.message for f in check_every_file(town) if "overlap" in f.message]
    assert len(overlaps) == len(features) - 1
    assert f" and {len(features) - 6} more: " in overlaps[0]


def test_shapes_are_checked(town: Path) -> None:
    """A border that crosses itself is an error, a grid without one a warning."""
    path = town / "grids.geojson"
    collection = json.loads(path.read_text("utf-8"))
    bow = [[114.0, 30.0], [114.1, 30.1], [114.1, 30.0], [114.0, 30.1], [114.0, 30.0]]
    collection["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [bow]}
    collection["features"][1]["geometry"] = None
    path.write_text(json.dumps(collection), "utf-8")
    findings = [(f.severity, f.line) for f in check_every_file(town) if f.file == "grids.geojson"]
    assert findings == [("error", 1), ("warning", 2)]


def test_a_header_of_a_foreign_table_is_refused() -> None:
    """A column that nobody knows is not silently left out."""
    with pytest.raises(TownError, match="no column"):
        parse_csv(Path("a.csv"), "code,name,备注\n".encode(), Area)


@pytest.mark.parametrize("page", ["town.md", "zh/town.md"])
def test_every_chinese_header_and_word_is_documented(page: str) -> None:
    """The table of the page has what the loader reads."""
    text = (Path(__file__).parents[3] / "docs" / page).read_text("utf-8")
    known = {f"`{name}`": words for name, words in HEADERS.items()}
    for column, meant in WORDS.items():
        known |= {f"`{column}`: `{value}`": words for value, words in meant.items()}
    rows = {f"| {name} | {words[0]} | {' '.join(words[1:])} |" for name, words in known.items()}
    assert rows <= set(text.splitlines())


def test_files_that_nobody_reads_are_named(town: Path) -> None:
    """A misspelt name would leave a table or a mapping without effect, and without a word."""
    folder = town / "mappings"
    folder.mkdir()
    (folder / "hotline_12345.yml").write_text("fields: {content: text}")
    (folder / "police_110.yaml").symlink_to(folder / "hotline_12345.yml")
    (town / "unit.csv").write_text("x")
    findings = {f.file: f for f in check_every_file(town) if "not read" in f.message}
    assert {finding.severity for finding in findings.values()} == {"warning"}
    assert "hotline_12345.yaml" in findings["mappings/hotline_12345.yml"].message
    assert "link" in findings["mappings/police_110.yaml"].message
    assert "units.csv" in findings["unit.csv"].message


@pytest.mark.parametrize("role", ["township", "unit", "auditor"])
def test_a_member_of_staff_has_an_office_of_the_tier_of_the_role(town: Path, role: str) -> None:
    """A township sees its area, so an office of the county is none."""
    (town / "staff.csv").write_text(f"name,role,unit\n李,{role},429999-00\n", "utf-8")
    findings = [finding.message for finding in errors(town)]
    assert findings == (["李: 429999-00 is no township"] if role == "township" else [])


@pytest.mark.parametrize("coordinates", [{}, {"coordinates": []}])
def test_a_polygon_without_coordinates_is_a_fault(
    town: Path, coordinates: dict[str, object]
) -> None:
    """The map program may have written half a feature."""
    grids = json.loads((town / "grids.geojson").read_text("utf-8"))
    grids["features"][0]["geometry"] = {"type": "Polygon", **coordinates}
    (town / "grids.geojson").write_text(json.dumps(grids), "utf-8")
    assert [finding.message for finding in errors(town)] == ["the Polygon has no coordinates"]


@pytest.mark.parametrize("sign", [";", "\t", "，"])
def test_other_separators_are_named(town: Path, sign: str) -> None:
    """To delete the only column would be bad advice."""
    path = town / "places.csv"
    path.write_text(path.read_text("utf-8").replace(",", sign), "utf-8")
    (finding,) = errors(town)
    assert "separated by" in finding.message


def test_one_error_is_no_errors() -> None:
    """The last line counts in words."""
    finding = TownFinding("error", "x", 1, "y")
    assert render_findings([finding], as_json=False)[1].endswith("1 error, 0 warnings")
