"""Reads one file of a town 台账文件: its encoding, its rows, and where a fault is."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from hub.runtime.errors import HubError
from hub.town.columns import HEADERS, column_of, nearest, value_of
from schemas.base import Frozen

RowModel = TypeVar("RowModel", bound=Frozen)
Severity = Literal["error", "warning"]
PLACED = re.compile(r"(.+?), line (\d+): (.+)", re.DOTALL)
"""How a `TownError` names its place."""


class TownError(HubError, ValueError):
    """A register file cannot be used; the message has file and line."""


@dataclass(frozen=True, slots=True)
class TownFinding:
    """One error or warning about a file. `line` counts from 1, with the header."""

    severity: Severity
    file: str
    line: int
    message: str


def finding_of(error: TownError, folder: Path) -> TownFinding:
    """Return the error of a file at its own line, or of the folder at line 1."""
    if placed := PLACED.fullmatch(str(error)):
        return TownFinding("error", Path(placed[1]).name, int(placed[2]), placed[3])
    return TownFinding("error", folder.name, 1, str(error))


def first_error(error: ValidationError) -> str:
    """Return the first validation error as one sentence."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    # The library puts this before the sentences of our own models.
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


def csv_rows(path: Path, model: type[RowModel]) -> tuple[RowModel, ...]:
    """Return the rows of a CSV file; raises `TownError` with file and line."""
    return parse_csv(path, path.read_bytes(), model)


def parse_csv(path: Path, content: bytes, model: type[RowModel]) -> tuple[RowModel, ...]:
    """Return the rows of the content of a CSV file; raises `TownError` with file and line.

    Rows without any value, which Excel leaves below a table, are skipped.
    """
    rows = []
    for _, row in each_row(path, content, model):
        if isinstance(row, TownError):
            raise row
        rows.append(row)
    return tuple(rows)


def each_row(
    path: Path, content: bytes, model: type[RowModel]
) -> Iterator[tuple[int, RowModel | TownError]]:
    """Yield each row of a CSV file with its line, or the error that makes it unusable.

    Headers and values may be Chinese (`hub.town.columns`). An error of the whole file is the last.
    """
    line = 1
    try:
        reader = csv.reader(StringIO(decoded(path, content), newline=""), strict=True)
        header = _header(path, next(reader, []), model)
        for cells in reader:
            line = reader.line_num
            values = {
                name: value_of(name, cell)
                for name, cell in zip(header, cells, strict=False)
                if name and cell.strip()
            }
            if len(cells) > len(header) and any(cells[len(header) :]):
                detail = f"{path}, line {line}: more values than columns in the header"
                yield line, TownError(detail)
            elif values:
                yield line, _row_or_error(path, f"line {line}", values, model)
    except csv.Error as error:
        yield reader.line_num, TownError(f"{path}, line {reader.line_num}: no CSV: {error}")
    except TownError as error:
        yield line, error


def _header(path: Path, cells: list[str], model: type[RowModel]) -> list[str]:
    """Return the field of each column; raises `TownError` for unknown and missing columns."""
    if len(cells) == 1 and (other := next((sign for sign in ";；，\t" if sign in cells[0]), "")):
        sign = "tabs" if other == "\t" else repr(other)
        detail = f"the columns are separated by {sign}; save the table as CSV with commas"
        raise TownError(f"{path}, line 1: {detail}")
    fields = dict.fromkeys(model.model_fields)
    names = [column_of(cell, fields) for cell in cells]
    for name in names:
        if names.count(name) > 1 and name:
            raise TownError(f"{path}, line 1: two columns mean {name}; delete one of them")
        if name and name not in fields:
            near = nearest(name, fields)
            advice = f"did you mean {near}?" if near else "delete it"
            known = ", ".join(fields)
            raise TownError(f"{path}, line 1: {name!r} is no column of {known}; {advice}")
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    for name in needed:
        if name not in names:
            words = " or ".join([name, *HEADERS.get(name, ())[:1]])
            raise TownError(f"{path}, line 1: there is no column {words}; the first line has names")
    return names


def _row_or_error(
    path: Path, position: str, values: dict[str, Any], model: type[RowModel]
) -> RowModel | TownError:
    try:
        return valid_row(path, position, values, model)
    except TownError as error:
        return error


def decoded(path: Path, content: bytes) -> str:
    """Return the text of a file in UTF-8, or in GB18030, in which Excel writes CSV in China.

    Raises `TownError` if it is in neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise TownError(f"{path} is neither in UTF-8 nor in GBK; save it as “CSV UTF-8”")


def valid_row(path: Path, position: str, row: dict[str, Any], model: type[RowModel]) -> RowModel:
    """Return a row as its model; raises `TownError` with the file and `position`."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise TownError(f"{path}, {position}: {first_error(error)}") from error
