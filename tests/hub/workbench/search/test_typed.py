"""What a member typed is read as what it is."""

from datetime import date

import pytest

from hub.workbench.search.typed import Person, Typed, read_typed
from tests.builders.town import REGISTER, TOWN


def read(text: str) -> Typed:
    """Return the readings of a text in the test's town."""
    return read_typed(text, REGISTER, (*TOWN.areas, *TOWN.grids))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("13800001234", Person.PHONE, "+8613800001234"),
        (" 138 0000 1234 ", Person.PHONE, "+8613800001234"),
        ("+86-138-0000-1234", Person.PHONE, "+8613800001234"),
        ("0715-8238912", Person.PHONE, "+867158238912"),
        ("11010519491231002X", Person.ID, "11010519491231002X"),
        ("Someone@Example.cn", Person.EMAIL, "someone@example.cn"),
        ("姓名 王小明", Person.NAME, "王小明"),
        ("诉求人：買買提·艾力", Person.NAME, "买买提艾力"),
    ],
)
def test_what_identifies_a_person_is_recognised(text: str, kind: Person, value: str) -> None:
    """The value has the form that is hashed when a report arrives."""
    typed = read(text)
    assert typed.person == (kind, value)
    assert typed.is_personal


@pytest.mark.parametrize(
    "text", ["20261128-00042", "2026-11-28", "路灯", "N123456", "12345", "王小明"]
)
def test_other_texts_identify_nobody(text: str) -> None:
    """Case numbers, days, words, native ids and the hotline's number are no personal data."""
    assert not read(text).is_personal


def test_words_and_a_day_are_read_together() -> None:
    """A day among the words limits them to that day; capitals do not matter."""
    typed = read("路灯  2026年3月2日 LED")
    assert (typed.words, typed.day) == (("路灯", "led"), date(2026, 3, 2))


def test_a_word_of_one_character_is_left_out() -> None:
    """The index has pairs of characters."""
    assert read("灯 人民路").words == ("人民路",)


def test_units_and_areas_are_found_by_a_part_of_their_name() -> None:
    """城管 is a part of two units, 一网格 is a grid."""
    assert [unit.code for unit in read("城管").units] == ["U-T", "U-C"]
    assert [area.code for area in read("一网格").areas] == ["G1"]


def test_an_empty_text_finds_no_unit() -> None:
    """Every name contains the empty text."""
    assert read("  ") == Typed("")
