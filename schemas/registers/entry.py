"""Entries of the base registers 台账条目: a person, a firm or institution, premises. Pure data.

The codes follow GB 11643-1999 (citizens), GB 32100-2015 and GB 11714-1997 (organisations). Check
characters are computed where a file is read (`hub.registers.kinds`), so that the message can name
the fault.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen
from schemas.registers.document import UNIQUE, DocumentKind
from schemas.registers.person_class import PersonClass

LONGEST_NAME, LONGEST_TEXT = 100, 300
"""Characters."""


class RegisterKind(StrEnum):
    """A base register 台账."""

    PEOPLE = "people"
    """人口"""
    FIRMS = "firms"
    """市场主体"""
    PREMISES = "premises"
    """场所: shops, sites, schools, hydrants"""
    DWELLINGS = "dwellings"
    """房屋"""
    HOUSEHOLDS = "registered_households"
    """户; the table `households` has those that must be visited"""


REGISTER_NAMES: Mapping[RegisterKind, str] = {
    RegisterKind.PEOPLE: "人口",
    RegisterKind.FIRMS: "市场主体",
    RegisterKind.PREMISES: "场所",
    RegisterKind.DWELLINGS: "房屋",
    RegisterKind.HOUSEHOLDS: "户",
}


class Standing(StrEnum):
    """Whether an entry counts."""

    CURRENT = "current"
    """在册: lives, trades or is used here"""
    LEFT = "left"
    """迁出、注销、停用"""
    DEAD = "dead"
    """死亡"""


class Entry(Frozen):
    """What all registers have. An entry that does not count needs no grid."""

    grid_code: str = Field(default="", description="grid; empty only if the entry does not count")
    standing: Standing = Standing.CURRENT
    until: date | None = Field(default=None, description="day of the move, closing or death")
    address: str = Field(default="", max_length=LONGEST_TEXT)
    phone: str = Field(default="", max_length=LONGEST_NAME)

    @property
    def counts(self) -> bool:
        """Whether the entry counts: it has not left, closed or died."""
        return self.standing is Standing.CURRENT


class Person(Entry):
    """One person 人口. Everything that says who it is gets sealed before it is stored."""

    document: DocumentKind = DocumentKind.ID_CARD
    id_number: str = Field(pattern=r"^[0-9A-Z]{5,18}$", description="number of the document")
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    classes: tuple[PersonClass, ...] = Field(default=(), description="key and cared-for classes")
    household: str = Field(default="", max_length=LONGEST_NAME, description="code of the household")

    @property
    def key(self) -> str:
        """What identifies the person: the number, with the kind of a document of few checks."""
        return person_key(self.document, self.id_number)


def person_key(document: DocumentKind, number: str) -> str:
    """Return what identifies a person; a citizen by his number alone."""
    return number if document in UNIQUE else f"{document}:{number}"


class Firm(Entry):
    """One firm 市场主体 or institution 机构.

    By its unified social credit code 统一社会信用代码, or by the organisation code 组织机构代码 of
    one that has no credit code.
    """

    code: str = Field(
        pattern=r"^(?:[0-9A-Z]{18}|[0-9A-Z]{9})$", description="GB 32100-2015, GB 11714-1997"
    )
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    kind: str = Field(default="", max_length=LONGEST_NAME, description="企业, 事业单位 …")
    industry: str = Field(default="", max_length=LONGEST_NAME)
    contact: str = Field(default="", max_length=LONGEST_NAME, description="a person: sealed")


class Premises(Entry):
    """One place that is looked after 场所: a shop, a building site, a school, a hydrant."""

    code: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,40}$", description="by the city's own numbering")
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    kind: str = Field(default="", max_length=LONGEST_NAME, description="学校, 工地, 消火栓 …")
    contact: str = Field(default="", max_length=LONGEST_NAME, description="a person: sealed")
    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees, WGS-84")
    lat: float | None = Field(default=None, ge=-90, le=90, description="degrees, WGS-84")
