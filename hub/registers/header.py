"""Finds the header of a table 表头 among its first rows, and the column of each field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice

from connectors.formats.sheets.sheet import Row
from connectors.formats.sheets.table import HEADER_WITHIN, column_name
from hub.registers.column import Column, Register
from hub.registers.rows import Table


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: its row, and the columns of the register by their place from 0.

    `texts` are its cells, `unread` the headers of columns that the register does not have.
    `name_at` is the place of the column that names an entry, `name` its header.
    """

    row: Row
    texts: list[str]
    columns: Mapping[int, Column]
    unread: tuple[str, ...]
    name_at: int
    name: str


class HeaderError(ValueError):
    """A table has no header of the register; the message says which columns are missing.

    `is_near` says that it has some of them: it is probably a table of the register.
    """

    def __init__(self, message: str, *, is_near: bool) -> None:
        super().__init__(message)
        self.is_near = is_near


def names_of(column: Column) -> frozenset[str]:
    """Return all names that mean a column, as `column_name` levels them."""
    return frozenset(map(column_name, (column.field, *column.headers)))


def needed_names(register: Register) -> tuple[frozenset[str], ...]:
    """Return the names of each column that a file must have."""
    return tuple(names_of(column) for column in register.columns if column.is_needed)


def with_header(table: Table, register: Register) -> tuple[Header, Iterable[Row]]:
    """Return the header, and the rows below it; raises `HeaderError`."""
    rows = iter(table.rows)
    first = list(islice(rows, HEADER_WITHIN))
    for place, row in enumerate(first):
        columns = _columns(row, register)
        fields = [column.field for column in columns.values()]
        if set(register.needed) <= set(fields):
            twice = next(
                (
                    column.field
                    for column in columns.values()
                    if column.combine is None and fields.count(column.field) > 1
                ),
                "",
            )
            if twice:
                names = "、".join(
                    row.cells[index].text
                    for index, column in columns.items()
                    if column.field == twice
                )
                raise HeaderError(
                    f"{row.position}: the columns {names} mean the same; delete or rename one",
                    is_near=True,
                )
            unread = tuple(cell.text for index, cell in row.cells.items() if index not in columns)
            name_at = next(at for at, column in columns.items() if column.field == register.naming)
            header = Header(row, row.texts, columns, unread, name_at, row.cells[name_at].text)
            return header, chain(first[place + 1 :], rows)
    raise _without_header(first, register)


def _columns(row: Row, register: Register) -> dict[int, Column]:
    known = {name: column for column in register.columns for name in names_of(column)}
    levelled = {index: column_name(cell.text) for index, cell in row.cells.items()}
    return {index: known[name] for index, name in levelled.items() if name in known}


def _without_header(rows: list[Row], register: Register) -> HeaderError:
    """Return which needed columns the row lacks that has most of them, and what is near."""
    best = max(rows, key=lambda row: len(_columns(row, register)), default=None)
    present = {column.field for column in _columns(best, register).values()} if best else set()
    missing = [
        column for column in register.columns if column.is_needed and column.field not in present
    ]
    spoken = "、".join(column.headers[0] for column in missing)
    known = [name for column in missing for name in column.headers]
    near = [
        f"{cell.text} ({match[0]}?)"
        for cell in (best.cells.values() if best and present else ())
        if (match := get_close_matches(column_name(cell.text), known, n=1, cutoff=0.5))
    ]
    advice = f"; near them are {', '.join(near)}" if near else ""
    return HeaderError(
        f"none of the first {HEADER_WITHIN} rows has the columns {spoken}{advice};"
        f" hub registers template {register.kind} writes a table with them",
        is_near=bool(present & set(register.needed)),
    )
