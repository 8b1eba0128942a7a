"""Checks the rows of a register's files 台账校验: an entry for each good row, and findings.

A fault keeps a row out; a note says what was mended or left out. Memory does not grow with rows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from connectors.formats.sheets.sheet import EMPTY, Cell, Row
from connectors.formats.sheets.table import TOTAL
from connectors.values.blank import is_blank
from connectors.values.text import tidy
from hub.registers.column import Column, Register
from hub.registers.grids import KnownGrids
from hub.registers.header import Header, HeaderError, needed_names, with_header
from hub.registers.rows import SourceFile, Table, tables
from hub.registers.seen import Earlier, SeenKeys
from hub.registers.values import Mended
from hub.security.masking import mask_id_number
from hub.town.town_file import first_error
from schemas.registers.entry import Entry, RegisterKind, Standing

EXAMPLE = "示例"
"""The name in the example row of a template; the row is not read."""
EXPLANATION = re.compile(r"[（(*]*(?:必填|选填|可选|非必填|填写|请填|格式|例如|示例)")
"""How exports begin the line below the header that says what to write: 必填，真实姓名."""
MOST_KNOWN = 10_000
"""Texts of a column whose values stay in memory."""
FOOT = re.compile(r"(?:填表|制表|填报|审核|负责|统计|联系)人?[:：].*|(?:备注|说明|注)[:：].*")
"""What stands below a table and is no entry: 填表人：…, 注：…."""


class Severity(StrEnum):
    """What a finding does to its row."""

    FAULT = "fault"
    """the row is not loaded"""
    NOTE = "note"
    """something was mended or left out"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a row, where, and what to do."""

    severity: Severity
    file: str
    position: str
    message: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.file, self.position)))
        return f"{self.severity}: {where}: {self.message}"


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """A good row. A later entry with the same key replaces an earlier one."""

    entry: Entry
    file: str
    position: str


class RowFaultError(ValueError):
    """A row cannot be used; the message says why."""


def check_files(
    register: Register, sources: Sequence[SourceFile], grids: KnownGrids
) -> Iterator[CheckedEntry | Finding]:
    """Yield the entries and findings of the files, in their order.

    Raises `RegisterError`, `OSError` for a file that cannot be read at all.
    """
    with closing(SeenKeys()) as seen:
        for number, source in enumerate(sources):
            yield from _FileCheck(register, sources, number, grids, seen).results(source)


class _FileCheck:
    """The check of one file; `sources` are all files, `number` is the place of this one."""

    def __init__(
        self,
        register: Register,
        sources: Sequence[SourceFile],
        number: int,
        grids: KnownGrids,
        seen: SeenKeys,
    ) -> None:
        self._register, self._sources, self._number = register, sources, number
        self._grids, self._seen, self._file = grids, seen, str(sources[number].path)
        self._known: dict[str, dict[str | None, Mended | None]] = {}

    def results(self, source: SourceFile) -> Iterator[CheckedEntry | Finding]:
        """Yield the entries and findings of every table of the file that has the header."""
        faults: list[tuple[Table, HeaderError]] = []
        has_table = False
        for table in tables(source, needed_names(self._register)):
            if table.is_hidden:
                yield self._note(f"sheet {table.name}", "the sheet is hidden and was left out")
                continue
            try:
                header, rows = with_header(table, self._register)
            except HeaderError as error:
                faults.append((table, error))
                continue
            has_table = True
            if header.unread:
                yield self._note(
                    header.row.position, f"columns that are not read: {'、'.join(header.unread)}"
                )
            for row in rows:
                yield from self._row(row, header, table)
        if not faults and not has_table:
            yield self._fault("", "it has no visible sheet with a row")
        for table, missing in faults:
            # A sheet of notes beside the tables is no fault; a table with a wrong header is.
            find = self._fault if missing.is_near or not has_table else self._note
            yield find(f"sheet {table.name}" if table.name else "", str(missing))

    def _row(self, row: Row, header: Header, table: Table) -> Iterator[CheckedEntry | Finding]:
        if skipped := _reason_to_skip(row, header):
            yield self._note(row.position, skipped)
            return
        try:
            values, notes = self._values(row, header, table)
            entry = self._entry(values)
            notes += self._compare(entry, row.position)
        except _LeftOut as left_out:
            yield self._note(row.position, str(left_out))
            return
        except RowFaultError as error:
            yield self._fault(row.position, str(error))
            return
        if row.hidden:
            notes.append("the row is hidden in the sheet; it counts all the same")
        for note in notes:
            yield self._note(row.position, note)
        yield CheckedEntry(entry, self._file, row.position)

    def _values(self, row: Row, header: Header, table: Table) -> tuple[dict[str, Any], list[str]]:
        """Return the values of a row by field, and what was mended; raises `RowFaultError`."""
        if row.fault is not None:
            raise RowFaultError(row.fault.fault.detail)
        if table.is_text and row.width > header.row.width:
            raise RowFaultError(
                f"it has {row.width} cells under {header.row.width} headers;"
                " write a cell that has a comma in quotation marks"
            )
        values: dict[str, Any] = {}
        notes, faults = [], []
        for index, column in header.columns.items():
            cell = row.cells.get(index)
            if cell is None:
                continue
            try:
                mended = (
                    self._repeated(column, cell) if column.repeats else self._read(column, cell)
                )
                if mended is not None:
                    _put(values, column, mended.value)
                    if mended.note:
                        notes.append(f"{column.headers[0]}: {mended.note}")
            except ValueError as error:
                faults.append(f"{column.headers[0]}: {error}")
        try:
            notes += self._register.finish(values)
        except ValueError as error:
            faults.insert(0, str(error))
        if faults:
            raise RowFaultError("; ".join(faults))
        return values, notes

    def _repeated(self, column: Column, cell: Cell) -> Mended | None:
        """Return what `_read` does, from memory for a text that the column had before."""
        known = self._known.setdefault(column.field, {})
        key = cell.text if cell.flaw is None else None
        if key in known:
            return known[key]
        mended = self._read(column, cell)
        if key is not None and len(known) < MOST_KNOWN:
            known[key] = mended
        return mended

    def _read(self, column: Column, cell: Cell) -> Mended | None:
        """Return the value of a cell and a note, None for a blank one; raises ValueError."""
        if cell.flaw is None and is_blank(cell.text):
            return None
        mended = column.read(cell)
        if column.field == "grid_code":
            value, moved = self._grids.read(mended.value)
            return Mended(value, "; ".join(filter(None, (mended.note, moved))))
        return mended

    def _entry(self, values: Mapping[str, Any]) -> Entry:
        if "until" in values and "standing" not in values:
            values = {**values, "standing": Standing.LEFT}
        counts = values.get("standing", Standing.CURRENT) is Standing.CURRENT
        missing = [
            column.headers[0]
            for column in self._register.columns
            if column.is_needed
            and not values.get(column.field)
            and (counts or column.field != "grid_code")
        ]
        if missing:
            raise RowFaultError(f"{'、'.join(missing)} is empty")
        try:
            return self._register.model.model_validate(values)
        except ValidationError as error:
            raise RowFaultError(first_error(error)) from error

    def _compare(self, entry: Entry, position: str) -> list[str]:
        """Return a note if the entry replaces an earlier row.

        Raises `_LeftOut` if the earlier row counts in its place, `RowFaultError` if both would.
        """
        key = getattr(entry, self._register.key)
        content = entry.model_dump_json().encode()
        earlier = self._seen.add(key, content, self._number, position, counts=entry.counts)
        if earlier is None:
            return []
        spoken, where = self._spoken(key), self._where(earlier)
        if earlier.is_same:
            raise _LeftOut(f"{spoken} is the same as on {where}; the row was left out")
        if entry.counts and earlier.counts:
            raise RowFaultError(f"{spoken} is on {where} too, with other values; delete one row")
        if entry.counts:
            return [f"{spoken} does not count any more on {where}, and does on this row"]
        raise _LeftOut(f"{spoken} is on {where} too; this row does not count and was left out")

    def _spoken(self, key: str) -> str:
        if self._register.kind is RegisterKind.PEOPLE:
            return f"the ID number {mask_id_number(key)}"
        return key

    def _where(self, earlier: Earlier) -> str:
        if earlier.file == self._number:
            return earlier.position
        return f"{earlier.position} of {self._sources[earlier.file].path}"

    def _note(self, position: str, message: str) -> Finding:
        return Finding(Severity.NOTE, self._file, position, message)

    def _fault(self, position: str, message: str) -> Finding:
        return Finding(Severity.FAULT, self._file, position, message)


class _LeftOut(Exception):  # noqa: N818 - no error: the row is repeated elsewhere
    """A row adds nothing to an earlier one; the message says why."""


def _put(values: dict[str, Any], column: Column, value: Any) -> None:
    """Set the value of a field, with that of an earlier column of the same field.

    Raises ValueError if they contradict each other.
    """
    if column.field in values and column.combine is not None:
        value = column.combine(values[column.field], value)
    values[column.field] = value


def _reason_to_skip(row: Row, header: Header) -> str:
    """Return why a row is no entry, or an empty text."""
    if row.fault is not None:
        return ""
    name = row.cells.get(header.name_at, EMPTY).text
    if name == header.name and row.texts == header.texts:
        return "the header again; the row was left out"
    if name == EXAMPLE:
        return "the example row of the template was left out"
    if EXPLANATION.match(name) and not _has_codes(row, header):
        return "a line that explains the columns; it was left out"
    if len(row.cells) >= len(header.columns):
        return ""
    first = next((text for cell in row.cells.values() if (text := tidy(cell.text))), "")
    if TOTAL.fullmatch(first):
        return "a total; the row was left out"
    if FOOT.fullmatch(first):
        return "a line below the table; the row was left out"
    return ""


def _has_codes(row: Row, header: Header) -> bool:
    """Whether the needed cells beside the name are codes: so a firm may be called 格式塔."""
    codes = [
        row.cells.get(place, EMPTY).text
        for place, column in header.columns.items()
        if column.is_needed and place != header.name_at
    ]
    return all(text and text.isascii() for text in codes)
