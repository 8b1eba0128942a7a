"""Months of each city 逐月数据: what a province remembers of the documents that it has read.

Nothing more leaves a city for it. A document has its last thirty days; the province keeps their
rounded counts in a file for each month, and the shares of the last document whose days end in that
month. A later document replaces what an earlier one said of a day.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field, ValidationError

from hub.runtime.private_file import write_private
from schemas.base import BEIJING, Instant
from schemas.province import DAYS, CityFigures, DayFigures, Published, Share

MOST_MONTHS = 36
"""Months of a city that are kept; older ones are deleted."""
MOST_DAYS = 31
NAME = re.compile(r"\d{4}-\d{2}")

log = structlog.get_logger()


class MonthFigures(Published):
    """A month of a city: its days as they were sent last, and the shares at its end.

    The shares are about the thirty days before `at`, so those of a whole month are of its end.
    """

    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    at: Instant
    days: tuple[DayFigures, ...] = Field(max_length=MOST_DAYS)
    on_time: Share | None = None
    solved: Share | None = None
    satisfied: Share | None = None

    @property
    def reports(self) -> int:
        """The sum of the rounded days: near the number of reports, never exactly it."""
        return sum(entry.reports for entry in self.days)

    @property
    def settled(self) -> int:
        """The same of what was settled."""
        return sum(entry.settled for entry in self.days)

    @property
    def summary(self) -> dict[str, Any]:
        """The month without its days, in JSON's types; `days` says how many are known."""
        sums = {"reports": self.reports, "settled": self.settled, "days": len(self.days)}
        return self.model_dump(mode="json") | sums


class CityMonths:
    """The files of one folder: a folder for each city, and in it a file for each month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, code: str) -> tuple[MonthFigures, ...]:
        """Return the months of a city, the newest first; a damaged file is left out."""
        months = (self._read(path) for path in self._paths(code))
        return tuple(month for month in months if month is not None)

    def add(self, code: str, figures: CityFigures) -> tuple[MonthFigures, ...]:
        """Keep what a document says of its months; return all months. Raises `OSError`.

        A file is written only if something has changed. Days that are not within the thirty before
        the document are not kept: nobody could say that they are right.
        """
        known = {month.month: month for month in self.load(code)}
        for month in months_of(figures, known):
            if month != known.get(month.month):
                path = self._folder / code / f"{month.month}.json"
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_private(path, month.model_dump_json())
        for path in self._paths(code)[MOST_MONTHS:]:
            path.unlink()
        return self.load(code)

    def _paths(self, code: str) -> list[Path]:
        # A code has six digits, so that it cannot name a folder elsewhere.
        paths = (self._folder / code).glob("*.json")
        return sorted((path for path in paths if NAME.fullmatch(path.stem)), reverse=True)

    def _read(self, path: Path) -> MonthFigures | None:
        try:
            month = MonthFigures.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            log.warning("month_unreadable", path=str(path), error=str(error))
            return None
        return month if month.month == path.stem else None


def months_of(figures: CityFigures, known: Mapping[str, MonthFigures]) -> list[MonthFigures]:
    """Return the months of a document, with what was known of them before."""
    end = figures.at.astimezone(BEIJING).date()
    days = [entry for entry in figures.days if end - timedelta(days=DAYS) <= entry.day < end]
    if not days:
        return []
    by_month: dict[str, list[DayFigures]] = {}
    for entry in days:
        by_month.setdefault(_month(entry.day), []).append(entry)
    last = _month(days[-1].day)
    return [
        _merged(month, entries, figures, known.get(month), has_end=month == last)
        for month, entries in by_month.items()
    ]


def _merged(
    month: str,
    entries: Iterable[DayFigures],
    figures: CityFigures,
    before: MonthFigures | None,
    *,
    has_end: bool,
) -> MonthFigures:
    by_day = {entry.day: entry for entry in before.days} if before else {}
    by_day |= {entry.day: entry for entry in entries}
    days = tuple(by_day[day] for day in sorted(by_day))
    if not has_end and before is not None:
        # A later document ends in the next month: its shares are not those of this one.
        return before.model_copy(update={"days": days})
    shares = {name: getattr(figures, name) for name in ("on_time", "solved", "satisfied")}
    return MonthFigures(month=month, at=figures.at, days=days, **(shares if has_end else {}))


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
