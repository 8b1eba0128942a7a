"""Amounts as people write them."""

import pytest

from hub.projects.yuan import AmountError, read_yuan, shown_yuan


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("35000", "35000.00"),
        (" 35,000.5 元", "35000.50"),
        ("３５０００元整", "35000.00"),
        ("3.5万元", "35000.00"),
        ("3145万", "31450000.00"),
        ("￥1,122.00", "1122.00"),
        ("0.0001万元", "1.00"),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, amount: str) -> None:
    """With separators, in full width, in yuan or in ten thousands."""
    assert read_yuan(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "0", "-5", "1.005", "1e5", "约3万", "三万元", "3,5", "99999999999999", "NaN", "9" * 40],
)
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    """Zero, fractions of a cent, words and numbers of a spreadsheet that lost digits."""
    with pytest.raises(AmountError):
        read_yuan(text)


def test_the_heading_of_a_column_may_set_the_unit() -> None:
    """A unit in the cell itself counts before it."""
    assert read_yuan("12.5", in_ten_thousands=True) == "125000.00"
    assert read_yuan("12.5元", in_ten_thousands=True) == "12.50"
    assert shown_yuan("125000.00") == "125,000.00元"
