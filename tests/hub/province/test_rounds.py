"""Rounds over the cities: one that is away keeps its last figures and costs no other anything."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from hub.province.cities import CitiesError
from hub.province.faults import CityFault
from hub.province.rounds import Cities, CityState
from hub.runtime.metrics import METERS, Metric
from hub.settings import Settings
from hub.web.outbound import OutboundSession
from tests.hub.province.builders import CODE, NOW
from tests.hub.province.served import FakeCity, answers, cities_served, sends

OTHER = "427299"
HEADER = "code,name,address,token_file\n"


class Province:
    """A list of cities in a folder, the cities, and a clock that the test moves."""

    def __init__(self, folder: Path, served: Sequence[FakeCity], session: OutboundSession) -> None:
        self.folder, self.served, self.session, self.now = folder, served, session, NOW
        self.settings = Settings(data=folder, province_timeout=30.0)
        codes = (CODE, OTHER)
        for code in codes:
            (folder / code).write_text(f"token-of-{code}", encoding="utf-8")
        self.write([(code, fake.url) for code, fake in zip(codes, served, strict=False)])
        self.cities = self.started()

    def write(self, lines: Sequence[tuple[str, str]]) -> None:
        """Write the list: code and address of each city."""
        rows = "".join(f"{code},市{code},{address},{code}\n" for code, address in lines)
        (self.folder / "cities.csv").write_text(HEADER + rows, encoding="utf-8")

    def started(self) -> Cities:
        """Return the cities as a process that starts has them."""
        return Cities(self.settings, self.session, self.clock)

    def clock(self) -> datetime:
        """Return the time of the test."""
        return self.now

    def state(self, code: str = CODE) -> CityState:
        """Return the state of a city."""
        return next(state for state in self.cities.states() if state.city.code == code)

    def fault(self, code: str = CODE) -> CityFault | None:
        """Return the fault of a city."""
        fault = self.state(code).fault
        return fault.kind if fault else None


def run(
    folder: Path, handlers: Sequence[Handler], talk: Callable[[Province], Awaitable[None]]
) -> None:
    """Serve cities, and let a test run rounds over them."""

    async def scenario() -> None:
        async with cities_served(handlers) as (served, session):
            await talk(Province(folder, served, session))

    asyncio.run(scenario())


def test_each_city_is_asked_with_its_own_token(tmp_path: Path) -> None:
    """The token of one city is never shown to another."""

    async def talk(province: Province) -> None:
        await province.cities.round()
        first, second = province.served
        assert first.shown == [f"Bearer token-of-{CODE}"]
        assert second.shown == [f"Bearer token-of-{OTHER}"]
        assert province.fault() is province.fault(OTHER) is None

    run(tmp_path, [sends(), sends(code=OTHER)], talk)


def test_a_city_that_is_away_keeps_its_last_figures(tmp_path: Path) -> None:
    """The other city is read meanwhile; when the first is back, its fault is gone."""

    async def talk(province: Province) -> None:
        await province.cities.round()
        province.served[0].answer = answers(lambda: web.Response(status=500))
        await province.cities.round()
        assert province.fault() is CityFault.STATUS
        assert province.fault(OTHER) is None
        kept = province.state().kept
        assert kept is not None
        assert kept.figures.city == CODE
        province.served[0].answer = sends()
        await province.cities.round()
        assert province.fault() is None

    run(tmp_path, [sends(), sends(code=OTHER)], talk)


def test_nonsense_does_not_replace_good_figures(tmp_path: Path) -> None:
    """A document with a small count is refused whole; the figures before it stay."""

    async def talk(province: Province) -> None:
        await province.cities.round()
        before = province.state().kept
        province.served[0].answer = sends(overdue={"whole": 60, "part": 1})
        await province.cities.round()
        assert province.fault() is CityFault.FORM
        assert province.state().kept == before

    run(tmp_path, [sends()], talk)


def test_older_figures_are_refused_and_equal_ones_are_not(tmp_path: Path) -> None:
    """A city serves one document for some minutes; one from before it is wrong."""

    async def talk(province: Province) -> None:
        await province.cities.round()
        await province.cities.round()
        assert province.fault() is None
        province.served[0].answer = sends(at=(NOW - timedelta(days=1)).isoformat())
        await province.cities.round()
        assert province.fault() is CityFault.OLDER

    run(tmp_path, [sends()], talk)


def test_a_restart_keeps_the_figures(tmp_path: Path) -> None:
    """They are there before the first round; a damaged file is as none."""

    async def talk(province: Province) -> None:
        await province.cities.round()
        (state,) = province.started().states()
        assert state.kept == province.state().kept
        (tmp_path / "city_figures" / f"{CODE}.json").write_text("{", encoding="utf-8")
        (state,) = province.started().states()
        assert state.kept is None

    run(tmp_path, [sends()], talk)


def test_a_missing_token_is_the_fault_of_its_city_only(tmp_path: Path) -> None:
    """Nothing is sent to that city."""

    async def talk(province: Province) -> None:
        (tmp_path / CODE).unlink()
        await province.cities.round()
        assert province.fault() is CityFault.TOKEN_FILE
        assert province.served[0].shown == []
        assert province.fault(OTHER) is None

    run(tmp_path, [sends(), sends(code=OTHER)], talk)


def test_the_list_is_read_again_in_each_round(tmp_path: Path) -> None:
    """A city that was added is read, one that was removed is gone, and the order is that of it."""

    async def talk(province: Province) -> None:
        first, second = province.served
        province.write([(CODE, first.url)])
        await province.cities.round()
        assert [state.city.code for state in province.cities.states()] == [CODE]
        province.write([(OTHER, second.url), (CODE, first.url)])
        await province.cities.round()
        assert [state.city.code for state in province.cities.states()] == [OTHER, CODE]

    run(tmp_path, [sends(), sends(code=OTHER)], talk)


def test_a_full_disk_shows_the_figures_all_the_same(tmp_path: Path) -> None:
    """They cannot be kept for a restart, and are on the page."""

    async def talk(province: Province) -> None:
        (tmp_path / "city_figures").write_text("in the way of the folder", encoding="utf-8")
        await province.cities.round()
        assert province.fault() is None
        assert province.state().kept is not None

    run(tmp_path, [sends()], talk)


def test_an_unreadable_list_keeps_the_cities(tmp_path: Path) -> None:
    """The last readable list counts, and the fault is known until the list is mended."""

    async def talk(province: Province) -> None:
        (tmp_path / "cities.csv").write_text("nonsense", encoding="utf-8")
        await province.cities.round()
        assert province.cities.list_fault
        assert province.fault() is None
        assert province.state().kept is not None
        with pytest.raises(CitiesError):
            province.started()
        province.write([(CODE, province.served[0].url)])
        await province.cities.round()
        assert province.cities.list_fault == ""

    run(tmp_path, [sends()], talk)


def test_the_metrics_have_outcome_and_age(tmp_path: Path) -> None:
    """The age is that of the figures, not of the reading."""

    async def talk(province: Province) -> None:
        read = METERS.value(Metric.CITY_READS, CODE, "read")
        away = METERS.value(Metric.CITY_READS, CODE, "busy")
        province.now = NOW + timedelta(seconds=90)
        await province.cities.round()
        province.served[0].answer = answers(lambda: web.Response(status=503))
        await province.cities.round()
        assert METERS.value(Metric.CITY_READS, CODE, "read") == read + 1
        assert METERS.value(Metric.CITY_READS, CODE, "busy") == away + 1
        assert METERS.value(Metric.CITY_AGE, CODE) == 90

    run(tmp_path, [sends()], talk)
