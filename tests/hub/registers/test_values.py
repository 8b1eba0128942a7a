"""Values of cells: what Excel and people do to them is mended, or refused with advice."""

from datetime import date
from pathlib import Path

import pytest

from connectors.formats.sheets.sheet import Cell
from hub.registers import values
from schemas.registers.entry import Standing
from schemas.registers.person_class import CARED_FOR, CLASS_NAMES, KEY, PersonClass
from tests.builders.register_files import id_number

ID = id_number(7)


def test_a_code_that_a_spreadsheet_keeps_as_a_number_is_read() -> None:
    """`421299001001001.0` is what pandas writes."""
    assert values.code(Cell("421299001001001.0")).value == "421299001001001"
    with pytest.raises(ValueError, match="lost digits"):
        values.code(Cell("4.21299E+14"))


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "20260301",
        "46082",
        "2026-03-01 00:00:00",
    ],
)
def test_a_day_is_read_in_every_usual_form(written: str) -> None:
    """Also as the serial number of a spreadsheet."""
    assert values.day(Cell(written)).value == date(2026, 3, 1)


@pytest.mark.parametrize("written", ["三月初", "2026-13-01", "1026-03-01"])
def test_what_is_no_day_is_refused(written: str) -> None:
    """The sentence shows the form to write."""
    with pytest.raises(ValueError, match="write it as 2026-03-01"):
        values.day(Cell(written))


def test_classes_are_read_by_name_and_by_code() -> None:
    """Separated by any usual mark; each once."""
    cell = Cell("独居老人、残疾人;cared.lives_alone | 无")
    assert values.classes(cell).value == (PersonClass.DISABLED, PersonClass.LIVES_ALONE)
    with pytest.raises(ValueError, match="did you mean 独居老人"):
        values.classes(Cell("独居老年人"))


def test_there_are_ten_key_classes_and_twelve_cared_for() -> None:
    """Each has a Chinese name, and its kind by its prefix."""
    assert set(CLASS_NAMES) == set(PersonClass)
    assert sum(each.startswith(KEY) for each in PersonClass) == 10
    assert sum(each.startswith(CARED_FOR) for each in PersonClass) == 12


def test_a_standing_is_read_by_its_words() -> None:
    """An unknown word is refused with the known ones."""
    assert values.standing(Cell("已注销")).value is Standing.LEFT
    assert values.standing(Cell("死亡")).value is Standing.DEAD
    assert values.standing(Cell("current")).value is Standing.CURRENT
    with pytest.raises(ValueError, match="write 在册, or 迁出、死亡、注销、停用"):
        values.standing(Cell("不知道"))


def test_a_sentence_never_shows_a_persons_number() -> None:
    """An ID number may stand in the column of dates."""
    with pytest.raises(ValueError, match="… is no date"):
        values.day(Cell(ID))


@pytest.mark.parametrize(
    ("written", "standing"),
    [
        ("存续（在营、开业、在册）", Standing.CURRENT),
        ("在营（开业）企业", Standing.CURRENT),
        ("吊销，未注销", Standing.LEFT),
        ("注销企业", Standing.LEFT),
        ("死亡", Standing.DEAD),
    ],
)
def test_a_standing_may_be_explained(written: str, standing: Standing) -> None:
    """The public register of firms writes several words where one would do."""
    assert values.standing(Cell(written)).value is standing


def test_a_code_of_the_city_has_letters_and_digits() -> None:
    """Others are refused with advice; a blank in it is taken off."""
    assert values.own_code(Cell("P 0001")).value == "P0001"
    for written in ("户3", "P-6号", "A/1", "x" * 41):
        with pytest.raises(ValueError, match="write at most 40 letters"):
            values.own_code(Cell(written))


def test_coordinates_that_are_exchanged_are_refused() -> None:
    """A latitude ends at 90 degrees; the message says what is probably wrong."""
    assert (values.longitude(Cell("114.905159")).value, values.latitude(Cell("30.05°")).value) == (
        114.905159,
        30.05,
    )
    with pytest.raises(ValueError, match="are 经度 and 纬度 exchanged"):
        values.latitude(Cell("114.905159"))
    for written in ("nan", "inf", "114°54′18″"):
        with pytest.raises(ValueError, match="degrees"):
            values.longitude(Cell(written))


@pytest.mark.parametrize("page", ["docs/registers.md", "docs/zh/registers.md"])
def test_the_page_has_the_code_of_each_class(page: str) -> None:
    """Plans and rights name classes by code, and the messages lead to this page."""
    text = Path(page).read_text("utf-8")
    assert [code for code, name in CLASS_NAMES.items() if f"{name} `{code}`" not in text] == []
