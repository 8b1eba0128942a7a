"""The keys that identify a person, and values that identify nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.publish.reporter_key import account_key, id_key, phone_key

MOBILE = (
    "13800001234|+8613800001234|008613800001234|86-138-0000-1234|138 0000 1234|138.0000.1234"
    "|13800001234.0|1.3800001234E10|１３８００００１２３４|电话：13800001234|(+86)13800001234"
    "|手机13800001234（王女士）|13800001234转8001|0714-3061234/13800001234|'13800001234"
    "|13800001234、13900005678|139****5678,13800001234|013800001234|tel:+86-138-0000-1234"
)
LANDLINE = (
    "0714-3061234|(0714)3061234|（0714）3061234|0714 3061234|07143061234|+86 714 3061234"
    "|7143061234|7143061234.0|0714-3061234-8001|0714-3061234转8001|家0714-3061234"
)
SHARED = (
    "138****1234|138xxxx1234|138XXXX1234|138••••1234|138####1234|00000000000|11111111111"
    "|13800000000|12345678901|12345|110|400-123-4567|4001234567|95598|null|无|-|1.38E+10|保密|0"
    "|wang@example.org"
)


@pytest.mark.parametrize("written", MOBILE.split("|"))
def test_a_mobile_number_has_one_key(written: str) -> None:
    """Country code, words, decimals, width, extension and a second number change nothing."""
    assert phone_key(written) == "+8613800001234"


@pytest.mark.parametrize("written", LANDLINE.split("|"))
def test_a_landline_has_one_key(written: str) -> None:
    """Brackets, an extension and a zero lost in a number cell change nothing."""
    assert phone_key(written) == "+867143061234"


@pytest.mark.parametrize("written", SHARED.split("|"))
def test_a_value_of_many_people_is_not_a_key(written: str) -> None:
    """Masked numbers, fillers and public numbers would make strangers one person."""
    assert phone_key(written) == ""


def test_foreign_numbers_and_numbers_without_an_area_code_are_distinct_keys() -> None:
    """A local number is not equal to the number with an area code."""
    assert phone_key("+1 202-555-0143") == "+12025550143"
    assert phone_key("00852-23456789") == "+85223456789"
    assert phone_key("家里电话3061234") == phone_key("3061234.0") == "+863061234"


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "+86{}", "0086 {}", "{}.0", "电话{}", "{}转12", " {} "]),
)
def test_any_spelling_of_a_mobile_number_is_the_same(number: str, form: str) -> None:
    """A person has one key, or none if the digits are a filler."""
    assert phone_key(form.format(number)) == phone_key(number)
    assert phone_key(number) in ("", f"+86{number}")


@given(st.text(max_size=30))
def test_no_text_breaks_a_key(text: str) -> None:
    """Any text has a key or none."""
    assert isinstance(phone_key(text) + id_key(text) + account_key(text), str)


def test_an_id_number_has_one_form() -> None:
    """The 15 digits used before 1999 and the 18 of today identify the same person."""
    assert id_key("420281650312451") == "420281196503124510"
    assert id_key(" 4202 8119 6503 1245 1x") == "42028119650312451X"
    assert id_key("H12345678") == "H12345678"


@pytest.mark.parametrize("written", ["4202**********4518", "0" * 18, "4.20281E+17", "无", "null"])
def test_a_masked_id_number_is_not_a_key(written: str) -> None:
    """Thousands of people have the visible digits."""
    assert id_key(written) == ""


@pytest.mark.parametrize("written", ["", "null", "0", "undefined", "z***@example.org"])
def test_a_missing_account_is_not_a_key(written: str) -> None:
    """Placeholders for a missing account would make all these people one person."""
    assert account_key(written) == ""
    assert account_key("oAbc-1") == "oAbc-1"
