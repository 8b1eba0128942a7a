"""Dwellings and households: parts of addresses, uses, owners, and contradictions."""

from pathlib import Path

import pytest

from hub.registers.check import Severity
from schemas.registers.dwelling import Dwelling, DwellingKind, RegisteredHousehold
from schemas.registers.entry import RegisterKind
from tests.builders.register_files import write_csv
from tests.hub.registers.test_check import Results, entries, messages, results

HEADER = (
    "房屋编号",
    "网格编码",
    "地址",
    "房屋类型",
    "是否出租",
    "是否群租",
    "房东姓名",
    "房东电话",
)


def checked(tmp_path: Path, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Results:
    """Return the results of a file of dwellings."""
    return results(write_csv(tmp_path / "d.csv", [header, *rows]), kind=RegisterKind.DWELLINGS)


def dwelling(of: Results) -> Dwelling:
    """Return the only dwelling among results."""
    ((each,), faults) = (entries(of), messages(of, Severity.FAULT))
    assert faults == []
    assert isinstance(each.entry, Dwelling)
    return each.entry


def test_the_parts_of_an_address_are_read_from_it(tmp_path: Path) -> None:
    """So that a report finds the building, however it writes it."""
    row = (
        "F1",
        "G1",
        "兴庆区凤凰北街幸福小区三号楼2单元501室",
        "自住",
        "",
        "",
        "张三",
        "13800000001",
    )
    each = dwelling(checked(tmp_path, row))
    assert (each.estate, each.building, each.unit, each.room) == ("幸福小区", "3", "2", "501")
    assert (each.kind, each.contact) == (DwellingKind.OWN, "张三")


def test_the_parts_may_be_columns(tmp_path: Path) -> None:
    """The address is composed of them where it has no column."""
    header = ("房屋编号", "网格编码", "小区名称", "楼栋号", "单元号", "室号")
    each = dwelling(
        checked(tmp_path, ("F1", "G1", "幸福小区", "三号楼", "2单元", "501"), header=header)
    )
    assert (each.estate, each.building, each.unit, each.room) == ("幸福小区", "3", "2", "501")
    assert each.address == "幸福小区3号楼2单元501室"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("出租房", "", ""), DwellingKind.RENTED),
        (("", "是", "0"), DwellingKind.RENTED),
        (("出租", "1", "1"), DwellingKind.SHARED),
        (("", "", "是"), DwellingKind.SHARED),
        (("空置", "否", "否"), DwellingKind.VACANT),
        (("商品房", "", ""), DwellingKind.UNSTATED),
        (("住宅", "是", ""), DwellingKind.RENTED),
        (("", "", ""), DwellingKind.UNSTATED),
    ],
)
def test_the_use_is_read_from_all_columns_about_it(
    tmp_path: Path, cells: tuple[str, str, str], kind: DwellingKind
) -> None:
    """Exports have 是否群租 beside the kind."""
    assert dwelling(checked(tmp_path, ("F1", "G1", "幸福小区3栋", *cells))).kind is kind


def test_faults_of_dwellings_say_what_to_do(tmp_path: Path) -> None:
    """A contradiction, an unknown use, no address, a code with other characters."""
    outcome = checked(
        tmp_path,
        ("F1", "G1", "幸福小区3栋", "自住", "是", ""),
        ("F2", "G1", "幸福小区3栋", "别墅", "", ""),
        ("F3", "G1", "", "自住", "", ""),
        ("F 4/5", "G1", "幸福小区3栋", "自住", "", ""),
    )
    first, second, third, fourth = (message for _, message in messages(outcome, Severity.FAULT))
    assert first == "房屋类型 says 自住, but 是否出租 says 是"
    assert "别墅 is no use of a dwelling; write one of 自住、出租" in second
    assert "地址 is empty" in third
    assert "code" in fourth


def test_one_that_was_pulled_down_needs_no_address(tmp_path: Path) -> None:
    """As no entry that does not count needs its grid."""
    header = ("房屋编号", "网格编码", "状态")
    assert not dwelling(checked(tmp_path, ("F1", "", "拆除"), header=header)).counts


def test_a_household_has_its_dwelling_and_its_head(tmp_path: Path) -> None:
    """The members are counted from the people who name it."""
    rows = [("户编号", "网格编码", "房屋编号", "户主姓名"), ("H1", "G1", "F1", "张三")]
    (each,) = entries(results(write_csv(tmp_path / "h.csv", rows), kind=RegisterKind.HOUSEHOLDS))
    assert isinstance(each.entry, RegisteredHousehold)
    assert (each.entry.dwelling, each.entry.contact) == ("F1", "张三")


def test_two_columns_about_the_use_are_one(tmp_path: Path) -> None:
    """房屋性质 beside 使用情况 is usual; if both say a use, it must be the same."""
    header = ("房屋编号", "网格编码", "地址", "房屋性质", "使用情况")
    place = ("G1", "幸福小区3栋")
    each = dwelling(checked(tmp_path, ("F1", *place, "商品房", "出租"), header=header))
    assert each.kind is DwellingKind.RENTED
    outcome = checked(tmp_path, ("F1", *place, "自住", "出租"), header=header)
    ((_, message),) = messages(outcome, Severity.FAULT)
    assert "two columns say 自住 and 出租" in message
