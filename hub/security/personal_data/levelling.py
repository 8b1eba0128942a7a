"""Levelled text 归一文本: every variant of a letter, digit or sign becomes its ASCII form.

Full-width, circled, superscript and mathematical forms become the plain character. Zero-width
characters are left out. The original position of each remaining character is kept, so that a match
in the levelled text can be masked in the original text.
"""

import unicodedata
from array import array
from collections.abc import Sequence
from typing import NamedTuple

_BLOCKS = (
    (0x00A0, 0x0100),
    (0x0660, 0x066A),
    (0x06F0, 0x06FA),
    (0x2000, 0x2BFF),
    (0x3000, 0x3300),
    (0xFE00, 0x10000),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
)
"""Unicode blocks with other forms of ASCII characters."""
_CONFUSABLE = {
    "-": "‐‑‒–—―−－﹣─━",
    "~": "〜～∼",
    ".": "。｡．丶",
    "·": "•・●∙‧",
    ",": "、，﹑",
    "/": "／∕⁄",
    "_": "＿",
    "(": "（【［〔「",
    ")": "）】］〕」",
    "|": "｜∣丨",
    "o": "о",
    "O": "ОΟ",
    "i": "і",
    "x": "х×",
    "X": "Х",
}
"""Characters that look alike. The table is needed because NFKC does not unify all of them."""


def _plain(character: str) -> str:
    """Return the ASCII character of which this is a form, or the character itself."""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", character)
    return form if len(form) == 1 and form.isascii() else character


def _forms() -> dict[int, str]:
    every = (chr(code) for first, end in _BLOCKS for code in range(first, end))
    return {
        ord(character): _plain(character) for character in every if _plain(character) != character
    }


_FORMS = _forms() | {
    ord(character): plain for plain, like in _CONFUSABLE.items() for character in like
}
_FORMS |= {ord(space): " " for space in "\t\r\v\f\u2028\u2029\u1680"}
_USUAL = {
    "，": ",",
    "。": ".",
    "、": ",",
    "：": ":",
    "（": "(",
    "）": ")",
    "；": ";",
    "！": "!",
    "？": "?",
}
_USUAL |= {"\u3000": " ", "\xa0": " ", "\t": " ", "\r": " ", "—": "-", "～": "~"}
"""Signs of nearly every text. Replacing these few is ten times as fast as `str.translate`."""
_NO_WIDTH = frozenset(
    chr(code)
    for first, end in (
        (0xAD, 0xAE),
        (0x34F, 0x350),
        (0x61C, 0x61D),
        (0x180E, 0x180F),
        (0x200B, 0x2010),
        (0x202A, 0x202F),
        (0x2060, 0x2070),
        (0x20E3, 0x20E4),
        (0xFE00, 0xFE10),
        (0xFEFF, 0xFF00),
    )
    for code in range(first, end)
)
_UNUSUAL = (frozenset(map(chr, _FORMS)) | _NO_WIDTH) - _USUAL.keys()


_MARKERS = {code: "○" for code in _FORMS if 0x2460 <= code < 0x2800 and _FORMS[code].isdigit()}
"""Circled digits. They number the items of a list as often as they are digits of a number."""
_MARKED = frozenset(map(chr, _MARKERS))


class Levelled(NamedTuple):
    """A text in plain forms, with the position of each character in the original text."""

    text: str
    positions: Sequence[int] | None
    """A position per character, then the text's length; None if no character was left out."""

    def place_of(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the original text of a range in the levelled text."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end]


def without_markers(text: str) -> str:
    """Return a text of the same length with ○ for circled digits, so that ①138… reads as 138…."""
    return text if _MARKED.isdisjoint(text) else text.translate(_MARKERS)


def level(text: str) -> Levelled:
    """Return the levelled form of a text."""
    if text.isascii():
        return Levelled(text, None)
    if _UNUSUAL.isdisjoint(text):
        for sign, plain in _USUAL.items():
            text = text.replace(sign, plain)
        return Levelled(text, None)
    if _NO_WIDTH.isdisjoint(text):
        return Levelled(text.translate(_FORMS), None)
    positions = array("I", (at for at, character in enumerate(text) if character not in _NO_WIDTH))
    plain = "".join(text[at] for at in positions).translate(_FORMS)
    positions.append(len(text))
    return Levelled(plain, positions)
