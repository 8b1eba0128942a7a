"""What the page of a province shows of each city 省级页面内容. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor

from hub.province.faults import FAULT_TEXTS
from hub.province.months import MonthFigures
from hub.province.rounds import CityState
from schemas.cases.case import STATE_NAMES
from schemas.category import FAMILY_NAMES
from schemas.province import (
    FIGURES_VERSION,
    SMALLEST,
    Breakdown,
    CityFigures,
    DayFigures,
    DistrictRate,
    Hidden,
    Share,
    Shown,
)

NOTHING = "–"
OLD_AFTER = timedelta(hours=2)
"""Figures that are older are marked."""
PER = 10_000
OTHER_ROW = "其他（合并）"
UNKNOWN_PLACE = "位置不明或市外"
BAR_WIDTH, BAR_HEIGHT = 4, 24
"""Size of one bar of a trend, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a trend: its left edge, top and height in units of the drawing, and its title."""

    x: int
    y: int
    height: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table below the first one: a name and a count."""

    name: str
    count: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of a city; `days` says how many of its days are known, if not all."""

    month: str
    reports: str
    settled: str
    on_time: str
    solved: str
    satisfied: str
    days: str


@dataclass(frozen=True, slots=True)
class CityRow:
    """One city as the page shows it; texts are Chinese and not escaped."""

    code: str
    name: str
    reports: str = NOTHING
    per_inhabitants: str = NOTHING
    unfinished: str = NOTHING
    overdue: str = NOTHING
    on_time: str = NOTHING
    solved: str = NOTHING
    satisfied: str = NOTHING
    bars: tuple[Bar, ...] = ()
    days: str = ""
    age: str = "还没有读到数据"
    is_old: bool = True
    fault: str = ""
    note: str = ""
    families: tuple[Line, ...] = ()
    districts: tuple[Line, ...] = ()
    states: tuple[Line, ...] = ()
    rates: tuple[Line, ...] = ()
    months: tuple[MonthLine, ...] = ()


def city_row(state: CityState, now: datetime) -> CityRow:
    """Return the row of a city; what is not known yet is a dash."""
    city = state.city
    fault = FAULT_TEXTS[state.fault.kind] if state.fault else ""
    if state.kept is None:
        months = month_lines(state.months, SMALLEST)
        return CityRow(code=city.code, name=city.name, fault=fault, months=months)
    figures = state.kept.figures
    total = figures.reports_by_district.total
    age = now - figures.at
    names = {district.code: district.name for district in figures.districts}
    newer = figures.version > FIGURES_VERSION
    return CityRow(
        code=city.code,
        name=city.name,
        reports=count_text(total, figures.smallest),
        per_inhabitants=_per_inhabitants(total, city.inhabitants),
        unfinished=count_text(figures.open_by_state.total, figures.smallest),
        overdue=share_text(figures.overdue, figures.smallest),
        on_time=share_text(figures.on_time, figures.smallest),
        solved=share_text(figures.solved, figures.smallest),
        satisfied=share_text(figures.satisfied, figures.smallest),
        bars=_bars(figures.days),
        days=_span(figures),
        age=age_text(age),
        is_old=age > OLD_AFTER,
        fault=fault,
        note="该市版本较新，只显示本页认识的数" if newer else "",
        families=_lines(figures.reports_by_family, FAMILY_NAMES, figures.smallest),
        districts=_lines(
            figures.reports_by_district, {**names, "unknown": UNKNOWN_PLACE}, figures.smallest
        ),
        states=_lines(
            figures.open_by_state,
            {str(key): name for key, name in STATE_NAMES.items()},
            figures.smallest,
        ),
        rates=_rates(figures.on_time_by_district, names),
        months=month_lines(state.months, figures.smallest),
    )


def city_rows(states: Iterable[CityState], now: datetime) -> list[CityRow]:
    """Return the rows of all cities, in the order of the list."""
    return [city_row(state, now) for state in states]


def count_text(count: Shown, smallest: int) -> str:
    """Return a count with separators, or what is known of a hidden one."""
    if isinstance(count, Hidden):
        return f"少于{smallest}" if count is Hidden.FEW else "不显示"
    return f"{count:,}"


def share_text(share: Share, smallest: int) -> str:
    """Return a share in percent; a hidden part has the bound that its word gives."""
    if isinstance(share.whole, Hidden) or share.part is Hidden.WITHHELD:
        return f"少于{smallest}件"
    if not share.whole:
        return NOTHING
    if isinstance(share.part, int):
        return f"{100 * share.part / share.whole:.1f}%"
    few = min(100.0, 100 * (smallest - 1) / share.whole)
    if share.part is Hidden.FEW:
        return f"≤{ceil(10 * few) / 10:.1f}%"
    return f"≥{floor(10 * (100 - few)) / 10:.1f}%"


def age_text(age: timedelta) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    minutes = int(max(age, timedelta()).total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes}分钟前"
    return f"{minutes // 60}小时前" if minutes < 48 * 60 else f"{minutes // (24 * 60)}天前"


def _per_inhabitants(total: Shown, inhabitants: int | None) -> str:
    if isinstance(total, Hidden) or inhabitants is None:
        return NOTHING
    return f"{PER * total / inhabitants:.1f}"


def _span(figures: CityFigures) -> str:
    if not figures.days:
        return ""
    return f"{figures.days[0].day:%m-%d}至{figures.days[-1].day:%m-%d}"


def _bars(days: Sequence[DayFigures]) -> tuple[Bar, ...]:
    """Return a bar for each day, the highest as high as the drawing."""
    most = max((entry.reports for entry in days), default=0)
    return tuple(_bar(index, entry, most) for index, entry in enumerate(days))


def _bar(index: int, entry: DayFigures, most: int) -> Bar:
    height = max(1, round(BAR_HEIGHT * entry.reports / most)) if entry.reports else 0
    title = f"{entry.day:%m-%d} 约{entry.reports}件"
    return Bar(index * BAR_WIDTH, BAR_HEIGHT - height, height, title)


def month_lines(months: Sequence[MonthFigures], smallest: int) -> tuple[MonthLine, ...]:
    """Return the lines of the months, the newest first; counts are sums of rounded days."""
    return tuple(
        MonthLine(
            month=each.month,
            reports=f"约{each.reports:,}",
            settled=f"约{each.settled:,}",
            on_time=share_text(each.on_time, smallest) if each.on_time else NOTHING,
            solved=share_text(each.solved, smallest) if each.solved else NOTHING,
            satisfied=share_text(each.satisfied, smallest) if each.satisfied else NOTHING,
            days="" if len(each.days) == _days_in(each.month) else f"{len(each.days)}天",
        )
        for each in months
    )


def _days_in(month: str) -> int:
    year, number = month.split("-")
    return monthrange(int(year), int(number))[1]


def _rates(rates: Sequence[DistrictRate], names: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the shares by district."""
    return tuple(Line(names.get(rate.code, rate.code), f"{rate.percent}%") for rate in rates)


def _lines(table: Breakdown, names: Mapping[str, str], smallest: int) -> tuple[Line, ...]:
    """Return the rows of a table by name; a key of a newer version keeps its key."""
    lines = [
        Line(names.get(row.key, row.key), count_text(row.count, smallest)) for row in table.rows
    ]
    if table.other:
        lines.append(Line(OTHER_ROW, count_text(table.other, smallest)))
    return tuple(lines)
