"""Runs of digits 数字串: the parts of a text that may contain a personal number.

A run has at least seven digits, with at most three signs between two of them. A digit may be
written as a letter (o, l) or a Chinese numeral (一, 幺, 壹), and 一 may also be a dash. Each way to
read the run is one `Reading`. All readings of a run have the same length.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMERALS = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
    **dict(zip("幺么洞两俩拐勾贰", "11022792", strict=True)),
}
_LETTERS = dict(zip("oOlI|", "00111", strict=True))
_COUNTED = "直个下天次些样起定点边般共楼路元万块年月日时岁种部句名位人家户条"
"""Before these characters a numeral is a word, not a digit: 13800001234一直打不通."""
_DIGIT = rf"(?:[0-9oOlI|]|[{''.join(_NUMERALS)}](?![{_COUNTED}]))"
SIGN = r"(?:[^\w*]|_)"
"""Characters between digits of a number, also line breaks; never the star of a mask."""
_RUN = re.compile(
    rf"[0-9oOlI{''.join(_NUMERALS)}](?<![A-Za-z][oOlI])(?:{SIGN}{{0,3}}{_DIGIT}){{6,}}"
)
_CHINESE = re.compile(f"[{''.join(_NUMERALS)}]")
_LETTER = re.compile("[oOlI|]")
_BEFORE, _AFTER = 24, 14


class Reading(NamedTuple):
    """A run with the text around it, read in one way."""

    text: str
    """The run with up to 24 characters before it and 14 after it."""
    first: int
    """Where the run begins in `text`; a bracket or plus before it belongs to it."""
    last: int
    """Where the run ends in `text`."""
    offset: int
    """Where `text` begins in the whole text."""


def before(text: str, at: int) -> str:
    """Return the text before a position, as far as a label may reach."""
    return text[max(0, at - _BEFORE) : at]


def readings(levelled: str) -> Iterator[Reading]:
    """Yield every way to read each run of digits, the run as written first."""
    for run in _RUN.finditer(levelled):
        start, end = run.span()
        while start and levelled[start - 1] in "+(":
            start -= 1
        begin = max(0, start - _BEFORE)
        ahead, behind = levelled[begin:start], levelled[end : end + _AFTER]
        written = levelled[start:end]
        for spelling in _spellings(written):
            yield Reading(
                text=f"{ahead}{spelling}{behind}",
                first=len(ahead),
                last=len(ahead) + len(written),
                offset=begin,
            )


def _spellings(written: str) -> Iterator[str]:
    """Yield the run as written, then with letters and numerals read as digits."""
    yield written
    if _LETTER.search(written):
        yield "".join(_LETTERS.get(character, character) for character in written)
    if not _CHINESE.search(written):
        return
    yield "".join(
        _NUMERALS.get(character) or _LETTERS.get(character, character) for character in written
    )
    if "一" in written:
        yield written.replace("一", "-")
