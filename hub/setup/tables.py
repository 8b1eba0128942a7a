"""Reads the tables that a city hands in 台账导入: CSV, .xlsx and .xls, with or without a title."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors.contract import FaultError, Limits
from connectors.formats.sheets.sheet import Flaw, Row, Sheet
from connectors.formats.sheets.workbook import read_sheets
from hub.town.columns import HEADERS, column_of, value_of
from hub.town.town_file import RowModel, TownError, valid_row
from schemas.base import Frozen

MOST_TITLE_ROWS = 10
"""Rows above the header."""
EXAMPLE = "示例"
"""Begins a cell of the example row of a template; the row is not read."""
LARGEST_TABLE = 64 * 1024 * 1024


def read_table(path: Path, model: type[Frozen], needed: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of the first sheet with the `needed` columns, as fields of `model`.

    Other columns are left out. Raises `TownError` with all rows that cannot be read.
    """
    return [values for _, values in _read_lines(path, model, tuple(needed))]


def read_rows(path: Path, model: type[RowModel], needed: Iterable[str]) -> list[RowModel]:
    """Return the rows of `read_table` as their model; raises `TownError`."""
    lines = _read_lines(path, model, tuple(needed))
    return [valid_row(path, f"line {line}", values, model) for line, values in lines]


def _read_lines(
    path: Path, model: type[Frozen], columns: tuple[str, ...]
) -> list[tuple[int, dict[str, Any]]]:
    """Return the line of each row, and its values by field."""
    sheet, header, names = _with_header(path, model, columns)
    rows: list[tuple[int, dict[str, Any]]] = []
    faults: list[str] = []
    for row in sheet.rows:
        if row.index <= header:
            continue
        try:
            values = _values(path, row, names)
        except TownError as error:
            faults.append(str(error))
            continue
        if any(str(value).startswith(EXAMPLE) for value in values.values()):
            continue
        missing = [name for name in columns if not values.get(name)]
        if values and missing:
            faults.append(f"{path}, line {row.index}: {_spoken(missing)} is empty")
        elif values:
            rows.append((row.index, values))
    if faults:
        raise TownError("\n".join(faults))
    return rows


def _with_header(
    path: Path, model: type[Frozen], needed: tuple[str, ...]
) -> tuple[Sheet, int, dict[int, str]]:
    """Return the sheet, the line of its header, and the field of each column."""
    for sheet in _sheets(path, needed):
        for row in sheet.rows[:MOST_TITLE_ROWS]:
            fields = dict.fromkeys(model.model_fields)
            names = {index: column_of(cell.text, fields) for index, cell in row.cells.items()}
            known = {index: name for index, name in names.items() if name in fields}
            if set(needed) <= set(known.values()):
                if len(set(known.values())) < len(known):
                    raise TownError(f"{path}, line {row.index}: two columns mean the same")
                return sheet, row.index, known
    raise TownError(f"{path}: no sheet has the columns {_spoken(needed)}; see the template")


def _sheets(path: Path, needed: tuple[str, ...]) -> list[Sheet]:
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise TownError(f"{path} is larger than {LARGEST_TABLE} bytes")
        words = [HEADERS[name][0] for name in needed]
        return read_sheets(path.read_bytes(), Limits(), needed=words)
    except OSError as error:
        raise TownError(f"{path} cannot be read: {error.strerror}") from error
    except FaultError as error:
        raise TownError(f"{path}: {error.fault.detail}") from error


def _values(path: Path, row: Row, names: dict[int, str]) -> dict[str, Any]:
    if row.fault is not None:
        raise TownError(f"{path}, line {row.index}: {row.fault.fault.detail}")
    values: dict[str, Any] = {}
    for index, name in names.items():
        cell = row.cells.get(index)
        if cell is None or not cell.text.strip():
            continue
        if cell.flaw is Flaw.CUT:
            detail = "has lost digits; format the column as text and type the number again"
            raise TownError(f"{path}, line {row.index}: {_spoken([name])} {detail}")
        if cell.flaw is not None:
            detail = f"is a formula or an error ({cell.text[:20]}); write the value"
            raise TownError(f"{path}, line {row.index}: {_spoken([name])} {detail}")
        values[name] = value_of(name, cell.text)
    return values


def _spoken(names: Iterable[str]) -> str:
    return "、".join(HEADERS.get(name, (name,))[0] for name in names)
