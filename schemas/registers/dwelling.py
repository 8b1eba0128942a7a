"""Dwellings 房屋 and households 户 of the base registers. Pure data."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from schemas.registers.entry import LONGEST_NAME, Entry


class DwellingKind(StrEnum):
    """How a dwelling is used 房屋使用情况."""

    UNSTATED = ""
    OWN = "own"
    RENTED = "rented"
    SHARED = "shared"
    VACANT = "vacant"
    BUSINESS = "business"
    OTHER = "other"


DWELLING_NAMES: Mapping[DwellingKind, str] = {
    DwellingKind.OWN: "自住",
    DwellingKind.RENTED: "出租",
    DwellingKind.SHARED: "群租",
    DwellingKind.VACANT: "空置",
    DwellingKind.BUSINESS: "经营",
    DwellingKind.OTHER: "其他",
}


class Dwelling(Entry):
    """One dwelling 房屋: a flat, or a house of its own.

    `estate`, `building`, `unit` and `room` are the parts of its address 小区、楼栋、单元、室, the
    numbers in plain digits; empty where the address does not say them.
    """

    code: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,40}$", description="code of the address or own")
    kind: DwellingKind = DwellingKind.UNSTATED
    estate: str = Field(default="", max_length=LONGEST_NAME)
    building: str = Field(default="", max_length=LONGEST_NAME)
    unit: str = Field(default="", max_length=LONGEST_NAME)
    room: str = Field(default="", max_length=LONGEST_NAME)
    contact: str = Field(default="", max_length=LONGEST_NAME, description="owner: sealed")
    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees, WGS-84")
    lat: float | None = Field(default=None, ge=-90, le=90, description="degrees, WGS-84")


class RegisteredHousehold(Entry):
    """One household 户: those who live together in a dwelling. People name its code."""

    code: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,40}$", description="the city's own numbering")
    dwelling: str = Field(default="", max_length=LONGEST_NAME, description="code of the dwelling")
    contact: str = Field(default="", max_length=LONGEST_NAME, description="its head: sealed")
