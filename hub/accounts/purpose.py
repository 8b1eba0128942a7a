"""Purposes and reasons 用途与理由: whether somebody has written anything that can be read. Pure.

Dots, digits or one key held down are none: whoever reads the audit later must learn something.
"""

from unicodedata import normalize

PURPOSE_LETTERS = 4
"""Letters or Han characters of a purpose for which contact details are opened."""
REASON_LETTERS = 2
"""The same of a command's reason."""


def says_something(text: str, letters: int) -> bool:
    """Whether a text has so many letters or Han characters, and enough different ones of them.

    One different letter fewer than `letters` will do, but two at least.
    """
    found = [one for one in normalize("NFKC", text).casefold() if one.isalpha()]
    return len(found) >= letters and len(set(found)) >= max(2, letters - 1)
