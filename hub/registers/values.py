"""Values of a register's cells 单元格取值: mended where it is safe, else a ValueError. Pure.

A sentence of an error shows no ID number and no phone number, since it may be kept in a log.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from connectors.formats.sheets.numbers import ADVICE, EPOCH, is_scientific
from connectors.formats.sheets.sheet import Cell, Flaw
from connectors.values.blank import is_blank
from connectors.values.text import half_width, tidy
from connectors.values.written_time import read_written
from schemas.registers.entry import Standing
from schemas.registers.person_class import CLASS_NAMES, OTHER_NAMES, POPULATION_KINDS, PersonClass

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
SERIALS = range(20_000, 73_050)
"""Days of the 1900 date system of Excel, from 1954 to 2099."""
OWN_CODE = re.compile(r"[0-9A-Za-z_.-]{1,40}")
WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
SEPARATORS = re.compile(r"[|｜、,，;；/\n]+")
STANDINGS: Mapping[Standing, tuple[str, ...]] = {
    Standing.CURRENT: (
        *("在册", "在住", "正常", "存续", "在营", "在业", "开业", "营业", "在用", "使用中", "常住"),
        *("现住", "有效", "启用"),
    ),
    Standing.LEFT: (
        *("迁出", "搬离", "迁走", "搬走", "已迁出", "注销", "吊销", "停用", "关闭", "停业", "歇业"),
        *("已注销", "撤销", "拆除"),
    ),
    Standing.DEAD: ("死亡", "去世", "已故", "亡故", "已死亡", "死亡注销"),
}
"""Standing → the Chinese words that mean it, the one of the templates first."""
EXPLAINED = re.compile(r"[(,、/;]")
"""Ends the word for a standing; what follows explains it."""
_STANDING_OF = {word: standing for standing, words in STANDINGS.items() for word in words}
_CLASS_OF = {name: kind for kind, name in CLASS_NAMES.items()} | dict(OTHER_NAMES)
YES = frozenset({"是", "1", "有", "√", "y", "yes", "true"})
NO = frozenset({"否", "0", "没有", "×", "n", "no", "false"})


MOST_SHOWN, PERSONAL_DIGITS = 20, 7
"""Characters of a value that a sentence shows; digits from which it may be a person's number."""


class Mended(NamedTuple):
    """The value of a cell, and what was mended; an empty note if nothing was."""

    value: Any
    note: str = ""


Read = Callable[[Cell], Mended]
"""Reads a cell that is not blank; raises ValueError with a sentence."""


def usable(cell: Cell) -> str:
    """Return the text of a cell; raises ValueError for a formula or an error of the spreadsheet."""
    if cell.flaw is Flaw.CUT:
        raise ValueError(f"the number has lost digits: {ADVICE}")
    if cell.flaw is not None:
        raise ValueError("is a formula or an error of the spreadsheet; write the value")
    return tidy(cell.text)


def shown(text: str) -> str:
    """Return a value for a sentence; `…` for what may be the number of a person."""
    digits = sum(map(str.isdigit, text))
    return "…" if digits >= PERSONAL_DIGITS else text[:MOST_SHOWN]


def words(cell: Cell) -> Mended:
    """Return a text in one line."""
    text = usable(cell)
    return Mended(text if text.isalnum() else " ".join(text.split()))


def code(cell: Cell) -> Mended:
    """Return a code without blanks, in plain digits and letters."""
    text = usable(cell)
    if is_scientific(text):
        raise ValueError(f"the number has lost digits: {ADVICE}")
    if text.isascii() and text.isalnum():
        return Mended(text)
    plain = re.sub(r"\s", "", text).strip("'`")
    level = half_width(plain)
    if whole := WHOLE_FLOAT.fullmatch(level):
        return Mended(whole[1], "a number with decimals was read as a code")
    return Mended(level, "full-width characters were read as plain ones" if level != plain else "")


def own_code(cell: Cell) -> Mended:
    """Return a code of the city's own numbering, of letters, digits, `_`, `.` and `-`."""
    mended = code(cell)
    if not OWN_CODE.fullmatch(mended.value):
        raise ValueError(
            f"{shown(mended.value)} is no code; write at most 40 letters A to Z, digits, _ . or -"
        )
    return mended


def day(cell: Cell) -> Mended:
    """Return a date, also of a date cell, of an Excel serial, or 20260301."""
    text, note = half_width(usable(cell)), ""
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and int(float(text)) in SERIALS:
        read = (EPOCH + timedelta(days=int(float(text)))).date()
        note = f"{text} was read as the day {read} of a spreadsheet"
    else:
        try:
            read = read_written(text).date()
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{shown(text)} is no date; write it as 2026-03-01") from error
    if not EARLIEST <= read < LATEST:
        raise ValueError(f"{read} is no date of this register; write it as 2026-03-01")
    return Mended(read, note)


def standing(cell: Cell) -> Mended:
    """Return the standing of an entry, by its name or a Chinese word."""
    text = usable(cell)
    if text in set(Standing):
        return Mended(Standing(text))
    # Registers of firms explain the word: 存续（在营、开业、在册）; 吊销，未注销.
    word = EXPLAINED.split(half_width(text), maxsplit=1)[0].strip().removesuffix("企业")
    if word not in _STANDING_OF:
        advice = "write 在册, or 迁出、死亡、注销、停用 for one that has left"
        raise ValueError(f"{shown(text)} is no standing; {advice}")
    return Mended(_STANDING_OF[word])


def classes(cell: Cell) -> Mended:
    """Return the classes of a person; the cell separates them by |、, or ;."""
    listed: list[PersonClass] = []
    for word in filter(None, map(str.strip, SEPARATORS.split(usable(cell)))):
        if is_blank(word) or word in POPULATION_KINDS:
            continue
        kind = _CLASS_OF.get(word) or next((each for each in PersonClass if each == word), None)
        if kind is None:
            near = get_close_matches(word, _CLASS_OF, n=1, cutoff=0.3)
            advice = f"did you mean {near[0]}?" if near else "see the list in docs/registers.md"
            raise ValueError(f"{shown(word)} is no class of people; {advice}")
        listed.append(kind)
    return Mended(tuple(sorted(set(listed))))


def longitude(cell: Cell) -> Mended:
    """Return degrees east; see `_degrees`."""
    return _degrees(cell, 180, "经度")


def latitude(cell: Cell) -> Mended:
    """Return degrees north; see `_degrees`."""
    return _degrees(cell, 90, "纬度")


def _degrees(cell: Cell, most: int, name: str) -> Mended:
    """Return a coordinate in degrees; None for the 0 that exports write for an unknown place."""
    text = half_width(usable(cell)).strip("°")
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"{shown(text)} is no number of degrees, such as 114.905159") from error
    if not -most <= value <= most:
        advice = "are 经度 and 纬度 exchanged, or is it in metres?"
        raise ValueError(f"{shown(text)} is no {name} in degrees, which end at {most}; {advice}")
    if not value:
        return Mended(None, "0 was read as an unknown place")
    return Mended(value)


def yes_no(cell: Cell) -> Mended:
    """Return whether a cell says yes."""
    text = half_width(usable(cell)).lower()
    if text in YES or text in NO:
        return Mended(text in YES)
    raise ValueError(f"{shown(text)} is neither 是 nor 否")


def both(first: str, second: str) -> str:
    """Return the texts of two columns; one that is part of the other is not repeated."""
    if second in first:
        return first
    return second if first in second else f"{first} {second}"
