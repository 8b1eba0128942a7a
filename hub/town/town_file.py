"""Reads one file of a town 台账文件: its encoding, its rows, and where a fault is."""

import csv
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hub.runtime.errors import HubError
from schemas.base import Frozen

RowModel = TypeVar("RowModel", bound=Frozen)


class TownError(HubError, ValueError):
    """A register file cannot be used; the message has file and line."""


def first_error(error: ValidationError) -> str:
    """Return the first validation error as one sentence."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])


def csv_rows(path: Path, model: type[RowModel]) -> tuple[RowModel, ...]:
    """Return the rows of a CSV file; raises `TownError` with file and line."""
    return parse_csv(path, path.read_bytes(), model)


def parse_csv(path: Path, content: bytes, model: type[RowModel]) -> tuple[RowModel, ...]:
    """Return the rows of the content of a CSV file; raises `TownError` with file and line.

    Rows without any value, which Excel leaves below a table, are skipped.
    """
    reader = csv.DictReader(StringIO(decoded(path, content), newline=""), strict=True)
    rows = []
    try:
        for row in reader:
            position = f"line {reader.line_num}"
            if row.pop(None, None):
                raise TownError(f"{path}, {position}: more values than columns in the header")
            values = {name: value for name, value in row.items() if value}
            if values:
                rows.append(valid_row(path, position, values, model))
    except csv.Error as error:
        raise TownError(f"{path}, line {reader.line_num}: no CSV: {error}") from error
    return tuple(rows)


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
