"""Loads the base registers 台账 from a folder of CSV and GeoJSON files."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hub.runtime.errors import HubError
from hub.town.yaml_lines import YamlError, line_of, read_yaml
from schemas.base import Frozen
from schemas.town.register import Area, Grid, PlaceName, Responsibility, Unit
from schemas.town.rules import Rule, RuleSet
from schemas.town.town import Town

FILES = ("areas.csv", "grids.geojson", "units.csv", "duties.csv", "places.csv")
RULES = "rules.yaml"
DECIDING = ("units.csv", "duties.csv", RULES)
"""Files that decide assignments; their digest is the version of the rules."""
RowModel = TypeVar("RowModel", bound=Frozen)


class TownError(HubError, ValueError):
    """A register file cannot be used; the message has file and line."""


def load_town(folder: Path) -> Town:
    """Return the town of `folder`; raises `TownError` with file and line of the fault.

    In a town without `rules.yaml` the lowest tier with the duty gets each matter.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise TownError(f"{folder / name} is missing; a town needs {', '.join(FILES)}")
    return Town(
        areas=csv_rows(folder / "areas.csv", Area),
        grids=_grids(folder / "grids.geojson"),
        units=csv_rows(folder / "units.csv", Unit),
        duties=csv_rows(folder / "duties.csv", Responsibility),
        places=csv_rows(folder / "places.csv", PlaceName),
        rules=load_rules(folder / RULES),
        rules_version=rules_version(folder),
    )


def rules_version(folder: Path) -> str:
    """Return the version of the rules: 12 hex digits of the SHA-256 of the deciding files."""
    digest = sha256()
    for name in DECIDING:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]


def load_rules(path: Path) -> RuleSet:
    """Return the rules of a YAML file; raises `TownError` with file and line."""
    if not path.is_file():
        return RuleSet()
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise TownError(str(error)) from error
    if not isinstance(content, dict):
        raise TownError(f"{path}, line 1: expected a mapping with rules")
    rules = []
    for number, entry in enumerate(content.get("rules") or [], 1):
        line = line_of(entry)
        try:
            rules.append(Rule.model_validate(entry))
        except ValidationError as error:
            detail = f"{path}, line {line}: rule {number}: {first_error(error)}"
            raise TownError(detail) from error
    return RuleSet(out_of_area=str(content.get("out_of_area") or ""), rules=tuple(rules))


def first_error(error: ValidationError) -> str:
    """Return the first validation error as one sentence."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])


def csv_rows(path: Path, model: type[RowModel]) -> tuple[RowModel, ...]:
    """Return the rows of a CSV file; raises `TownError` with file and line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return tuple(
            _row(path, reader.line_num, {k: v for k, v in row.items() if v}, model)
            for row in reader
        )


def _row(path: Path, line: int, row: dict[str, Any], model: type[RowModel]) -> RowModel:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise TownError(f"{path}, line {line}: {first_error(error)}") from error


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
