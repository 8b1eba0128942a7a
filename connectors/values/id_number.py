"""Citizen ID numbers 公民身份号码 after GB 11643-1999: 17 digits and a check character."""

from operator import mul

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
OF_ZEROS = sum(WEIGHTS) * ord("0")
LENGTH, OLD_LENGTH = 18, 15


def is_id_number(text: str) -> bool:
    """Return whether the check character (ISO 7064:1983, MOD 11-2) fits."""
    body, check = text[:-1], text[-1:].upper()
    if len(text) != LENGTH or not (body.isascii() and body.isdigit()):
        return False
    return check_of(body) == check


def check_of(body: str) -> str:
    """Return the check character of 17 digits."""
    # The bytes of the digits, in place of their values: this runs for each row of a register.
    return CHECKS[(sum(map(mul, WEIGHTS, body.encode("ascii"))) - OF_ZEROS) % 11]


def of_today(text: str) -> str:
    """Return a number of 15 digits (GB 11643-1989) with today's 18; any other text as it is."""
    if len(text) != OLD_LENGTH or not (text.isascii() and text.isdigit()):
        return text
    body = f"{text[:6]}19{text[6:]}"
    return body + check_of(body)
