"""Makes the folder of a city 城市目录 from its tables; what is missing is made from the others."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TypeVar

from hub.runtime.private_file import write_private
from hub.setup.defaults import (
    county_of,
    local_units,
    usual_bureaus,
    usual_duties,
    usual_rules,
)
from hub.setup.divisions import read_areas
from hub.setup.grids import grids_of_communities, read_grids
from hub.setup.tables import read_rows
from hub.town.check_files import STAFF, StaffRow
from hub.town.columns import header_of, word_of
from hub.town.grids import GRIDS, parse_grids, to_geojson
from hub.town.patrols import WORKERS
from hub.town.registers import ADMISSIONS, CERTIFICATES, RULES
from hub.town.town_file import TownError, parse_csv
from schemas.base import Frozen
from schemas.reports.fact import Datum
from schemas.town.lists import Admission, Certificate
from schemas.town.patrol import Posting
from schemas.town.register import Area, Grid, PlaceName, Responsibility, Unit

Row = TypeVar("Row", bound=Frozen)
TABLES: Mapping[str, type[Frozen]] = {
    "areas": Area,
    "units": Unit,
    "duties": Responsibility,
    "places": PlaceName,
    "workers": Posting,
    "staff": StaffRow,
    "certificates": Certificate,
    "admissions": Admission,
}
"""Tables that a city may hand in, by the name of their file."""
OPTIONAL_TABLES: tuple[tuple[str, type[Frozen]], ...] = (
    (WORKERS, Posting),
    (STAFF, StaffRow),
    (CERTIFICATES, Certificate),
    (ADMISSIONS, Admission),
)
"""Tables that are left out if a city hands none in."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files from which a folder is made: by name of a table, and `grids`."""

    files: Mapping[str, Path]
    areas: tuple[Area, ...] = ()
    """Areas from answers, instead of a file."""
    datum: Datum = Datum.WGS84
    replace: bool = False
    """Whether files that are in the folder already are replaced."""


@dataclass(slots=True)
class CityFolder:
    """The files of a city that are written so far; a file that is there already is used."""

    folder: Path
    sources: Sources
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def make(self) -> None:
        """Write the files that are missing; raises `TownError` before the first is written."""
        contents = dict(self._contents())
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            if self._keeps(name):
                self.kept.append(name)
            else:
                write_private(self.folder / name, content)
                (self.folder / name).chmod(0o644)
                self.written.append(name)

    def _contents(self) -> Iterator[tuple[str, str]]:
        areas = self._areas()
        grids = self._grids(areas)
        units = self._units(areas, grids)
        yield "areas.csv", as_csv(areas, Area)
        yield GRIDS, to_geojson(grids).decode()
        yield "units.csv", as_csv(units, Unit)
        duties = self._table("duties", Responsibility) or usual_duties(units)
        yield "duties.csv", as_csv(duties, Responsibility)
        yield "places.csv", as_csv(self._table("places", PlaceName), PlaceName)
        yield RULES, usual_rules(units, duties, _county(areas))
        for name, model in OPTIONAL_TABLES:
            rows = self._table(name.removesuffix(".csv"), model)
            if rows:
                yield name, as_csv(rows, model)

    def _areas(self) -> Sequence[Area]:
        if self.sources.areas:
            return self.sources.areas
        if self._keeps("areas.csv"):
            return self._table("areas", Area)
        source = self.sources.files.get("areas")
        if source is None:
            raise TownError("a city needs its areas: hand in a table with 代码 and 名称 (--areas)")
        return read_areas(source)

    def _grids(self, areas: Sequence[Area]) -> Sequence[Grid]:
        path = self.folder / GRIDS
        if self._keeps(GRIDS):
            return parse_grids(path, path.read_bytes())
        source = self.sources.files.get("grids")
        if source is not None:
            return read_grids(source, areas, self.sources.datum)
        grids = grids_of_communities(areas)
        if not grids:
            raise TownError("the areas have no village or community (12 digits): hand in --grids")
        return grids

    def _units(self, areas: Sequence[Area], grids: Sequence[Grid]) -> Sequence[Unit]:
        units = list(self._table("units", Unit))
        if self._keeps("units.csv"):
            return units
        if not units:
            units = list(usual_bureaus(county_of(areas)))
        return [*units, *local_units(areas, grids, {unit.area for unit in units})]

    def _keeps(self, name: str) -> bool:
        return not self.sources.replace and (self.folder / name).exists()

    def _table(self, name: str, model: type[Row]) -> Sequence[Row]:
        """Return the rows of a table: of the folder, or of the file that was handed in."""
        path = self.folder / f"{name}.csv"
        if self._keeps(path.name):
            return parse_csv(path, path.read_bytes(), model)
        source = self.sources.files.get(name)
        if source is None:
            return ()
        needed = [field for field, about in model.model_fields.items() if about.is_required()]
        return read_rows(source, model, needed)


def _county(areas: Sequence[Area]) -> str:
    """Return the code of the only county, or an empty text."""
    try:
        return county_of(areas)
    except TownError:
        return ""


def as_csv(rows: Iterable[Frozen], model: type[Frozen]) -> str:
    """Return rows as CSV with Chinese headers and words."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(header_of, model.model_fields))
    for row in rows:
        values = row.model_dump(mode="json")
        writer.writerow(
            word_of(name, "" if values[name] is None else str(values[name])) for name in values
        )
    return text.getvalue()
