"""Queries of a digest 取数; each is about a day as it ended, in Beijing time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub.digest.rise import FEWEST_DAYS, HISTORY_DAYS, Series
from hub.digest.sql import AREAS, FIRST_DAY, FLOW, UNITS
from schemas.base import BEIJING
from schemas.category import CATEGORIES, OTHER
from streams.case.deadline import is_working_day

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query in the store; every id counts once."""

BACK_DAYS = 30
"""Days that are looked back for people and places."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in Beijing, and the moments that bound its queries."""

    date: date
    now: datetime

    @property
    def bounds(self) -> dict[str, Any]:
        """Parameters: beginning and end of the day (or now), 30 and 56 days before it."""
        begin = datetime(self.date.year, self.date.month, self.date.day, tzinfo=BEIJING)
        end = min(begin + timedelta(days=1), self.now.astimezone(BEIJING))
        return {
            "begin": _text(begin),
            "end": _text(end),
            "back": _text(begin - timedelta(days=BACK_DAYS - 1)),
            "history": _text(begin - timedelta(days=HISTORY_DAYS)),
        }

    @property
    def over(self) -> bool:
        """Whether the day has ended."""
        return self.now.astimezone(BEIJING).date() > self.date


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


@dataclass(frozen=True, slots=True)
class Names:
    """Chinese names of areas, grids, units and categories."""

    areas: Mapping[str, str]
    units: Mapping[str, str]

    @classmethod
    def ask(cls, rows: Rows) -> "Names":
        """Return the names that the store knows."""
        areas = {row["code"]: row["name"] for row in rows(AREAS, {})}
        return cls(areas, {row["code"]: row["name"] for row in rows(UNITS, {})})

    @property
    def county(self) -> str:
        """The name of the area that contains the others; empty if the store knows none."""
        return self.areas[min(self.areas, key=len)] if self.areas else ""

    def area(self, code: str) -> str:
        """Return the name of an area or grid."""
        return self.areas.get(code, code) or "位置不明"

    def unit(self, code: str) -> str:
        """Return the name of a unit."""
        return self.units.get(code, code) or "未派单"

    def category(self, code: str) -> str:
        """Return the name of a leaf."""
        return CATEGORIES[code].name if code in CATEGORIES else code or "事项不明"


@dataclass(frozen=True, slots=True)
class Flow:
    """People who reported, by day, township and trouble; `days` are those with a store."""

    counts: Mapping[tuple[str, str], Mapping[date, int]]
    days: tuple[date, ...]
    today: date

    @classmethod
    def ask(cls, rows: Rows, day: Day) -> "Flow":
        """Return the flow of a day and of the eight weeks before it."""
        (known,) = rows(FIRST_DAY, {})
        first = max(
            date.fromisoformat(known["day"]) if known["events"] else day.date,
            day.date - timedelta(days=HISTORY_DAYS),
        )
        counts: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
        for row in rows(FLOW, day.bounds):
            people_by_day = counts[row["township"], row["category"]]
            people_by_day[date.fromisoformat(row["day"])] = row["people"]
        length = (day.date - first).days
        days = tuple(first + timedelta(days=n) for n in range(max(length, 0)))
        return cls(counts, days, day.date)

    @property
    def comparable(self) -> tuple[date, ...]:
        """The days before that are like this one: working days, or days off; else all of them."""
        working = is_working_day(self.today)
        like = tuple(day for day in self.days if is_working_day(day) == working)
        return like if len(like) >= FEWEST_DAYS else self.days

    def series(self) -> list[Series]:
        """Return every issue of every township with its usual days; unknown ones are left out.

        Reports without category or place cannot rise at a place: triage gives them both.
        """
        like = self.comparable
        return [
            Series(
                (township, category),
                counts.get(self.today, 0),
                tuple(counts.get(day, 0) for day in like),
            )
            for (township, category), counts in sorted(self.counts.items())
            if township and category not in ("", OTHER)
        ]

    def of_township(self) -> dict[str, int]:
        """Return how many people reported on the day, by township; unknown places are left out."""
        people: dict[str, int] = defaultdict(int)
        for (township, _), counts in self.counts.items():
            if township:
                people[township] += counts.get(self.today, 0)
        return people

    def line(self, township: str, category: str, days: Iterable[date]) -> tuple[float, ...]:
        """Return how many people reported an issue of a township on each of some days."""
        counts = self.counts.get((township, category), {})
        return tuple(float(counts.get(day, 0)) for day in days)

    def total(self, day: date) -> int:
        """Return how many people reported on a day, over all places and troubles."""
        return sum(counts.get(day, 0) for counts in self.counts.values())
