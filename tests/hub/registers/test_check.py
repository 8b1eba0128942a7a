"""The check of a file: every fault with file and line, and nothing left out in silence."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from hub.registers.catalogue import REGISTERS
from hub.registers.check import CheckedEntry, Finding, Severity, check_files
from hub.registers.error import RegisterError
from hub.registers.grids import KnownGrids
from hub.registers.rows import inspect
from schemas.registers.entry import Person, Premises, RegisterKind, Standing
from schemas.registers.person_class import PersonClass
from schemas.town.register import FormerCode
from tests.builders.register_files import (
    FIRMS,
    PEOPLE,
    PREMISES,
    firm_code,
    id_number,
    person,
    write_csv,
)
from tests.builders.town import TOWN, VILLAGE
from tests.builders.workbooks import number, package, row

Results = list[CheckedEntry | Finding]


def results(
    *paths: Path, kind: RegisterKind = RegisterKind.PEOPLE, grids: KnownGrids | None = None
) -> Results:
    """Return all results of the check of files."""
    known = grids or KnownGrids(TOWN)
    return list(check_files(REGISTERS[kind], [inspect(path) for path in paths], known))


def entries(of: Results) -> list[CheckedEntry]:
    """Return the entries among results."""
    return [result for result in of if isinstance(result, CheckedEntry)]


def messages(of: Results, severity: Severity) -> list[tuple[str, str]]:
    """Return position and message of the findings of a severity."""
    return [
        (result.position, result.message)
        for result in of
        if isinstance(result, Finding) and result.severity is severity
    ]


def faults(of: Results) -> list[tuple[str, str]]:
    """Return position and message of each fault."""
    return messages(of, Severity.FAULT)


def notes(of: Results) -> list[tuple[str, str]]:
    """Return position and message of each note."""
    return messages(of, Severity.NOTE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_text_is_read_in_every_usual_form(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Excel writes GBK, UTF-8 with a mark, and “Unicode text” with tabs."""
    rows = [PEOPLE, person(1, "G1", "独居老人|残疾人", "在住", "138 0000 0001"), person(2, "G2")]
    path = write_csv(tmp_path / "people.csv", rows, encoding=encoding, delimiter=delimiter)
    first, second = (checked.entry for checked in entries(results(path)))
    assert isinstance(first, Person)
    assert first.classes == (PersonClass.DISABLED, PersonClass.LIVES_ALONE)
    assert (first.name, first.phone, second.grid_code) == ("王1", "138 0000 0001", "G2")


def test_each_fault_has_its_line(tmp_path: Path) -> None:
    """Several faults of one row are one finding; good rows beside them are entries."""
    rows = [
        ("重点人群台账（2026年）",),
        ("*姓名（必填）", "公民身份号码", "所属网格", "关爱类别", "备注"),
        ("王一", id_number(1), "G1", "独居老人", ""),
        ("王二", id_number(2)[:17], "G9", "", ""),
        ("", "", "", "", ""),
        ("", id_number(3), "G1", "", ""),
        ("王四", id_number(4), "G1", "老人", ""),
        ("合计", "3", "", "", ""),
        ("填表人：李某", "", "", "", ""),
    ]
    checked = results(write_csv(tmp_path / "people.csv", rows))
    assert [entry.position for entry in entries(checked)] == ["line 3"]
    assert [position for position, _ in faults(checked)] == ["line 4", "line 6", "line 7"]
    second, third, fourth = (message for _, message in faults(checked))
    assert "this has 17; 网格编码: grid G9 is not in grids.geojson" in second
    assert third == "姓名 is empty"
    assert "老人 is no class of people" in fourth
    assert [position for position, _ in notes(checked)] == ["line 2", "line 8", "line 9"]
    assert "备注" in notes(checked)[0][1]


def test_a_cell_over_several_lines_counts_them(tmp_path: Path) -> None:
    """The line of a fault is the one that an editor shows."""
    rows = [PEOPLE, ("王\n一", id_number(1), "G1"), ("王二", "", "G1")]
    checked = results(write_csv(tmp_path / "people.csv", rows))
    assert faults(checked) == [("line 4", "身份证号 is empty")]


def test_duplicates_are_refused_or_left_out_with_a_note(tmp_path: Path) -> None:
    """The same row twice is a note; two rows that contradict each other are a fault."""
    rows = [PEOPLE, person(1), person(2), person(1), person(2, "G2")]
    checked = results(write_csv(tmp_path / "people.csv", rows))
    assert [entry.position for entry in entries(checked)] == ["line 2", "line 3"]
    ((same, note),) = notes(checked)
    ((other, fault),) = faults(checked)
    assert (same, other) == ("line 4", "line 5")
    assert "the same as on line 2" in note
    assert "is on line 3 too, with other values" in fault
    assert id_number(2) not in fault


def test_a_duplicate_in_another_file_is_seen(tmp_path: Path) -> None:
    """The message names the file."""
    first = write_csv(tmp_path / "east.csv", [PEOPLE, person(1)])
    second = write_csv(tmp_path / "west.csv", [PEOPLE, person(1, "G2")])
    ((position, message),) = faults(results(first, second))
    assert position == "line 2"
    assert f"line 2 of {first}" in message


def test_one_who_moved_counts_where_he_lives_now(tmp_path: Path) -> None:
    """Of several rows the one that counts wins, in either order; the others are notes."""
    rows = [
        PEOPLE,
        person(1, "G1", "", "迁出"),
        person(1, "G2", "", "在住"),
        person(2, "G2", "", "在住"),
        person(2, "G1", "", "迁出"),
        person(3, "", "", "死亡"),
    ]
    checked = results(write_csv(tmp_path / "people.csv", rows))
    assert faults(checked) == []
    last = {checked.entry.id_number: checked.entry for checked in entries(checked)}  # type: ignore[attr-defined]
    assert [last[id_number(each)].grid_code for each in (1, 2, 3)] == ["G2", "G2", ""]
    assert last[id_number(3)].standing is Standing.DEAD
    assert [position for position, _ in notes(checked)] == ["line 3", "line 5"]


def test_a_day_of_moving_means_that_he_moved(tmp_path: Path) -> None:
    """Offices often have the day and no column for the standing."""
    rows = [("姓名", "身份证号", "网格编码", "迁出日期"), (*person(1), "2026/2/1"), person(2)]
    standings = [
        each.entry.standing for each in entries(results(write_csv(tmp_path / "p.csv", rows)))
    ]
    assert standings == [Standing.LEFT, Standing.CURRENT]


def test_a_grid_with_a_former_code_is_found(tmp_path: Path) -> None:
    """`former_codes.csv` has the code of today of its division."""
    grid = f"{VILLAGE}001"
    today = TOWN.grids[0].model_copy(update={"code": grid})
    former = FormerCode(former="421298001001", code=VILLAGE)
    town = TOWN.model_copy(update={"grids": (today,), "former_codes": (former,)})
    path = write_csv(tmp_path / "p.csv", [PEOPLE, person(1, "421298001001001")])
    checked = results(path, grids=KnownGrids(town))
    assert entries(checked)[0].entry.grid_code == grid
    assert "former_codes.csv" in notes(checked)[0][1]


def test_a_workbook_is_read(tmp_path: Path) -> None:
    """Every visible sheet with the header counts; others are notes. Dates and codes as numbers."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "东镇"
    first.append(["场所台账"])
    first.append(["场所编号", "场所名称", "网格编码", "经度", "纬度"])
    first.append([1001, "一小", "G1", 114.905, 30.005])
    second = book.create_sheet("西镇")
    second.append(list(PREMISES))
    second.append(["1002", "消火栓", "G2", "消火栓", "", ""])
    book.create_sheet("说明").append(["请勿修改表头"])
    hidden = book.create_sheet("旧表")
    hidden.append(list(PREMISES))
    hidden.sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)
    path = tmp_path / "premises.xlsx"
    path.write_bytes(content.getvalue())
    checked = results(path, kind=RegisterKind.PREMISES)
    assert faults(checked) == []
    first_entry, second_entry = (each.entry for each in entries(checked))
    assert isinstance(first_entry, Premises)
    assert (first_entry.code, first_entry.lon) == ("1001", 114.905)
    assert second_entry.grid_code == "G2"
    assert [position for position, _ in notes(checked)] == ["sheet 旧表", "sheet 说明"]


def test_a_sheet_with_a_wrong_header_is_a_fault(tmp_path: Path) -> None:
    """Beside good sheets, too: without it a part of the register would be missing."""
    book = Workbook()
    book.create_sheet("东镇").append(list(PEOPLE))
    west = book.create_sheet("西镇")
    west.append(["姓名", "身份证号", "格子"])
    west.append(list(person(1)))
    content = io.BytesIO()
    book.save(content)
    path = tmp_path / "people.xlsx"
    path.write_bytes(content.getvalue())
    assert [position for position, _ in faults(results(path))] == ["sheet 西镇"]


def test_an_id_number_that_a_spreadsheet_cut_is_refused(tmp_path: Path) -> None:
    """A number cell keeps 15 digits; the position names sheet and row."""
    sheet = row(1, *PEOPLE) + row(2, "王一", number("4.2129919500302E+17"), "G1")
    path = tmp_path / "people.xlsx"
    path.write_bytes(package(sheet))
    ((position, message),) = faults(results(path))
    assert position == "三月 row 2"
    assert "lost digits" in message


def test_firms_are_checked(tmp_path: Path) -> None:
    """A wrong credit code is refused, with the code itself, which is public."""
    wrong = firm_code(1)[:-1] + ("0" if firm_code(1)[-1] != "0" else "1")
    rows = [FIRMS, (firm_code(1), "甲店", "G1", "王某", "13800000001"), (wrong, "乙店", "G1")]
    checked = results(write_csv(tmp_path / "f.csv", rows), kind=RegisterKind.FIRMS)
    assert len(entries(checked)) == 1
    assert wrong in faults(checked)[0][1]


def test_a_table_without_the_header_says_what_is_missing(tmp_path: Path) -> None:
    """And which header is near."""
    path = write_csv(tmp_path / "p.csv", [("姓名", "身份证号", "网格编吗"), person(1)])
    ((_, message),) = faults(results(path))
    assert "columns 网格编码" in message
    assert "网格编吗 (网格编码?)" in message
    assert "hub registers template people" in message


def test_two_columns_with_one_meaning_are_refused(tmp_path: Path) -> None:
    """The hub does not guess which counts."""
    path = write_csv(tmp_path / "p.csv", [(*PEOPLE, "所属网格"), person(1)])
    ((_, message),) = faults(results(path))
    assert "网格编码、所属网格 mean the same" in message


def test_a_row_with_a_comma_too_many_is_refused(tmp_path: Path) -> None:
    """Its values would stand in the wrong columns."""
    path = tmp_path / "p.csv"
    path.write_text(f"{','.join(PEOPLE)}\n王一,{id_number(1)},G1,,,,号码\n", "utf-8")
    assert "7 cells under 6 headers" in faults(results(path))[0][1]


def test_a_quotation_mark_that_stays_open_is_a_fault(tmp_path: Path) -> None:
    """The rows before it are checked, and the fault says that those after it were not."""
    path = tmp_path / "p.csv"
    path.write_text(
        f'{",".join(PEOPLE)}\n王一,{id_number(1)},G1,,,\n王二,"{id_number(2)},G1,,,\n', "utf-8"
    )
    checked = results(path)
    assert len(entries(checked)) == 1
    ((position, message),) = faults(checked)
    assert position == "line 3"
    assert "rows after it were not checked" in message


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "unpack it"),
        (b"\xff\xff\x00\x81" * 30, "neither in UTF-8 nor in GBK"),
        (b"PK\x03\x04broken", "people"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, advice: str) -> None:
    """The message names the file and what to do."""
    path = tmp_path / "people.xlsx"
    path.write_bytes(content)
    with pytest.raises(RegisterError, match=advice):
        results(path)


def test_a_name_that_begins_like_an_explanation_is_one(tmp_path: Path) -> None:
    """格式塔 is a school of psychology, and 注释 a word on a signboard."""
    rows = [
        FIRMS,
        ("18位", "必填，营业执照上的名称", "见网格表", "", ""),
        (firm_code(1), "格式塔心理咨询中心", "G1", "", ""),
        (firm_code(2), "例如文化工作室", "G1", "张三", "13800000000"),
    ]
    checked = results(write_csv(tmp_path / "firms.csv", rows), kind=RegisterKind.FIRMS)
    assert [entry.position for entry in entries(checked)] == ["line 3", "line 4"]
    assert [position for position, _ in notes(checked)] == ["line 2"]


def test_a_coordinate_of_zero_is_unknown(tmp_path: Path) -> None:
    """Exports write 0 for a place that nobody has measured; the map shows no point for it."""
    rows = [PREMISES, ("P1", "一号消火栓", "G1", "消火栓", "0", "0.000000")]
    checked = results(write_csv(tmp_path / "premises.csv", rows), kind=RegisterKind.PREMISES)
    (hydrant,) = (checked.entry for checked in entries(checked))
    assert isinstance(hydrant, Premises)
    assert (hydrant.lon, hydrant.lat) == (None, None)
    assert [position for position, _ in notes(checked)] == ["line 2", "line 2"]
