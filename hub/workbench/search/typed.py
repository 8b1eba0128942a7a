"""What a member typed into the search box 查找内容识别. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from hub.publish.name_key import name_key
from hub.publish.reporter_key import account_key, id_key, phone_key
from schemas.cases.number import CaseNumber, parse_case_number
from schemas.town.register import Area, Grid, Unit
from streams.town.register import Register

MOST_WORDS = 8
"""Further words are searched together with the last one."""
SHORTEST_WORD = 2
"""The index has pairs of characters."""
LONGEST = 200
MOST_NAMES = 8
"""Units or areas whose name contains what was typed."""
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)?(\d{1,2})(?:-|/|\.|月)?(\d{1,2})日?")
_PHONE = re.compile(r"[+(（]?\d[\d\s\-()（）+]{5,22}\d")
_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")
_NAME = re.compile(r"(?:姓名|诉求人)\s*[:：\s]\s*(?P<name>\S.*)")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Person(StrEnum):
    """The kinds of values that identify a person; the names are those of the match keys."""

    PHONE = "phone"
    ID = "id"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Typed:
    """All readings of a text; empty where it cannot be read so.

    `person` is a kind and the value in the form that is hashed.
    """

    text: str
    number: CaseNumber | None = None
    case_id: str = ""
    person: tuple[Person, str] | None = None
    day: date | None = None
    words: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    areas: tuple[Area | Grid, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether the text identifies a person: it must be in no address and no log."""
        return self.person is not None


def read_typed(text: str, register: Register, areas: tuple[Area | Grid, ...]) -> Typed:
    """Return the readings of a text; `areas` are those whose names are known."""
    text = " ".join(text.split())[:LONGEST]
    number = parse_case_number(text)
    person = None if number else read_person(text)
    if person is not None:
        return Typed(text, person=person)
    words = text.lower().split(maxsplit=MOST_WORDS - 1)
    days = [day for word in words if (day := _day(word)) is not None]
    others = tuple(word for word in words if _day(word) is None)
    named = len(text) >= SHORTEST_WORD
    return Typed(
        text,
        number=number,
        case_id=_case_id(text),
        day=days[0] if days else None,
        words=tuple(word for word in others if len(word) >= SHORTEST_WORD),
        units=tuple(unit for unit in register.units if named and text in unit.name)[:MOST_NAMES],
        areas=tuple(area for area in areas if named and text in area.name)[:MOST_NAMES],
    )


def read_person(text: str) -> tuple[Person, str] | None:
    """Return the kind and hashed form of a phone number, ID number or mail address; else None.

    A name looks like any other word, so it is read as one only after its label: 姓名 王小明.
    """
    if labelled := _NAME.fullmatch(text):
        return read_name(labelled["name"])
    compact = re.sub(r"\s", "", text)
    if _ID_NUMBER.fullmatch(compact) and id_key(compact):
        return Person.ID, id_key(compact)
    if _MAIL.fullmatch(text):
        return Person.EMAIL, account_key(text.lower())
    if _PHONE.fullmatch(text) and _day(text) is None and (key := phone_key(text)):
        return Person.PHONE, key
    return None


def read_name(text: str) -> tuple[Person, str] | None:
    """Return the kind and hashed form of a full name; None if it is none, such as 张先生."""
    key = name_key(text)
    return (Person.NAME, key) if key else None


def _day(word: str) -> date | None:
    match = _DAY.fullmatch(word)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _case_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
