"""The short number of a case: its form, and what people type."""

from datetime import UTC, date, datetime

import pytest

from schemas.cases.number import CaseNumber, day_of, parse_case_number

NUMBER = CaseNumber(date(2026, 11, 28), 42)


@pytest.mark.parametrize(
    "typed",
    [
        "20261128-00042",
        " 20261128-00042 ",
        "2026112800042",
        "20261128—00042",
        "20261128 00042",
        "\uff12\uff10\uff12\uff16\uff11\uff11\uff12\uff18\uff0d\uff10\uff10\uff10\uff14\uff12",
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    """Blanks, other dashes, a missing dash and full-width digits do not matter."""
    assert parse_case_number(typed) == NUMBER


def test_a_number_is_read_with_its_city() -> None:
    """The code of the city stands before the number."""
    number = parse_case_number("420800-20261128-00042")
    assert number == NUMBER._replace(city="420800")
    assert number is not None
    assert number.with_city == "420800-20261128-00042"
    assert str(number) == "20261128-00042"


@pytest.mark.parametrize(
    "text", ["", "20261328-00042", "20261128-00000", "20261128-42", "路灯", "13800001234"]
)
def test_other_text_is_no_number(text: str) -> None:
    """A day that no calendar has, the count zero, words and phone numbers are no case numbers."""
    assert parse_case_number(text) is None


def test_a_busy_day_has_longer_numbers() -> None:
    """The hundred thousandth case of a day has six digits, and is read again."""
    number = CaseNumber(date(2026, 11, 28), 100_000)
    assert parse_case_number(str(number)) == number


def test_the_day_is_that_of_beijing() -> None:
    """16:30 UTC is the next day in Beijing."""
    assert day_of(datetime(2026, 11, 28, 16, 30, tzinfo=UTC)) == date(2026, 11, 29)
