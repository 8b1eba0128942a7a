"""Values of cells: what Excel and people do to them is mended, or refused with advice."""

from datetime import date

import pytest

from connectors.formats.sheets.sheet import Cell, Flaw
from connectors.values.id_number import check_of
from hub.registers import values
from schemas.registers.entry import Standing
from schemas.registers.person_class import CARED_FOR, CLASS_NAMES, KEY, PersonClass
from tests.builders.register_files import firm_code, id_number

ID = id_number(7)


@pytest.mark.parametrize(
    "written",
    [ID, f" {ID} ", f"{ID}\u3000", f"'{ID}", f"{ID[:6]} {ID[6:14]} {ID[14:]}", ID.lower()],
)
def test_blanks_and_marks_of_a_number_are_taken_off(written: str) -> None:
    """Blanks of any width, the apostrophe of a text cell, and a small x change nothing."""
    assert values.id_number(Cell(written)).value == ID


def test_full_width_digits_are_read() -> None:
    """An input method wrote them; the note says so."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in ID)
    value, note = values.id_number(Cell(wide))
    assert value == ID
    assert "full-width" in note


def test_an_old_number_gets_its_form_of_today() -> None:
    """15 digits of GB 11643-1989 become 18; the note says so."""
    value, note = values.id_number(Cell(ID[:6] + ID[8:17]))
    assert value == ID
    assert "15 digits" in note


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        (Cell("4.21299E+17"), "lost digits.*文本"),
        (Cell("421299195003020000", None, Flaw.CUT), "lost digits.*文本"),
        (Cell(f"{ID[:4]}**********{ID[14:]}"), "masked with stars"),
        (Cell(ID[:17]), "this has 17"),
        (Cell(f"{int(ID[:1]) + 1}{ID[1:]}"), "check character"),
        (Cell("#N/A", None, Flaw.ERROR), "write the value"),
        (Cell("=A1", None, Flaw.FORMULA), "write the value"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused(cell: Cell, advice: str) -> None:
    """The sentence says what happened to it."""
    with pytest.raises(ValueError, match=advice) as refused:
        values.id_number(cell)
    assert ID not in str(refused.value)


def test_a_number_without_a_date_of_birth_is_refused() -> None:
    """Its check character may fit by chance."""
    body = "42129919501332001"
    with pytest.raises(ValueError, match="date of birth"):
        values.id_number(Cell(body + check_of(body)))


def test_a_credit_code_is_checked() -> None:
    """GB 32100: 18 characters, without I, O, S, V and Z, and a check character."""
    code = firm_code(3)
    assert values.firm_code(Cell(f" {code.lower()}")).value == code
    for wrong, advice in (
        ("421299600123456", "former registration number"),
        (code.replace("0", "O", 1), "has O, which no credit code has"),
        (code[:17], "17 characters"),
        (f"93{code[2:]}", "check character"),
    ):
        with pytest.raises(ValueError, match=advice):
            values.firm_code(Cell(wrong))


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
