"""Citizen ID numbers 公民身份号码 after GB 11643-1999: 17 digits and a check character."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
LENGTH = 18


def is_id_number(text: str) -> bool:
    """Return whether the check character (ISO 7064:1983, MOD 11-2) fits."""
    body, check = text[:-1], text[-1:].upper()
    if len(text) != LENGTH or not (body.isascii() and body.isdigit()):
        return False
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11] == check
