"""Slips 笔误: how words change on their way: misheard, mistyped, traditional, full-width."""

import random
from collections.abc import Callable, Mapping
from functools import cache

from opencc import OpenCC

from hub.lab.simulate.language.wordings import wordings
from streams.matching.text import sound

_TRADITIONAL = OpenCC("s2t")
_NUMERALS = "零一二三四五六七八九"
_WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


@cache
def homophones() -> Mapping[str, tuple[str, ...]]:
    """Return, for each sound, the characters of all wordings that have it."""
    found: dict[str, list[str]] = {}
    told = (*wordings("learn").values(), *wordings("exam").values())
    texts = (one.text for wordings_of_one in told for one in wordings_of_one)
    characters = sorted({c for text in texts for c in text if "\u4e00" <= c <= "\u9fff"})
    for character in characters:
        found.setdefault(sound(character)[0], []).append(character)
    return {heard: tuple(written) for heard, written in found.items()}


def misheard(draw: random.Random, text: str, share: float) -> str:
    """Return a text as speech recognition may write it: a share of characters by their sound."""
    return "".join(
        draw.choice(homophones().get(sound(character)[0], (character,)))
        if draw.random() < share else character
        for character in text
    )  # fmt: skip


def traditional(text: str) -> str:
    """Return a text in traditional characters."""
    return str(_TRADITIONAL.convert(text))


def full_width(text: str) -> str:
    """Return a text with full-width digits and capitals."""
    return text.translate(_WIDE)


def in_numerals(number: int) -> str:
    """Return a number from 1 to 99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{_NUMERALS[tens]}十")
    return head + (_NUMERALS[ones] if ones or not tens else "")


def said_building(draw: random.Random, number: int, unit: int) -> str:
    """Return a building as one of many would say it: 3号楼, 三栋, 3幢2单元."""
    shown: Callable[[int], str] = in_numerals if draw.random() < 0.25 else str
    building = shown(number) + draw.choice(("号楼", "号楼", "栋", "幢"))
    return f"{building}{shown(unit)}单元" if unit else building
