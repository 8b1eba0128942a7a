"""Loads the base registers 台账 from a folder of CSV and GeoJSON files."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.town.grids import GRIDS, parse_grids
from hub.town.town_file import RowModel, TownError, first_error, parse_csv
from hub.town.yaml_lines import YamlError, line_of, parse_yaml
from schemas.town.lists import Admission, Certificate
from schemas.town.register import Area, FormerCode, PlaceName, Responsibility, Unit
from schemas.town.rules import AfterSettled, Alarm, Rule, RuleSet
from schemas.town.town import Town

FILES = ("areas.csv", GRIDS, "units.csv", "duties.csv", "places.csv")
RULES = "rules.yaml"
FORMER = "former_codes.csv"
CERTIFICATES, ADMISSIONS = "certificates.csv", "admissions.csv"
EXAMPLES = "examples.yaml"
OPTIONAL = (RULES, EXAMPLES, FORMER, CERTIFICATES, ADMISSIONS)
DECIDING = ("units.csv", "duties.csv", RULES)
"""Files that decide assignments; their digest is the version of the rules."""


@dataclass(frozen=True, slots=True)
class TownFiles:
    """The files of a town's folder, each read once: `contents` by file name.

    What is checked, tried and published is the same even if the folder changes meanwhile.
    """

    folder: Path
    contents: Mapping[str, bytes]


def read_town_files(folder: Path) -> TownFiles:
    """Return the registers, the rules and their examples; raises `TownError` if one is missing.

    The files in `OPTIONAL` need not be there.
    """
    contents = {}
    for name in (*FILES, *OPTIONAL):
        path = folder / name
        if path.is_file():
            contents[name] = path.read_bytes()
        elif name in FILES:
            raise TownError(f"{path} is missing; a town needs {', '.join(FILES)}")
    return TownFiles(folder, contents)


def load_town(folder: Path) -> Town:
    """Return the town of `folder`; raises `TownError` with file and line of the fault.

    In a town without `rules.yaml` the lowest tier with the duty gets each matter.
    """
    return parse_town(read_town_files(folder))


def parse_town(files: TownFiles) -> Town:
    """Return the town of files that were read; raises `TownError` with file and line."""
    return Town(
        areas=_csv_rows(files, "areas.csv", Area),
        grids=parse_grids(files.folder / GRIDS, files.contents[GRIDS]),
        units=_csv_rows(files, "units.csv", Unit),
        duties=_csv_rows(files, "duties.csv", Responsibility),
        places=_csv_rows(files, "places.csv", PlaceName),
        former_codes=_optional_rows(files, FORMER, FormerCode),
        certificates=_optional_rows(files, CERTIFICATES, Certificate),
        admissions=_optional_rows(files, ADMISSIONS, Admission),
        rules=_rules(files),
        rules_version=_rules_version(files),
    )


def _rules_version(files: TownFiles) -> str:
    """Return the version of the rules: 12 hex digits of the SHA-256 of the deciding files."""
    digest = sha256()
    for name in DECIDING:
        digest.update(files.contents.get(name, b""))
    return digest.hexdigest()[:12]


def rule_entries(files: TownFiles) -> list[tuple[int, Any]]:
    """Return each entry of `rules.yaml` with its line; raises `TownError` with file and line."""
    entries = _rules_yaml(files).get("rules") or []
    if not isinstance(entries, list):
        raise TownError(f"{files.folder / RULES}, line 1: rules must be a list; begin each with -")
    return [(line_of(entry), entry) for entry in entries]


def _rules_yaml(files: TownFiles) -> dict[str, Any]:
    """Return the mapping of `rules.yaml`, empty if the town has no such file."""
    if RULES not in files.contents:
        return {}
    path = files.folder / RULES
    try:
        content = parse_yaml(path, files.contents[RULES])
    except YamlError as error:
        raise TownError(str(error)) from error
    if not isinstance(content, dict):
        raise TownError(f"{path}, line 1: expected a mapping with rules")
    return content


def _rules(files: TownFiles) -> RuleSet:
    rules = []
    for number, (line, entry) in enumerate(rule_entries(files), 1):
        try:
            rules.append(Rule.model_validate(entry))
        except ValidationError as error:
            detail = f"{files.folder / RULES}, line {line}: rule {number}: {first_error(error)}"
            raise TownError(detail) from error
    content = _rules_yaml(files)
    return RuleSet(
        out_of_area=str(content.get("out_of_area") or ""),
        last_decider=str(content.get("last_decider") or ""),
        alarms=_alarms(files),
        rules=tuple(rules),
        after_settled=_after_settled(files),
    )


def _alarms(files: TownFiles) -> tuple[Alarm, ...]:
    alarms = []
    entries = _rules_yaml(files).get("alarms") or []
    if not isinstance(entries, list):
        raise TownError(f"{files.folder / RULES}, line 1: alarms must be a list; begin each with -")
    for entry in entries:
        try:
            alarms.append(Alarm.model_validate(entry))
        except ValidationError as error:
            line = line_of(entry) if isinstance(entry, dict) else 1
            detail = f"{files.folder / RULES}, line {line}: alarms: {first_error(error)}"
            raise TownError(detail) from error
    return tuple(alarms)


def _after_settled(files: TownFiles) -> AfterSettled:
    entry = _rules_yaml(files).get("after_settled") or {}
    try:
        return AfterSettled.model_validate(entry)
    except ValidationError as error:
        line = line_of(entry) if isinstance(entry, dict) else 1
        detail = f"{files.folder / RULES}, line {line}: after_settled: {first_error(error)}"
        raise TownError(detail) from error


def _csv_rows(files: TownFiles, name: str, model: type[RowModel]) -> tuple[RowModel, ...]:
    return parse_csv(files.folder / name, files.contents[name], model)


def _optional_rows(files: TownFiles, name: str, model: type[RowModel]) -> tuple[RowModel, ...]:
    return _csv_rows(files, name, model) if name in files.contents else ()
