"""What a city lets a province know 上报数据: counts of thirty days and of the open cases.

This is the whole list. A field that is not here does not leave a city. Each table has one dimension
only: a day, a district, a family of categories, or a state. No table combines two of them, and no
field has a text, a case, a person, a unit, or a place smaller than a district 县区.

No count is below a minimum (`smallest`, at least 5). Small rows of a table are counted together as
`other`, so that the total minus the rows is not small either. Days are rounded. A part of a whole
that is small, or whose rest is small, is replaced by a word (`Hidden`).
docs/decisions/0048-several-cities.md says why.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from schemas.base import Frozen, Instant

PATH = "/api/province/figures"
"""Where a hub serves the document."""
FIGURES_VERSION = 2
"""Version of the list. A higher one adds fields; those of a lower one keep their meaning."""
SMALLEST = 5
"""The lowest minimum that a city may set."""
DAYS = 30
"""Complete days that the counts are about; today is not among them."""
MOST_COUNT = 1_000_000_000
MOST_ROWS = 1000
"""Rows of one table. A province has about a hundred districts."""
LONGEST_NAME = 30
NAME = r"^[\w·()（）\-]+$"
"""A name of a district: letters and digits of any script, without signs that HTML uses."""


class Hidden(StrEnum):
    """What stands instead of a count that does not leave the city."""

    FEW = "few"
    """from 1 to the minimum, the minimum excluded"""
    NEARLY_ALL = "nearly_all"
    """the whole but few: the rest would be `few`"""
    WITHHELD = "withheld"
    """a part of a hidden whole"""


def _not_small(count: int) -> int:
    if 0 < count < SMALLEST:
        raise ValueError(f"a count from 1 to {SMALLEST - 1} must not leave a city")
    return count


Count = Annotated[int, Field(ge=0, le=MOST_COUNT, strict=True), AfterValidator(_not_small)]
Shown = Count | Hidden
"""A count, or the word for a hidden one."""
DistrictCode = Annotated[str, Field(pattern=r"^\d{6}$")]
"""Six digits of GB/T 2260."""


class Published(Frozen):
    """Base of what cities publish: fields of a newer version are ignored, not refused."""

    model_config = ConfigDict(extra="ignore")


class District(Published):
    """A district 县区 of the city, with its name."""

    code: DistrictCode
    name: str = Field(pattern=NAME, max_length=LONGEST_NAME)


class Row(Published):
    """One row of a table: a district, a family of categories or a state, and its count."""

    key: str = Field(pattern=r"^[a-z0-9_]+$", max_length=LONGEST_NAME)
    count: Count


class Breakdown(Published):
    """A total by one dimension. `other` has the rows that are too small to stand alone."""

    rows: tuple[Row, ...] = Field(default=(), max_length=MOST_ROWS)
    other: Shown = 0

    @property
    def total(self) -> Shown:
        """The sum; hidden if all rows together are too few."""
        if isinstance(self.other, Hidden):
            return self.other
        return sum(row.count for row in self.rows) + self.other

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.rows and isinstance(self.other, Hidden):
            raise ValueError("other is hidden beside rows; it must take a row in")
        return self


class Share(Published):
    """A part of a whole, such as the cases that were settled in time, of all that were settled."""

    whole: Shown
    part: Shown

    @model_validator(mode="after")
    def _is_part(self) -> Self:
        if isinstance(self.whole, int) and isinstance(self.part, int) and self.part > self.whole:
            raise ValueError("the part is larger than the whole")
        return self


class DayFigures(Published):
    """One complete day in Beijing: reports and wishes received, cases settled.

    Counts are rounded to a multiple of the minimum: they show a trend, and no sum has them.
    """

    day: date
    reports: Count
    settled: Count


class DistrictRate(Published):
    """The share of what was settled in a district before the deadline, in whole percent.

    No count stands beside it, so two documents cannot be subtracted. The districts are chosen so
    that all others together are not small: what was settled there, in time and late, is nothing or
    at least the minimum.
    """

    code: DistrictCode
    percent: int = Field(ge=0, le=100, strict=True)


class CityFigures(Published):
    """The document of one city: `GET /api/province/figures`."""

    version: int = Field(ge=1, le=MOST_COUNT)
    city: DistrictCode = Field(description="code of the county, or of the city of several counties")
    at: Instant = Field(description="when the figures were computed")
    smallest: int = Field(ge=SMALLEST, le=MOST_COUNT, description="the minimum of this city")
    districts: tuple[District, ...] = Field(default=(), max_length=MOST_ROWS)
    days: tuple[DayFigures, ...] = Field(
        max_length=DAYS, description="the last complete days, the oldest first"
    )
    reports_by_district: Breakdown = Field(description="reports of these days")
    reports_by_family: Breakdown
    open_by_district: Breakdown = Field(description="open cases at `at`")
    open_by_family: Breakdown
    open_by_state: Breakdown
    overdue: Share = Field(description="open cases that are past their deadline, of all open ones")
    on_time: Share = Field(description="settled before the deadline, of what was settled")
    on_time_by_district: tuple[DistrictRate, ...] = Field(
        default=(), max_length=MOST_ROWS, description="the same by district, in percent"
    )
    solved: Share = Field(description="解决率: settled as the citizen says, of the answers")
    satisfied: Share = Field(description="满意率: satisfied, of the answers that say it")

    @model_validator(mode="after")
    def _days_rise(self) -> Self:
        days = [entry.day for entry in self.days]
        if days != sorted(set(days)):
            raise ValueError("days are not in order, or one is there twice")
        return self
