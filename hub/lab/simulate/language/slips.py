"""Slips 笔误: changes of a text: misheard, in traditional characters, full-width, numerals."""

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
    """Return sound → characters of the wordings that are pronounced so."""
    by_sound: dict[str, list[str]] = {}
    by_class = (*wordings("learn").values(), *wordings("exam").values())
    texts = (wording.text for class_wordings in by_class for wording in class_wordings)
    characters = sorted({c for text in texts for c in text if "\u4e00" <= c <= "\u9fff"})
    for character in characters:
        by_sound.setdefault(sound(character)[0], []).append(character)
    return {heard: tuple(written) for heard, written in by_sound.items()}


def misheard(draw: random.Random, text: str, share: float) -> str:
    """Return a text with a share (0..1) of its characters replaced by homophones.

    Speech recognition makes such mistakes.
    """
    return "".join(
        draw.choice(homophones().get(sound(character)[0], (character,)))
        if draw.random() < share
        else character
        for character in text
    )


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


def spoken_building(draw: random.Random, number: int, unit: int) -> str:
    """Return one of the usual names of a building: 3号楼, 三栋, 3幢2单元."""
    shown: Callable[[int], str] = in_numerals if draw.random() < 0.25 else str
    building = shown(number) + draw.choice(("号楼", "号楼", "栋", "幢"))
    return f"{building}{shown(unit)}单元" if unit else building
