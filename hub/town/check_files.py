"""Checks every file of a town 逐行校验 before it is used as a whole: no fault hides another.

`hub.town.check` compares the registers with each other, for which all files must be readable. This
module reads each file row by row and reports every row that cannot be read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field
from shapely import STRtree
from shapely.geometry import MultiPolygon
from shapely.validation import explain_validity

from hub.town.check import check_town
from hub.town.check_patrols import check_patrols
from hub.town.examples import parse_examples
from hub.town.grids import GRIDS, each_grid
from hub.town.mappings import FOLDER, load_mapping, mapping_files, unread_files
from hub.town.patrols import HOUSEHOLDS, PLANS, WORKERS, load_patrols
from hub.town.registers import (
    ADMISSIONS,
    CERTIFICATES,
    EXAMPLES,
    FILES,
    FORMER,
    RULES,
    load_town,
    read_town_files,
)
from hub.town.town_file import TownError, TownFinding, each_row
from schemas.base import Frozen
from schemas.cases.assignment import Tier
from schemas.town.lists import Admission, Certificate
from schemas.town.patrol import Household, Posting
from schemas.town.register import Area, FormerCode, PlaceName, Responsibility, Unit

STAFF = "staff.csv"
ROLES = ("city", "township", "unit", "auditor", "grid_worker")
LONGEST_NAME = 64
"""Characters of the name of a member of staff."""
POSITION = re.compile(r", (?:line|feature) (\d+)")
"""Where a message says that the fault is."""
MOST_SHARED = 0.01
"""Share of a grid's area that another may cover, for borders that were drawn twice."""
MOST_NAMED = 5
"""Grids that a warning about overlaps names."""
LARGEST_FILE = 256 * 1024 * 1024


class StaffRow(Frozen):
    """One member of staff, as the city lists them; passwords are not in files."""

    name: str = Field(min_length=1)
    role: str
    unit: str = ""


TABLES: dict[str, type[Frozen]] = {
    "areas.csv": Area,
    "units.csv": Unit,
    "duties.csv": Responsibility,
    "places.csv": PlaceName,
    FORMER: FormerCode,
    CERTIFICATES: Certificate,
    ADMISSIONS: Admission,
    WORKERS: Posting,
    HOUSEHOLDS: Household,
    STAFF: StaffRow,
}
KNOWN = (*TABLES, GRIDS, RULES, EXAMPLES, PLANS)
READ_ENDINGS = (".csv", ".yaml", ".yml", ".json", ".geojson")
"""Endings of files that are expected to be read."""
MENDS = {
    "areas.csv": "write the areas with their codes, or run hub init with --areas",
    GRIDS: "export the grids as GeoJSON, or run hub init: it makes one for each community",
    "units.csv": "write the units, or run hub init: it makes one for each area",
    "duties.csv": "write the duty lists, or run hub init: it copies usual ones",
    "places.csv": "a file with the header only is enough",
}
"""What to do about a missing file."""


def check_every_file(folder: Path) -> list[TownFinding]:
    """Return everything wrong with a town's folder: unreadable rows first, errors first."""
    if not folder.is_dir():
        return [TownFinding("error", folder.name, 1, f"{folder} is no folder: run hub init")]
    readable = list(_odd_files(folder))
    for name in KNOWN:
        path = folder / name
        if path.is_symlink() or not path.exists():
            if name in FILES and not path.is_symlink():
                readable.append(TownFinding("error", name, 1, f"it is missing; {MENDS[name]}"))
            continue
        readable += _rows(path)
    readable += _mappings(folder)
    if any(finding.severity == "error" for finding in readable):
        return readable
    others = [*check_town(folder), *check_patrols(folder)]
    others = [*_at_their_lines(folder, others), *_staff(folder)]
    return [*readable, *sorted(others, key=lambda finding: finding.severity)]


def _at_their_lines(folder: Path, findings: Iterable[TownFinding]) -> Iterator[TownFinding]:
    """Yield findings about rows of tables with the line of the file: empty rows count there."""
    lines: dict[str, list[int]] = {}
    for finding in findings:
        path = folder / finding.file
        if finding.file not in TABLES or finding.line == 1:
            yield finding
            continue
        if finding.file not in lines:
            rows = each_row(path, path.read_bytes(), TABLES[finding.file])
            lines[finding.file] = [line for line, _ in rows]
        # The checks of the registers count the rows that they get, after the header.
        yield replace(finding, line=lines[finding.file][finding.line - 2])


def _odd_files(folder: Path) -> Iterator[TownFinding]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            yield TownFinding("error", path.name, 1, "it is a link; put the file itself here")
        elif path.name in KNOWN and not path.is_file():
            yield TownFinding("error", path.name, 1, "it is no plain file")
        elif path.is_file() and path.stat().st_size > LARGEST_FILE:
            yield TownFinding("error", path.name, 1, f"it is larger than {LARGEST_FILE} bytes")
        elif path.suffix.lower() in READ_ENDINGS and path.name not in KNOWN:
            near = get_close_matches(path.name.lower(), KNOWN, n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            yield TownFinding("warning", path.name, 1, f"it is not read{advice}")


def _rows(path: Path) -> list[TownFinding]:
    """Return every row of a file that cannot be read."""
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        return []
    if path.name in TABLES:
        return list(_table(path, TABLES[path.name]))
    if path.name == GRIDS:
        return list(_grids(path))
    return list(_yaml(path))


def _table(path: Path, model: type[Frozen]) -> Iterator[TownFinding]:
    for line, row in each_row(path, path.read_bytes(), model):
        if isinstance(row, TownError):
            yield _finding(path, line, row)
            continue
        for field in ("name", "aliases"):
            text = str(getattr(row, field, ""))
            if fault := text_fault(field, text):
                yield TownFinding("error", path.name, line, fault)
            elif "<" in text or ">" in text:
                message = f"{field} has < or >: pages show it as text, but no citizen writes it so"
                yield TownFinding("warning", path.name, line, message)


def text_fault(field: str, text: str) -> str:
    """Return why a text of a table is dangerous to show or to export, or an empty text."""
    if not text.isprintable():
        return f"{field} has control characters: type it again"
    if text.startswith(("=", "+", "-", "@")):
        return f"{field} begins with {text[0]}: a spreadsheet would run it as a formula"
    return ""


def _finding(path: Path, line: int, error: object) -> TownFinding:
    """Return an error; the file and the line at the start of its message are left out."""
    text = str(error).removeprefix(str(path))
    position = POSITION.match(text)
    if position:
        line, text = int(position[1]), text[position.end() :]
    return TownFinding("error", path.name, line, text.lstrip(": "))


def _grids(path: Path) -> Iterator[TownFinding]:
    seen: dict[str, int] = {}
    shapes: list[tuple[int, str, MultiPolygon]] = []
    for number, grid in each_grid(path, path.read_bytes()):
        if isinstance(grid, TownError):
            yield _finding(path, number, grid)
            continue
        if grid.code in seen:
            message = f"grid {grid.code} is feature {seen[grid.code]} too; delete one of them"
            yield TownFinding("error", path.name, number, message)
        seen.setdefault(grid.code, number)
        shape = MultiPolygon([(rings[0], rings[1:]) for rings in grid.polygons])
        if not grid.polygons:
            message = f"grid {grid.code} has no shape: coordinates do not find it"
            yield TownFinding("warning", path.name, number, message)
        elif shape.is_valid:
            shapes.append((number, grid.code, shape))
        else:
            why = explain_validity(shape)
            message = f"grid {grid.code} crosses itself ({why}); draw its border again"
            yield TownFinding("error", path.name, number, message)
    yield from _overlaps(path, shapes)


def _overlaps(path: Path, shapes: Sequence[tuple[int, str, MultiPolygon]]) -> Iterator[TownFinding]:
    """Yield a warning for each grid that shares more than a border with later ones of the file."""
    tree = STRtree([shape for _, _, shape in shapes])
    for index, (number, code, shape) in enumerate(shapes):
        overlapping = [
            shapes[other][1]
            for other in sorted(tree.query(shape, predicate="intersects"))
            if other > index and _overlap(shape, shapes[other][2])
        ]
        if overlapping:
            more = f" and {len(overlapping) - MOST_NAMED} more" * (len(overlapping) > MOST_NAMED)
            others = f"{', '.join(overlapping[:MOST_NAMED])}{more}"
            message = (
                f"grid {code} overlaps {others}: points in both go to the lower code; draw the"
                " borders again"
            )
            yield TownFinding("warning", path.name, number, message)


def _overlap(shape: MultiPolygon, other: MultiPolygon) -> bool:
    return bool(shape.intersection(other).area > MOST_SHARED * min(shape.area, other.area))


def _yaml(path: Path) -> Iterator[TownFinding]:
    """Yield the first error of a file of rules, examples or plans.

    Rules and examples are read with the other files of the town, so this ends early where one of
    those is missing or invalid; it has a finding of its own then.
    """
    try:
        if path.name == PLANS:
            load_patrols(path.parent)
        elif path.name == EXAMPLES:
            parse_examples(read_town_files(path.parent))
        else:
            load_town(path.parent)
    except TownError as error:
        if str(error).startswith(str(path)):
            yield _finding(path, 1, error)


def _mappings(folder: Path) -> Iterator[TownFinding]:
    for name, why in unread_files(folder):
        yield TownFinding("warning", name, 1, why)
    for path in mapping_files(folder):
        try:
            load_mapping(path)
        except TownError as error:
            finding = _finding(path, 1, error)
            yield TownFinding("error", f"{FOLDER}/{path.name}", finding.line, finding.message)


def _staff(folder: Path) -> Iterator[TownFinding]:
    path = folder / STAFF
    if not path.is_file():
        return
    units = {unit.code: unit.tier for unit in load_town(folder).units}
    names: dict[str, int] = {}
    for line, member in each_row(path, path.read_bytes(), StaffRow):
        if isinstance(member, TownError):
            continue
        if member.name in names:
            message = f"{member.name} is on line {names[member.name]} too; names must differ"
            yield TownFinding("error", STAFF, line, message)
        names.setdefault(member.name, line)
        if fault := member_fault(member, units):
            yield TownFinding("error", STAFF, line, fault)


def member_fault(member: StaffRow, units: Mapping[str, Tier]) -> str:
    """Return what is wrong with a member of staff, or an empty text; `units` has tiers by code."""
    if len(member.name) > LONGEST_NAME:
        return f"{member.name[:20]}…: a name must have 1 to {LONGEST_NAME} characters"
    if member.role not in ROLES:
        return f"{member.name}: role {member.role} is none of {', '.join(ROLES)}"
    if member.role == "grid_worker":
        # The code of a grid worker is one of workers.csv, and workers change more often than units.
        return "" if member.unit else f"{member.name}: role grid_worker needs the worker's code"
    if member.unit and member.unit not in units:
        return f"{member.name}: {member.unit} is not in units.csv"
    if not member.unit and member.role in ("township", "unit"):
        return f"{member.name}: role {member.role} needs the code of the unit"
    if member.role == "township" and units[member.unit] is not Tier.TOWNSHIP:
        return f"{member.name}: {member.unit} is no township"
    return ""
