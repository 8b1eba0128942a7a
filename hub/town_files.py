"""Loads the base registers 台账 from a folder of CSV and GeoJSON files."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.base import Frozen
from schemas.register import Area, Duty, Grid, PlaceName, Town, Unit

FILES = ("areas.csv", "grids.geojson", "units.csv", "duties.csv", "places.csv")
Row = TypeVar("Row", bound=Frozen)


class TownError(ValueError):
    """A register file that cannot be used; the message has file and line."""


def load_town(folder: Path) -> Town:
    """Return the town of `folder`; raises `TownError` with file and line of the fault."""
    digest = sha256()
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise TownError(f"{path} is missing; a town needs {', '.join(FILES)}")
        digest.update(path.read_bytes())
    return Town(
        areas=_rows(folder / "areas.csv", Area),
        grids=_grids(folder / "grids.geojson"),
        units=_rows(folder / "units.csv", Unit),
        duties=_rows(folder / "duties.csv", Duty),
        places=_rows(folder / "places.csv", PlaceName),
        rules_version=digest.hexdigest()[:12],
    )


def _rows(path: Path, model: type[Row]) -> tuple[Row, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return tuple(
            _row(path, reader.line_num, {k: v for k, v in row.items() if v}, model)
            for row in reader
        )


def _row(path: Path, line: int, row: dict[str, Any], model: type[Row]) -> Row:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise TownError(f"{path}, line {line}: {error}") from error


def _grids(path: Path) -> tuple[Grid, ...]:
    collection = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        _row(
            path,
            number,
            {**feature["properties"], "ring": feature["geometry"]["coordinates"][0]},
            Grid,
        )
        for number, feature in enumerate(collection["features"], 1)
    )
