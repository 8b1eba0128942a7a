"""Division codes 区划代码 (GB/T 2260, GB/T 10114, 统计用区划代码) as channels write them."""

import re
from decimal import Decimal

from connectors.values.text import half_width

_NUMBER = re.compile(r"^(\d+)\.0+$")
_EXPONENT = re.compile(r"\d\.(?:\d{5}[eE]\+?0?5|\d{8}[eE]\+?0?8|\d{11}[eE]\+?11)")
"""All digits of a code as a program shows a large number."""
LENGTH = 12


def division_code(written: str) -> str:
    """Return the digits of a code: 6 for a county, 9 for a township, 12 for a village.

    A point and zeros behind it come from software that makes numbers of codes. They, separators,
    and the three digits of a village group behind twelve are left out. What is no code is returned
    as it is.
    """
    text = _NUMBER.sub(r"\1", half_width(written).strip())
    if _EXPONENT.fullmatch(text):
        text = f"{Decimal(text):f}".partition(".")[0]
    digits = re.sub(r"[\s.\-_]", "", text)
    return digits[:LENGTH] if digits.isascii() and digits.isdigit() else written
