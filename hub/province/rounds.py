"""Reads all cities, round after round 轮询各市: one city's fault costs no other city anything."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from hub.province.cities import CitiesError, City, load_cities, read_token
from hub.province.client import read_figures
from hub.province.faults import CityFault, CityFaultError
from hub.province.kept import Kept, KeptFigures
from hub.province.months import CityMonths, MonthFigures
from hub.runtime.metrics import METERS, Metric
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.province import ProvinceSettings
from hub.web.outbound import OutboundSession

AT_ONCE = 16
"""Cities that are read at the same time."""
READ = "read"
"""Outcome of a reading without a fault, in the metrics."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CityState:
    """A city, its last figures, and why the last reading failed; None where there is nothing.

    Before the first round ends, a city has neither a fault nor new figures.
    """

    city: City
    kept: Kept | None = None
    fault: CityFaultError | None = None
    months: tuple[MonthFigures, ...] = ()


def cities_path(settings: ProvinceSettings) -> Path:
    """Return the path of the list of cities."""
    return settings.province_cities or DataPaths(settings.data).cities


class Cities:
    """The cities of the list with their states; the list is read again in each round."""

    def __init__(
        self, settings: ProvinceSettings, session: OutboundSession, now: Callable[[], datetime]
    ) -> None:
        """Load the list and what is kept of its cities; raises `CitiesError`.

        `session` must be open when `round` is called.
        """
        self._settings, self._session, self._now = settings, session, now
        self._path = cities_path(settings)
        self._kept = KeptFigures(DataPaths(settings.data).city_figures)
        self._months = CityMonths(DataPaths(settings.data).city_months)
        self._states = {city.code: self._loaded(city) for city in load_cities(self._path)}
        self.list_fault = ""
        """Why the list cannot be read any more; the cities of the last readable one stay."""

    def _loaded(self, city: City) -> CityState:
        """Return the state of a city from its files."""
        months = self._months.load(city.code)
        return CityState(city, self._kept.load(city.code), months=months)

    def states(self) -> list[CityState]:
        """Return the states in the order of the list."""
        return list(self._states.values())

    async def round(self) -> int:
        """Read every city once; return 0, as there is nothing more to do until the next round."""
        await asyncio.to_thread(self._read_list)
        places = asyncio.Semaphore(AT_ONCE)

        async def read(state: CityState) -> None:
            async with places:
                self._states[state.city.code] = await self._next(state)

        await asyncio.gather(*(read(state) for state in self.states()))
        for state in self.states():
            if state.kept is not None:
                age = self._now() - state.kept.figures.at
                METERS.set(Metric.CITY_AGE, age.total_seconds(), state.city.code)
        return 0

    def _read_list(self) -> None:
        try:
            cities = load_cities(self._path)
        except CitiesError as error:
            self.list_fault = str(error)
            log.warning("list_of_cities_unreadable", error=str(error))
            return
        self.list_fault = ""
        known = self._states
        self._states = {
            city.code: replace(known[city.code], city=city)
            if city.code in known
            else self._loaded(city)
            for city in cities
        }

    async def _next(self, state: CityState) -> CityState:
        """Return the state of a city after one reading."""
        city = state.city
        try:
            kept = await self._read(state)
        except CityFaultError as error:
            METERS.count(Metric.CITY_READS, city.code, str(error.kind))
            log.warning("city_not_read", city=city.code, fault=str(error.kind), detail=str(error))
            return replace(state, fault=error)
        METERS.count(Metric.CITY_READS, city.code, READ)
        months = await asyncio.to_thread(self._remember, state, kept)
        return CityState(city, kept, months=months)

    def _remember(self, state: CityState, kept: Kept) -> tuple[MonthFigures, ...]:
        """Keep the months of a document; the ones before stay if the files cannot be written."""
        code = state.city.code
        try:
            return self._months.add(code, kept.figures)
        except OSError as error:
            log.warning("months_not_kept", city=code, error=str(error))
            return state.months

    async def _read(self, state: CityState) -> Kept:
        """Read a city and keep its figures; raises `CityFaultError`."""
        city, now = state.city, self._now()
        try:
            token = await asyncio.to_thread(read_token, city, self._path.parent)
        except (OSError, ValueError) as error:
            raise CityFaultError(CityFault.TOKEN_FILE, str(error)) from error
        seconds = self._settings.province_timeout
        figures = await read_figures(self._session, city, token, seconds, now)
        if state.kept is not None and figures.at < state.kept.figures.at:
            detail = f"the figures are of {figures.at.isoformat()}, older than those kept"
            raise CityFaultError(CityFault.OLDER, detail)
        kept = Kept(read_at=now, figures=figures)
        try:
            await asyncio.to_thread(self._kept.save, city.code, kept)
        except OSError as error:
            # They are shown all the same; only a restart before the next round would lose them.
            log.warning("figures_not_kept", city=city.code, error=str(error))
        return kept
