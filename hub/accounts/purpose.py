"""Purposes and reasons 用途与理由: checks that a text has readable words. Pure.

Dots, digits or one repeated key are refused, because they explain nothing to an auditor.
"""

from unicodedata import normalize

PURPOSE_LETTERS = 4
"""Letters or Han characters of a purpose for which contact details are opened."""
REASON_LETTERS = 2
"""Letters or Han characters of a command's reason."""


def is_meaningful(text: str, letters: int) -> bool:
    """Whether a text has enough letters or Han characters, and enough different ones.

    It needs `letters` of them, and `letters - 1` different ones, but at least 2.
    """
    characters = [
        character for character in normalize("NFKC", text).casefold() if character.isalpha()
    ]
    return len(characters) >= letters and len(set(characters)) >= max(2, letters - 1)
