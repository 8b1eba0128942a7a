"""Loads patrol plans 巡查走访计划, the workers of the grids, and the households of a town.

All three files are optional: in a town without plans no patrol is ever due.
"""

from pathlib import Path

from pydantic import ValidationError

from hub.town.town_file import TownError, csv_rows, first_error
from hub.town.yaml_lines import YamlError, line_of, read_yaml
from schemas.town.patrol import Household, Patrols, Plan, Posting

WORKERS, HOUSEHOLDS, PLANS = "workers.csv", "households.csv", "patrols.yaml"


def load_patrols(folder: Path) -> Patrols:
    """Return the patrols of a town's folder; raises `TownError` with file and line."""
    workers, households = folder / WORKERS, folder / HOUSEHOLDS
    plans = _plans(folder / PLANS)
    return Patrols(
        workers=csv_rows(workers, Posting) if workers.is_file() else (),
        households=csv_rows(households, Household) if households.is_file() else (),
        plans=tuple(plan for plan, _ in plans),
        lines=tuple(line for _, line in plans),
    )


def _plans(path: Path) -> list[tuple[Plan, int]]:
    if not path.is_file():
        return []
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise TownError(str(error)) from error
    entries = content.get("plans") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise TownError(f"{path}, line 1: expected a mapping with a list of plans")
    return [_plan(path, entry) for entry in entries]


def _plan(path: Path, entry: object) -> tuple[Plan, int]:
    line = line_of(entry)
    try:
        return Plan.model_validate(entry), line
    except ValidationError as error:
        raise TownError(f"{path}, line {line}: {first_error(error)}") from error
