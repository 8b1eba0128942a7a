"""Months of a city: what the province remembers of its documents, and no more."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hub.province.kept import Kept
from hub.province.months import MOST_MONTHS, CityMonths, months_of
from hub.province.rounds import CityState
from hub.province.view import Line, city_row, month_lines
from schemas.province import CityFigures
from tests.hub.province.builders import CODE, NOW, city, figures
from tests.hub.province.served import cities_served, sends
from tests.hub.province.test_rounds import Province


def document(at: datetime, reports: int = 10, **more: Any) -> CityFigures:
    """Return the document of a city with the thirty days before a time."""
    days = [at.date() - timedelta(days=back) for back in range(30, 0, -1)]
    rows = [{"day": day.isoformat(), "reports": reports, "settled": 5} for day in days]
    return figures(at=at.isoformat(), days=rows, **more)


def noon(day: date) -> datetime:
    """Return noon of a day in Beijing."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def test_a_year_of_documents_gives_twelve_months(tmp_path: Path) -> None:
    """Each month has all its days once, and the shares of the document at its end."""
    months = CityMonths(tmp_path)
    day = date(2025, 12, 1)
    while day <= date(2026, 12, 1):
        share = {"whole": 100 * day.month, "part": 50 * day.month}
        months.add(CODE, document(noon(day), on_time=share))
        day += timedelta(days=1)
    kept = months.load(CODE)
    assert [month.month for month in kept[:12]] == [f"2026-{n:02d}" for n in range(11, 0, -1)] + [
        "2025-12"
    ]
    november = kept[0]
    assert (len(november.days), november.reports, november.settled) == (30, 300, 150)
    assert november.on_time is not None
    assert november.on_time.whole == 1200
    assert november.at == noon(date(2026, 12, 1))


def test_a_later_document_replaces_what_was_said_of_a_day(tmp_path: Path) -> None:
    """Reports come late; a restart of the province changes nothing."""
    first, second = noon(date(2026, 11, 20)), noon(date(2026, 11, 21))
    CityMonths(tmp_path).add(CODE, document(first))
    CityMonths(tmp_path).add(CODE, document(second, reports=15))
    (november, october) = CityMonths(tmp_path).load(CODE)
    assert {entry.reports for entry in november.days} == {15}
    assert [entry.reports for entry in october.days] == [10, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]
    assert october.on_time is None


def test_days_that_cannot_be_are_not_kept() -> None:
    """A city that sends days of another year, or of tomorrow, makes no files of them."""
    days = ["2019-01-01", "2026-10-29", "2026-10-30", "2026-11-28", "2026-11-29", "2030-01-01"]
    rows = [{"day": day, "reports": 5, "settled": 5} for day in days]
    months = months_of(figures(days=rows), {})
    assert [str(entry.day) for month in months for entry in month.days] == [
        "2026-10-30",
        "2026-11-28",
    ]
    assert months_of(figures(days=[]), {}) == []


def test_the_files_are_bounded(tmp_path: Path) -> None:
    """Three years of months stay; files of others in the folder are left alone."""
    months = CityMonths(tmp_path)
    for number in range(48):
        year, month = divmod(number, 12)
        months.add(CODE, document(noon(date(2022 + year, month + 1, 28))))
    assert len(months.load(CODE)) == MOST_MONTHS
    (tmp_path / CODE / "notes.json").write_text("{}", encoding="utf-8")
    assert len(list((tmp_path / CODE).iterdir())) == MOST_MONTHS + 1


def test_a_damaged_month_is_left_out_and_written_again(tmp_path: Path) -> None:
    """The other months are read; the next document repairs what it has."""
    months = CityMonths(tmp_path)
    months.add(CODE, document(NOW))
    (tmp_path / CODE / "2026-11.json").write_text("{", encoding="utf-8")
    assert [month.month for month in months.load(CODE)] == ["2026-10"]
    assert [month.month for month in months.add(CODE, document(NOW))] == ["2026-11", "2026-10"]


def test_a_province_remembers_its_cities(tmp_path: Path) -> None:
    """A round keeps the months; a city that is away keeps them too, also after a restart."""

    async def scenario() -> Sequence[CityState]:
        async with cities_served([sends()]) as (served, session):
            province = Province(tmp_path, served, session)
            await province.cities.round()
            assert [month.month for month in province.state().months] == ["2026-11", "2026-10"]
            served[0].answer = sends(at="nonsense")
            await province.cities.round()
            assert len(province.state().months) == 2
            return province.started().states()

    (state,) = asyncio.run(scenario())
    assert [month.month for month in state.months] == ["2026-11", "2026-10"]


def test_the_page_shows_months_and_rates_of_districts(tmp_path: Path) -> None:
    """Sums of rounded days are marked as such; a month that is not whole says its days."""
    months = CityMonths(tmp_path).add(CODE, document(NOW))
    lines = month_lines(months, 5)
    assert [(line.month, line.reports, line.days) for line in lines] == [
        ("2026-11", "约280", "28天"),
        ("2026-10", "约20", "2天"),
    ]
    assert (lines[0].on_time, lines[0].satisfied) == ("87.5%", "≥96.0%")
    assert lines[1].on_time == "–"
    row = city_row(CityState(city(), None, months=months), NOW)
    assert row.months == month_lines(months, 5)
    known = Kept(read_at=NOW, figures=figures(on_time_by_district=[{"code": CODE, "percent": 88}]))
    assert city_row(CityState(city(), known), NOW).rates == (Line("青溪县", "88%"),)
