"""Amounts of money 金额: what people write becomes yuan with two decimals. Pure."""

import re
from decimal import ROUND_HALF_UP, Decimal

from connectors.values.text import half_width
from hub.runtime.errors import HubError

MOST = Decimal("999999999999.99")
MOST_DIGITS = 22
"""Characters of a number: Python's decimals have 28 digits, 万 adds four and the cents two."""
CENT = Decimal("0.01")
TEN_THOUSAND = Decimal(10_000)
AMOUNT = re.compile(
    r"(?:人民币|[¥￥])?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>万元?|元整?)?",
    re.ASCII,
)


class AmountError(HubError, ValueError):
    """A text is no amount of money; the message says why, in Chinese."""


def read_yuan(text: str, *, in_ten_thousands: bool = False) -> str:
    """Return an amount as yuan with two decimals, such as `35000.00` for 3.5万元.

    A number without a unit is in yuan, or in 万元 if the heading of its column says so. Raises
    `AmountError` for zero, for more than two decimals of a yuan, and for what is no number.
    """
    plain = re.sub(r"\s", "", half_width(text))
    match = AMOUNT.fullmatch(plain)
    if match is None:
        raise AmountError(f"“{text.strip()[:40]}”不是金额，请写如35000或3.5万元")
    unit = match["unit"] or ("万元" if in_ten_thousands else "元")
    number = match["number"].replace(",", "")
    if len(number) > MOST_DIGITS:
        raise AmountError(f"“{text.strip()[:40]}”位数过多，请核对")
    value = Decimal(number)
    if unit.startswith("万"):
        value *= TEN_THOUSAND
    rounded = value.quantize(CENT, ROUND_HALF_UP)
    if rounded != value:
        raise AmountError(f"“{text.strip()[:40]}”小于一分，请只写到分")
    if not 0 < rounded <= MOST:
        raise AmountError(f"“{text.strip()[:40]}”应大于零，且不超过一万亿元")
    return str(rounded)


def shown_yuan(amount: str | Decimal) -> str:
    """Return an amount as people read it: 35,000.00元."""
    return f"{Decimal(amount):,.2f}元"
