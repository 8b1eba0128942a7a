"""The figures that this city publishes 上报数据: counted in the store, then made safe to leave."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from hub.province.queries import (
    BY_DAY,
    BY_DISTRICT,
    BY_FAMILY,
    OPEN,
    OPEN_BY_DISTRICT,
    OPEN_BY_FAMILY,
    OPEN_BY_STATE,
    RATES,
    RATES_BY_DISTRICT,
    REPORTS,
)
from hub.province.small_counts import breakdown, district_rates, rounded, share
from schemas.base import BEIJING
from schemas.cases.case import State
from schemas.category import FAMILY_NAMES
from schemas.province import (
    DAYS,
    FIGURES_VERSION,
    LONGEST_NAME,
    CityFigures,
    DayFigures,
    District,
    Share,
)
from schemas.town.register import Area
from streams.town.register import Register

Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query in the store; every id counts once, days are text."""
Counted = list[dict[str, Any]]

UNKNOWN = "unknown"
"""Key of reports and cases without a place, or in a place outside the city."""
OTHER = "other"
_DISTRICT_DIGITS = 6
_OTHER_SIGNS = re.compile(r"[^\w·()（）\-]")


def city_code(register: Register) -> str:
    """Return the code by which a province knows this city: six digits of GB/T 2260.

    It is the code of the county if the town is one county, else that of the city. A county that
    belongs to no city, such as 仙桃 429004, shares the code of its city with others of its kind.
    """
    counties = _counties(register.town.areas)
    return next(iter(counties)) if len(counties) == 1 else register.city[:_DISTRICT_DIGITS]


def city_figures(rows: Rows, register: Register, now: datetime, smallest: int) -> CityFigures:
    """Return the document of this city as of `now`; raises the store's errors."""
    today = now.astimezone(BEIJING).date()
    days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    bounds = {"begin": _midnight(days[0]), "end": _midnight(today)}
    reports, rates = rows(REPORTS, bounds), rows(RATES, bounds)
    unfinished = rows(OPEN, {})
    counties = _counties(register.town.areas)
    return CityFigures(
        version=FIGURES_VERSION,
        city=city_code(register),
        at=now,
        smallest=smallest,
        districts=tuple(_district(code, name) for code, name in sorted(counties.items())),
        days=_days(days, reports, rates, smallest),
        reports_by_district=breakdown(
            _by_district(reports, BY_DISTRICT, "reports", counties), smallest
        ),
        reports_by_family=breakdown(_by_family(reports, BY_FAMILY, "reports"), smallest),
        open_by_district=breakdown(
            _by_district(unfinished, OPEN_BY_DISTRICT, "open", counties), smallest
        ),
        open_by_family=breakdown(_by_family(unfinished, OPEN_BY_FAMILY, "open"), smallest),
        open_by_state=breakdown(
            _tally(unfinished, OPEN_BY_STATE, "state", "open", {str(state) for state in State}),
            smallest,
        ),
        overdue=_overdue(unfinished, smallest),
        on_time=_rate(rates, "settlement", smallest),
        on_time_by_district=district_rates(
            _settled_in(rows(RATES_BY_DISTRICT, bounds)), counties, smallest
        ),
        solved=_rate(rates, "solution", smallest),
        satisfied=_rate(rates, "satisfaction", smallest),
    )


def _midnight(day: date) -> str:
    return datetime.combine(day, time()).strftime("%Y-%m-%d %H:%M:%S")


def _counties(areas: Sequence[Area]) -> dict[str, str]:
    """Return the names of the town's districts by their codes; a town of townships has theirs."""
    named = {area.code: area.name for area in areas}
    codes = sorted({code[:_DISTRICT_DIGITS] for code in named})
    return {code: named.get(code, code) for code in codes}


def _district(code: str, name: str) -> District:
    """Return a district; a name with other signs than a document may have loses them."""
    try:
        return District(code=code, name=_OTHER_SIGNS.sub("", name)[:LONGEST_NAME])
    except ValidationError:
        return District(code=code, name=code)


def _by_district(rows: Counted, by: int, count: str, counties: Mapping[str, str]) -> dict[str, int]:
    return _tally(rows, by, "district", count, counties, instead=UNKNOWN)


def _by_family(rows: Counted, by: int, count: str) -> dict[str, int]:
    return _tally(rows, by, "family", count, FAMILY_NAMES, instead=OTHER)


def _tally(
    rows: Counted, by: int, column: str, count: str, known: Any, instead: str = OTHER
) -> dict[str, int]:
    """Return the counts of the rows grouped by one column; keys that are not known are one."""
    counts: dict[str, int] = {}
    for row in rows:
        if int(row["by"]) == by:
            key = row[column] if row[column] in known else instead
            counts[key] = counts.get(key, 0) + int(row[count])
    return counts


def _days(
    days: Sequence[date], reports: Counted, rates: Counted, smallest: int
) -> tuple[DayFigures, ...]:
    received = {row["day"]: int(row["reports"]) for row in reports if int(row["by"]) == BY_DAY}
    settled = {row["day"]: int(row["occasions"]) for row in rates if row["figure"] == "settlement"}
    return tuple(
        DayFigures(
            day=day,
            reports=rounded(received.get(day.isoformat(), 0), smallest),
            settled=rounded(settled.get(day.isoformat(), 0), smallest),
        )
        for day in days
    )


def _settled_in(rows: Counted) -> dict[str, tuple[int, int]]:
    """Return what was settled and what of it in time, by district; other places too."""
    return {row["district"]: (int(row["occasions"]), int(row["well"])) for row in rows}


def _overdue(rows: Counted, smallest: int) -> Share:
    states = [row for row in rows if int(row["by"]) == OPEN_BY_STATE]
    whole = sum(int(row["open"]) for row in states)
    return share(whole, sum(int(row["overdue"]) for row in states), smallest)


def _rate(rows: Counted, figure: str, smallest: int) -> Share:
    own = [row for row in rows if row["figure"] == figure]
    whole = sum(int(row["occasions"]) for row in own)
    return share(whole, sum(int(row["well"]) for row in own), smallest)
