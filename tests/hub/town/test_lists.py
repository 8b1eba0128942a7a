"""The lists of certificates and admissions: read as cities write them, checked line by line."""

import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.formats.sheets.spreadsheet import workbook
from hub.settings.town import SHIPPED_TOWN
from hub.setup.folder import CityFolder, Sources
from hub.setup.tables import read_rows
from hub.town.check_files import check_every_file
from hub.town.registers import ADMISSIONS, CERTIFICATES, load_town
from hub.town.town_file import TownError, TownFinding, parse_csv
from schemas.cases.assignment import Tier
from schemas.town.lists import Admission, Certificate, CertificateStatus, TaskKind


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a copy of the shipped town, without its many households."""
    folder = tmp_path / "town"
    shutil.copytree(SHIPPED_TOWN, folder, ignore=shutil.ignore_patterns("households.csv", "*.py"))
    return folder


def findings(folder: Path, name: str) -> list[TownFinding]:
    """Return what is wrong with a file."""
    return [finding for finding in check_every_file(folder) if finding.file == name]


def test_the_shipped_lists_have_no_fault(town: Path) -> None:
    """They are kept and cancelled certificates, and admissions of several departments."""
    assert findings(town, CERTIFICATES) == []
    assert findings(town, ADMISSIONS) == []
    loaded = load_town(town)
    statuses = [line.status for line in loaded.certificates]
    assert statuses.count(CertificateStatus.KEPT) == 6
    assert len({line.department for line in loaded.admissions}) > 5


def test_a_town_without_the_lists_is_whole(town: Path) -> None:
    """Both files are optional."""
    (town / CERTIFICATES).unlink()
    (town / ADMISSIONS).unlink()
    assert load_town(town).certificates == ()
    assert [f for f in check_every_file(town) if f.severity == "error"] == []


def test_chinese_headers_words_and_separators_are_read() -> None:
    """Excel saves GBK; other names have 、 between them, and the status is a word."""
    header = "证明名称,俗称,状态,主管部门,替代方式,依据\n"
    text = f"{header}单身证明,未婚证明、未再婚证明；离异证明,取消,民政局,承诺,6号\n,,,,,\n"
    (line,) = parse_csv(Path(CERTIFICATES), text.encode("gb18030"), Certificate)
    assert line.known_as == ("单身证明", "未婚证明", "未再婚证明", "离异证明")
    assert line.status is CertificateStatus.CANCELLED


@pytest.mark.parametrize(
    ("cell", "most"), [("4", 4), ("４次", 4), ("4.0", 4), ("不限", None), ("", None)]
)
def test_a_number_of_times_is_read_as_people_write_it(cell: str, most: int | None) -> None:
    """Full-width digits, 次, the zero of a spreadsheet, and no limit."""
    text = f"部门,任务类型,层级,每年次数上限\n各部门,督查,乡镇（街道）,{cell}\n"
    (line,) = parse_csv(Path(ADMISSIONS), text.encode(), Admission)
    assert (line.department, line.kind, line.tier) == ("*", TaskKind.INSPECTION, Tier.TOWNSHIP)
    assert line.most == most


@pytest.mark.parametrize(
    ("row", "severity", "word"),
    [
        ("居住证明,,cancelled,教育局,承诺,1号", "error", "is on line"),
        ("甲证明,实际居住证明,kept,教育局,,1号", "error", "too short"),
        ("甲乙证明,实际居住证明,kept,教育局,,1号", "error", "is on line"),
        ("甲乙证明,,kept,水利局,,1号", "warning", "no type or name"),
        ("甲乙证明,,cancelled,教育局,,1号", "warning", "what replaces it"),
        ("甲乙证明,,kept,教育局,,", "warning", "no ground"),
        ("合计,,36,,,", "error", "status"),
        ("甲乙证明,,废止,教育局,,1号", "error", "status"),
    ],
)
def test_a_fault_of_a_certificate_has_its_line(
    town: Path, row: str, severity: str, word: str
) -> None:
    """Names that two lines have, unknown departments, total rows, and unknown words."""
    path = town / CERTIFICATES
    lines = len(path.read_text("utf-8").splitlines())
    path.write_text(f"{path.read_text('utf-8')}\n{row}\n", "utf-8")
    matching = [f for f in findings(town, CERTIFICATES) if f.line == lines + 2]
    assert [f.severity for f in matching if word in f.message] == [severity]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("应急局,inspection,township,3,", "is on line 2 too"),
        ("水利局,form,township,3,", "no type or name"),
        ("应急局,form,grid,3,", "township or village"),
        ("应急局,form,township,0,", "most"),
        ("应急局,form,township,若干,", "most"),
    ],
)
def test_a_fault_of_an_admission_is_an_error(town: Path, row: str, word: str) -> None:
    """A line that is twice would have two limits; a grid gets no tasks from departments."""
    path = town / ADMISSIONS
    lines = len(path.read_text("utf-8").splitlines())
    path.write_text(f"{path.read_text('utf-8')}{row}\n", "utf-8")
    messages = [f.message for f in findings(town, ADMISSIONS) if f.line == lines + 1]
    assert len(messages) == 1
    assert word in messages[0]


def test_a_workbook_of_an_office_is_read(tmp_path: Path) -> None:
    """With a title above the header, and a column of serial numbers that is left out."""
    path = tmp_path / "certificates.xlsx"
    rows = [
        ["清河县社区证明事项清单", "", "", "", ""],
        ["序号", "证明事项", "清单状态", "责任部门", "取消后办理方式"],
        ["1", "婚姻状况证明", "已取消", "民政局", "查询婚姻登记信息"],
        ["2", "居住证明", "保留", "教育局", ""],
    ]
    path.write_bytes(workbook("清单", rows))
    lines = read_rows(path, Certificate, ["name", "status"])
    assert [(line.name, str(line.status)) for line in lines] == [
        ("婚姻状况证明", "cancelled"),
        ("居住证明", "kept"),
    ]


@pytest.mark.parametrize(
    ("title", "status"),
    [("清河县保留的证明事项清单", "kept"), ("取消证明事项目录", "cancelled")],
)
def test_the_title_of_a_list_says_what_it_is_of(tmp_path: Path, title: str, status: str) -> None:
    """Departments publish what stays and what is cancelled as two lists without such a column."""
    path = tmp_path / "certificates.xlsx"
    rows = [
        [title, "", "", ""],
        ["序号", "证明事项名称", "设定依据", "索要单位"],
        ["1", "居住证明", "《居住证暂行条例》", "教育局"],
    ]
    path.write_bytes(workbook("清单", rows))
    (line,) = read_rows(path, Certificate, ["name", "status"])
    assert (line.name, str(line.status), line.department) == ("居住证明", status, "教育局")


def test_a_title_of_both_lists_says_nothing(tmp_path: Path) -> None:
    """A certificate that stays would be counted as cancelled, or the other way round."""
    path = tmp_path / "certificates.xlsx"
    rows = [["保留和取消的证明事项清单", ""], ["序号", "证明事项"], ["1", "居住证明"]]
    path.write_bytes(workbook("清单", rows))
    with pytest.raises(TownError, match="状态"):
        read_rows(path, Certificate, ["name", "status"])


def test_all_sheets_of_a_workbook_are_read(tmp_path: Path) -> None:
    """What stays is on one sheet, what is cancelled on another."""
    book, path = Workbook(), tmp_path / "certificates.xlsx"
    for word, name in (("保留", "居住证明"), ("取消", "婚姻状况证明")):
        sheet = book.create_sheet(word)
        rows: list[list[str]] = [[f"{word}证明事项清单"], ["序号", "证明名称"], ["1", name]]
        for row in rows:
            sheet.append(row)
    book.save(path)
    lines = read_rows(path, Certificate, ["name", "status"])
    assert [(line.name, str(line.status)) for line in lines] == [
        ("居住证明", "kept"),
        ("婚姻状况证明", "cancelled"),
    ]


def test_a_new_city_gets_the_lists_that_it_hands_in(tmp_path: Path) -> None:
    """Without a table of admissions there is no such file; other names are separated by |."""
    areas, listed = tmp_path / "areas.csv", tmp_path / "listed.csv"
    areas.write_text("代码,名称\n420999,清水县\n420999100,城关镇\n420999100001,东街社区\n", "utf-8")
    listed.write_text("证明名称,别名,状态\n婚姻状况证明,单身证明、未婚证明,取消\n", "utf-8")
    city = tmp_path / "city"
    CityFolder(city, Sources({"areas": areas, "certificates": listed})).make()
    assert not (city / ADMISSIONS).exists()
    (line,) = load_town(city).certificates
    assert line.known_as == ("婚姻状况证明", "单身证明", "未婚证明")
    assert [f.severity for f in findings(city, CERTIFICATES)] == ["warning", "warning"]
