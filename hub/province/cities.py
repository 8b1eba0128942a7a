"""The cities that a province reads 城市名单: a CSV file of code, name, address, token, inhabitants.

The file is written by hand or by Excel. So it is in UTF-8 or GBK, headers are Chinese or English,
and codes and numbers may have full-width digits, `.0`, separators, or 万.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from hub.runtime.errors import HubError
from hub.town.town_file import TownError, each_row
from schemas.base import Frozen
from schemas.province import LONGEST_NAME, PATH, DistrictCode

TOTALS = ("合计", "总计", "小计")
MOST_INHABITANTS = 100_000_000
LARGEST_FILE = 1024 * 1024
LARGEST_TOKEN = 1024
_POINT_ZERO = re.compile(r"\.0+$")
_WAN = 10_000


class CitiesError(HubError, ValueError):
    """The list of cities cannot be used; each line of the message names a line of the file."""


class City(Frozen):
    """One city: where its hub is, and the file with the token that this hub has given out."""

    code: DistrictCode
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    address: str
    token_file: str = Field(min_length=1)
    inhabitants: int | None = Field(default=None, ge=1, le=MOST_INHABITANTS)

    @field_validator("code", mode="before")
    @classmethod
    def _digits(cls, value: Any) -> str:
        text = _plain(value)
        if text in TOTALS:
            raise ValueError("a row of totals is no city; delete it")
        return _POINT_ZERO.sub("", text)

    @field_validator("address", mode="before")
    @classmethod
    def _root(cls, value: Any) -> str:
        """Return the address without a slash at its end and without the path of the figures."""
        text = _plain(value).rstrip("/").removesuffix(PATH)
        try:
            parts = urlsplit(text)
            has_host = bool(parts.hostname) and parts.port != 0
        except ValueError:
            has_host = False
        if not has_host or parts.scheme not in ("http", "https"):
            raise ValueError("write the address as https://hub.city.example, with its port if any")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address has no user, password, ? or #; the token has its own file")
        return text

    @field_validator("inhabitants", mode="before")
    @classmethod
    def _number(cls, value: Any) -> int:
        """Read 640000, 640,000, 640000.0, 64万 and 64.5万人."""
        text = re.sub(r"[,\s'人]", "", _plain(value))
        factor = _WAN if text.endswith("万") else 1
        try:
            number = Decimal(text.removesuffix("万")) * factor
        except InvalidOperation as error:
            raise ValueError("write the number of inhabitants in digits, such as 640000") from error
        # NaN, or a number that would take all memory as an integer, is out of bounds below.
        return int(number) if number.is_finite() and number <= MOST_INHABITANTS else 0


def _plain(value: Any) -> str:
    """Return a cell with full-width signs as ASCII, without blanks around it."""
    return unicodedata.normalize("NFKC", str(value)).strip()


def load_cities(path: Path) -> tuple[City, ...]:
    """Return the cities of a file; raises `CitiesError` with all faults of the file."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CitiesError(
                f"{path} is larger than {LARGEST_FILE} bytes; it is no list of cities"
            )
        rows = list(each_row(path, path.read_bytes(), City))
    except OSError as error:
        advice = "write it with the columns 代码, 名称, 地址, 令牌文件, 常住人口 (docs/province.md)"
        raise CitiesError(f"{path} cannot be read ({error.strerror}); {advice}") from error
    faults = [str(row) for _, row in rows if isinstance(row, TownError)]
    cities = [row for _, row in rows if isinstance(row, City)]
    faults += [f"{path}: two rows have the code {code}" for code in _twice(cities)]
    if not faults and not cities:
        faults.append(f"{path} has no city; write a line for each")
    if faults:
        raise CitiesError("\n".join(faults))
    return tuple(cities)


def _twice(cities: Iterable[City]) -> list[str]:
    codes = [city.code for city in cities]
    return sorted({code for code in codes if codes.count(code) > 1})


def read_token(city: City, folder: Path) -> str:
    """Return the token of a city; a relative path starts at `folder`, that of the list.

    Raises `OSError`, and `ValueError` if the file has something else than one token.
    """
    path = folder / city.token_file
    with path.open("rb") as file:
        text = file.read(LARGEST_TOKEN).decode("utf-8-sig").strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{path} must have the token and nothing else")
    return text
