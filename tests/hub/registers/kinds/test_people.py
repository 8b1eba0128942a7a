"""People as other systems export them: the same fact in several columns, and no silent choice."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from hub.registers.check import Severity
from schemas.registers.document import DocumentKind
from schemas.registers.entry import Person, Standing
from schemas.registers.person_class import PersonClass
from tests.builders.register_files import id_number, person, write_csv
from tests.hub.registers.test_check import Results, entries, messages, results

EXPORT = (
    *("姓名", "身份证号", "性别", "出生日期", "联系电话", "手机", "现住小区/建筑", "门牌地址"),
    *("所属网格", "人员类型", "是否重点人员", "重点类别", "户籍地址", "户编号", "是否人户分离"),
    *("是否已迁出", "迁出日期", "是否已死亡", "死亡日期", "民族", "与户主关系"),
)
"""The columns of an export of a grid system, with the order and names such systems use."""


def exported(number: int, **cells: str) -> tuple[str, ...]:
    """Return a row of `EXPORT`; `cells` replace those of an ordinary resident."""
    ordinary = {
        "姓名": f"王{number}",
        "身份证号": id_number(number),
        "所属网格": "G1",
        "人员类型": "常住人口",
        "是否重点人员": "0",
        "是否已迁出": "0",
        "是否已死亡": "0",
        "民族": "汉族",
    }
    return tuple({**ordinary, **cells}.get(name, "") for name in EXPORT)


def checked(tmp_path: Path, *rows: tuple[str, ...]) -> Results:
    """Return the results of a file with these rows below the header of an export."""
    return results(write_csv(tmp_path / "p.csv", [EXPORT, *rows]))


def people(of: Results) -> list[Person]:
    """Return the people among results."""
    return [each.entry for each in entries(of) if isinstance(each.entry, Person)]


def test_an_export_is_read_and_what_is_not_read_is_named(tmp_path: Path) -> None:
    """Classes of several columns are one list, address and phones of two columns one text."""
    cells = {
        "人员类型": "流动人口",
        "重点类别": "独居老人,低保户",
        "现住小区/建筑": "幸福小区",
        "门牌地址": "3栋2单元101室",
        "联系电话": "13800000001",
        "手机": "13900000002",
    }
    outcome = checked(tmp_path, exported(1, **cells), exported(2))
    first, second = people(outcome)
    assert first.classes == (PersonClass.LIVES_ALONE, PersonClass.LOW_INCOME)
    assert first.address == "幸福小区 3栋2单元101室"
    assert first.phone == "13800000001 13900000002"
    assert (second.classes, second.document) == ((), DocumentKind.ID_CARD)
    ((position, note),) = messages(outcome, Severity.NOTE)
    assert position == "line 1"
    assert note.endswith("是否重点人员、户籍地址、是否人户分离、民族、与户主关系")


def test_the_line_of_explanations_below_the_header_is_left_out(tmp_path: Path) -> None:
    """Exports say there what each column needs."""
    notes = {"姓名": "必填，真实姓名", "身份证号": "必填，18位身份证", "出生日期": "格式：YYYYMMDD"}
    outcome = checked(tmp_path, exported(1, **notes), exported(2))
    assert [each.position for each in entries(outcome)] == ["line 3"]
    assert "explains the columns" in messages(outcome, Severity.NOTE)[1][1]


@pytest.mark.parametrize(
    ("cells", "standing", "until"),
    [
        ({"是否已死亡": "1", "死亡日期": "20260301"}, Standing.DEAD, "2026-03-01"),
        ({"是否已死亡": "", "死亡日期": "2026.3.1"}, Standing.DEAD, "2026-03-01"),
        ({"是否已迁出": "是", "迁出日期": "2026/2/1"}, Standing.LEFT, "2026-02-01"),
        ({"是否已迁出": "是"}, Standing.LEFT, "None"),
        (
            {"是否已迁出": "1", "迁出日期": "20250101", "是否已死亡": "1", "死亡日期": "20260301"},
            Standing.DEAD,
            "2026-03-01",
        ),
        ({}, Standing.CURRENT, "None"),
    ],
)
def test_moves_and_deaths_are_read_from_their_own_columns(
    tmp_path: Path, cells: dict[str, str], standing: Standing, until: str
) -> None:
    """By the answer, by the day, or by both; death counts more than an earlier move."""
    ((entry,), faults) = (
        people(outcome := checked(tmp_path, exported(1, **cells))),
        messages(outcome, Severity.FAULT),
    )
    assert (entry.standing, str(entry.until)) == (standing, until)
    assert faults == []


def test_columns_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    """The office knows which is right."""
    outcome = checked(tmp_path, exported(1, 是否已死亡="否", 死亡日期="20260301"))
    assert messages(outcome, Severity.FAULT) == [
        ("line 2", "是否死亡 says 否, but 死亡日期 has a day")
    ]
    rows = [
        ("姓名", "身份证号", "网格编码", "状态", "死亡日期"),
        (*person(1), "在册", "2026-03-01"),
    ]
    again = results(write_csv(tmp_path / "q.csv", rows))
    assert "状态 says that the person counts" in messages(again, Severity.FAULT)[0][1]


@pytest.mark.parametrize("written", ["19500302", "1950.3.2", "1950-03-02", "1950年3月2日", "18324"])
def test_a_day_of_birth_is_compared_with_the_number(tmp_path: Path, written: str) -> None:
    """In every form that exports write, serials of spreadsheets too."""
    outcome = checked(tmp_path, exported(1, 出生日期=written))
    assert len(people(outcome)) == 1
    assert len(messages(outcome, Severity.NOTE)) == 1


def test_what_differs_from_the_number_is_a_note(tmp_path: Path) -> None:
    """The number has a check character, so it counts; a birthday by the old calendar is usual."""
    wrong = {"出生日期": "1950-01-15", "性别": "女"}
    outcome = checked(tmp_path, exported(1, **wrong), exported(2, 出生日期="不记得"))
    assert len(people(outcome)) == 2
    spoken = [message for _, message in messages(outcome, Severity.NOTE)[1:]]
    assert spoken == [
        "出生日期 is not that of the ID number, which counts",
        "性别 is not that of the ID number, which counts",
        "出生日期: is no date; it was not compared with the ID number",
    ]


def test_people_without_an_id_number_are_in_the_register(tmp_path: Path) -> None:
    """A newborn child by the birth certificate, foreigners by their documents."""
    rows = [
        ("姓名", "证件类型", "证件号码", "网格编码"),
        ("王宝宝", "出生医学证明", "K640123456", "G1"),
        ("SMITH JOHN", "护照", "E12345678", "G1"),
        ("LEE MARY", "护照", "E12345679", "G2"),
        ("陈某", "港澳居民来往内地通行证", "H12345678", "G1"),
        ("王某", "", id_number(3), "G1"),
        ("王某", "护照", "无", "G1"),
    ]
    outcome = results(write_csv(tmp_path / "p.csv", rows))
    assert [each.key for each in people(outcome)] == [
        "birth_certificate:K640123456",
        "passport:E12345678",
        "passport:E12345679",
        "hong_kong_macao_permit:H12345678",
        id_number(3),
    ]
    assert [position for position, _ in messages(outcome, Severity.FAULT)] == ["line 7"]


def test_a_passport_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    """As any number does; the sentence does not show it."""
    row = ("SMITH JOHN", "护照", "E12345678")
    rows = [("姓名", "证件类型", "证件号码", "网格编码"), (*row, "G1"), (*row, "G2")]
    ((_, message),) = messages(results(write_csv(tmp_path / "p.csv", rows)), Severity.FAULT)
    assert "is on line 2 too, with other values" in message
    assert "E12345678" not in message


def test_a_household_in_merged_cells_is_that_of_each_member(tmp_path: Path) -> None:
    """Offices merge the cells of 户编号 and the address over the members; a title stands above."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["某某社区人口台账"])
    sheet.append(["户编号", "姓名", "身份证号", "所属网格", "与户主关系", "现住地址"])
    for number in range(4):
        first = number % 2 == 0
        household = [f"H{number}" if first else None, f"王{number}", id_number(number), "G1"]
        sheet.append([*household, "户主" if first else "配偶", "幸福小区3栋" if first else None])
    sheet.merge_cells("A1:F1")
    for top in (3, 5):
        sheet.merge_cells(f"A{top}:A{top + 1}")
        sheet.merge_cells(f"F{top}:F{top + 1}")
    content = io.BytesIO()
    book.save(content)
    path = tmp_path / "people.xlsx"
    path.write_bytes(content.getvalue())
    outcome = people(results(path))
    assert [each.household for each in outcome] == ["H0", "H0", "H2", "H2"]
    assert {each.address for each in outcome} == {"幸福小区3栋"}


def test_the_estate_and_the_door_are_one_address(tmp_path: Path) -> None:
    """现住小区 without a further word, as the page of the registers names it."""
    header = ("姓名", "身份证号", "所属网格", "现住小区", "门牌地址")
    row = ("王一", id_number(1), "G1", "幸福小区", "3栋101室")
    path = write_csv(tmp_path / "people.csv", [header, row])
    (first,) = people(results(path))
    assert first.address == "幸福小区 3栋101室"
