"""Reads the tables that a city hands in 台账导入: CSV, .xlsx and .xls, with or without a title."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import FaultError, Limits
from connectors.formats.sheets.sheet import Flaw, Row, Sheet
from connectors.formats.sheets.workbook import read_sheets
from hub.town.columns import HEADERS, WORDS, column_of, value_of
from hub.town.town_file import RowModel, TownError, valid_row
from schemas.base import Frozen

MOST_TITLE_ROWS = 10
"""Rows above the header."""
STATUS = "status"
"""A column that the title of a table may stand for."""
EXAMPLE = "示例"
"""Begins a cell of the example row of a template; the row is not read."""
LARGEST_TABLE = 64 * 1024 * 1024


def read_table(path: Path, model: type[Frozen], needed: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of the sheets with the `needed` columns, as fields of `model`.

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
    rows: list[tuple[int, dict[str, Any]]] = []
    faults: list[str] = []
    for headed in _with_header(path, model, columns):
        for row in headed.rows:
            try:
                values = _values(path, row, headed.names)
            except TownError as error:
                faults.append(str(error))
                continue
            if not values or any(str(value).startswith(EXAMPLE) for value in values.values()):
                continue
            values = {**headed.implied, **values}
            missing = [name for name in columns if not values.get(name)]
            if missing:
                faults.append(f"{path}, {row.position}: {_spoken(missing)} is empty")
            else:
                rows.append((row.index, values))
    if faults:
        raise TownError("\n".join(faults))
    return rows


@dataclass(frozen=True, slots=True)
class _Headed:
    """The rows below the header of a sheet, the field of each column, what its title says."""

    rows: Sequence[Row]
    names: dict[int, str]
    implied: dict[str, str]


def _with_header(path: Path, model: type[Frozen], needed: tuple[str, ...]) -> list[_Headed]:
    """Return each visible sheet that has the columns; raises `TownError` if none has them.

    An office keeps what stays and what is cancelled on two sheets of one workbook.
    """
    sheets = [sheet for sheet in _sheets(path, needed) if sheet.visible]
    headed = [each for sheet in sheets if (each := _headed(path, sheet, model, needed))]
    if not headed:
        raise TownError(f"{path}: no sheet has the columns {_spoken(needed)}; see the template")
    return headed


def _headed(
    path: Path, sheet: Sheet, model: type[Frozen], needed: tuple[str, ...]
) -> _Headed | None:
    fields = dict.fromkeys(model.model_fields)
    for place, row in enumerate(sheet.rows[:MOST_TITLE_ROWS]):
        names = {index: column_of(cell.text, fields) for index, cell in row.cells.items()}
        known = {index: name for index, name in names.items() if name in fields}
        implied = _implied(sheet, place, set(needed) - set(known.values()))
        if set(needed) <= {*known.values(), *implied}:
            if len(set(known.values())) < len(known):
                raise TownError(f"{path}, {row.position}: two columns mean the same")
            return _Headed(sheet.rows[place + 1 :], known, implied)
    return None


def _implied(sheet: Sheet, header: int, missing: set[str]) -> dict[str, str]:
    """Return what the title above a header says of all rows: 取消的证明事项清单.

    A title with two words, such as 保留和取消, says nothing.
    """
    title = " ".join(text for row in sheet.rows[:header] for text in row.texts)
    implied = {}
    for name in missing & {STATUS}:
        meant = [value for value, words in WORDS[name].items() if any(w in title for w in words)]
        if len(meant) == 1:
            implied[name] = meant[0]
    return implied


def _sheets(path: Path, needed: tuple[str, ...]) -> list[Sheet]:
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise TownError(f"{path} is larger than {LARGEST_TABLE} bytes")
        words = [HEADERS[name][0] for name in needed if name != STATUS]
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
