"""Tables of reports 工单表: a header by names, a record for each row, totals at the foot."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import FaultError
from connectors.formats.identifier import check_whole
from connectors.formats.sheets.numbers import check_number, is_scientific
from connectors.formats.sheets.sheet import EMPTY, Cell, Flaw, Row, Sheet
from connectors.formats.tally import Tally
from connectors.values.moment import from_excel_serial, parse_moment
from connectors.values.text import half_width, tidy
from schemas.reports.fact import Fact
from schemas.reports.rejected import Reason

HEADER_WITHIN = 10
"""The header is within this many rows from the top; titles may be above it."""
TOTAL = re.compile(
    r"(?:本页|本表|本月)?(?:合计|总计|小计|共计)[\s:\uff1a]*[\d,.]*\s*[件条单笔宗起个户人次元]*[。.]?"
)
"""A total, and no sentence that begins with one: 共计三次投诉未果 is what somebody wrote."""
SERIALS = range(1, 100_000)
"""Numbers that are days of the 1900 date system, up to the year 2173."""
NOTE = "注意"


@dataclass(frozen=True, slots=True)
class Columns:
    """Column name → index from 0; `width` is how many columns the header has."""

    places: dict[str, int]
    width: int

    @classmethod
    def of(
        cls, header: Sequence[str], needed: Sequence[str], known: Collection[str], position: str
    ) -> "Columns":
        """Return the columns; a name that occurs again becomes `备注 (2)`.

        A column that is none of `known` keeps its name as it is written.

        Raises `FaultError` missing_field without a required column, bad_syntax with two of it.
        """
        plain = [column_name(cell) for cell in header]
        names = [
            name if name in known else tidy(cell) for name, cell in zip(plain, header, strict=True)
        ]
        for name in needed:
            if name not in names:
                detail = f"no column {name}; found: {', '.join(filter(None, names))[:200]}"
                raise FaultError(Reason.MISSING_FIELD, detail, position)
            if names.count(name) > 1:
                detail = f"two columns {name}: which one counts? Rename or delete the other"
                raise FaultError(Reason.BAD_SYNTAX, detail, position)
        places: dict[str, int] = {}
        for index, name in enumerate(names):
            number, own = 1, name
            while own in places:
                number += 1
                own = f"{name} ({number})"
            if name:
                places[own] = index
        return cls(places, len(names))

    def named(self, row: Row) -> dict[str, Cell]:
        """Return the cells of a row by column; one without a column's name is `第4列`."""
        cells = {name: row.cells.get(index, EMPTY) for name, index in self.places.items()}
        nameless = row.cells.keys() - self.places.values()
        return cells | {f"第{index + 1}列": row.cells[index] for index in sorted(nameless)}


def column_name(cell: object) -> str:
    """Return the name of a column without what templates add: `*工单号 (必填)：` is 工单号."""
    name = tidy(half_width(str(cell or "")))
    name = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", name)
    return re.sub(r"\((?:必填|选填|必填项|选填项)\)", "", name).strip("*: \t\n")


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a table by column names."""

    cells: Mapping[str, Cell]
    position: str

    def where(self, name: str) -> str:
        """Return the position of a cell for rejections."""
        return f"{self.position} column {name}"

    def text(self, name: str) -> str:
        """Return a cell as text; empty where it is absent or an error value."""
        cell = self.cells.get(name, EMPTY)
        return "" if cell.flaw is Flaw.ERROR else tidy(cell.text)

    def require(self, name: str) -> str:
        """Return a cell as text; raises `FaultError` missing_field, bad_value for #N/A."""
        text = self.text(name)
        if text:
            return text
        if shown := self.cells.get(name, EMPTY).text:
            detail = f"{shown[:40]!r} is an error of the spreadsheet, not a value"
            raise FaultError(Reason.BAD_VALUE, detail, self.where(name))
        raise FaultError(Reason.MISSING_FIELD, f"{name} is needed", self.where(name))

    def identifier(self, name: str) -> str:
        """Return a number that names something.

        Raises `FaultError` bad_value if a spreadsheet has cut it, bad_charset if it is damaged.
        """
        text = self.require(name)
        check_number(self.cells[name], self.where(name))
        check_whole(text, self.where(name))
        return text

    def number(self, name: str) -> str:
        """Return a number as text; empty where a spreadsheet has cut it."""
        return "" if self.is_cut(name) else self.text(name)

    def is_cut(self, name: str) -> bool:
        """Return whether a number has lost digits in a spreadsheet."""
        cell = self.cells.get(name, EMPTY)
        return cell.flaw is Flaw.CUT or is_scientific(cell.text)

    def moment(self, name: str, now: datetime) -> datetime:
        """Return the moment of a date cell, a serial number or a text; Beijing time."""
        text, serial = self.require(name), self.cells[name].serial
        if serial is not None and int(serial) in SERIALS:
            return from_excel_serial(serial, position=self.where(name), now=now)
        return parse_moment(text, position=self.where(name), now=now)

    def native(self, known: Collection[str], numbers: Collection[str] = ()) -> dict[str, str]:
        """Return the cells without a place of their own, and those that could not be used.

        `numbers` are known columns whose numbers the connector leaves out where they are cut.
        """
        kept, cut = {}, []
        for name, cell in self.cells.items():
            own = name not in known
            unused = cell.flaw is Flaw.ERROR or (name in numbers and self.is_cut(name))
            if tidy(cell.text) and (own or unused):
                kept[name] = tidy(cell.text)
            if cell.flaw is Flaw.CUT and own:
                cut.append(f"{name}以数值存储，15位以后已失真")
        return kept | ({NOTE: "；".join(cut)} if cut else {})


def decode_tables(
    sheets: Sequence[Sheet],
    needed: Sequence[str],
    known: Collection[str],
    tally: Tally,
    facts: Callable[[Record], Iterable[Fact]],
) -> None:
    """Decode each visible sheet with our header row by row; a bad row does not affect the others.

    `needed` are the required columns, `known` all that the connector reads. `facts(record)` makes
    the facts of a row. Raises `FaultError` missing_field where no sheet has the header.
    """
    headed = [
        (sheet, header)
        for sheet in sheets
        if sheet.visible and (header := _header(sheet, needed, known)) is not None
    ]
    if not headed:
        raise _no_header(sheets, needed)
    for _ in range(len(sheets) - len(headed)):
        tally.skip("sheet without our header")
    for sheet, (start, columns) in headed:
        _decode_sheet(sheet, start, columns, needed, tally, facts)


def is_total(record: Record, needed: Sequence[str]) -> bool:
    """Return whether a row is a total 合计 and no report."""
    texts = [tidy(cell.text) for cell in record.cells.values() if tidy(cell.text)]
    whole = all(record.text(name) for name in needed)
    return bool(texts) and not whole and TOTAL.fullmatch(texts[0]) is not None


def _header(
    sheet: Sheet, needed: Sequence[str], known: Collection[str]
) -> tuple[int, Columns] | None:
    """Return the place of the header among the rows, and its columns."""
    for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        if sheet.named_cells and row.index > HEADER_WITHIN:
            break
        if row.fault is None and {column_name(text) for text in row.texts}.issuperset(needed):
            return place, Columns.of(row.texts, needed, known, row.position)
    return None


def _no_header(sheets: Sequence[Sheet], needed: Sequence[str]) -> FaultError:
    if not any(sheet.rows for sheet in sheets):
        return FaultError(Reason.NO_CONTENT, "no header line")
    if len(sheets) == 1 and sheets[0].rows and not sheets[0].named_cells:
        first = sheets[0].rows[0]
        try:
            Columns.of(first.texts, needed, needed, first.position)
        except FaultError as error:
            return error
    detail = f"no sheet has the columns {', '.join(needed)} in its first rows"
    return FaultError(Reason.MISSING_FIELD, detail)


def _decode_sheet(
    sheet: Sheet,
    start: int,
    columns: Columns,
    needed: Sequence[str],
    tally: Tally,
    facts: Callable[[Record], Iterable[Fact]],
) -> None:
    header = sheet.rows[start]
    for row in sheet.rows[start + 1 :]:
        record = Record(columns.named(row), row.position)
        if row.hidden:
            tally.skip("hidden row")
        elif row.fault is None and row.texts == header.texts:
            tally.skip("header again")
        elif row.fault is None and is_total(record, needed):
            tally.skip("total")
        else:
            with tally.part(row.position, row.part):
                _check(row, record, columns, sheet)
                _check_width(row, columns, needed)
                for fact in facts(record):
                    tally.add(fact)
    if len(sheet.rows) == start + 1:
        tally.skip("empty sheet" if sheet.named_cells else "empty table")


def _check(row: Row, record: Record, columns: Columns, sheet: Sheet) -> None:
    """Raise the fault of the row as a whole, or forbidden_content for a formula in it."""
    if row.fault is not None:
        raise row.fault
    if not sheet.named_cells and row.width > columns.width:
        detail = f"{row.width} cells under {columns.width} columns: quote a cell with a delimiter"
        raise FaultError(Reason.BAD_SYNTAX, detail, row.position)
    for name, cell in record.cells.items():
        if cell.flaw is not Flaw.FORMULA:
            continue
        if not sheet.named_cells:
            detail = "a formula, not a value"
            raise FaultError(Reason.FORBIDDEN_CONTENT, detail, record.where(name))
        place = next(index for index, other in row.cells.items() if other is cell)
        detail = "a formula without a stored result: paste its value, or open and save it in Excel"
        position = f"{row.position} cell {_letters(place)}{row.index}"
        raise FaultError(Reason.FORBIDDEN_CONTENT, detail, position)


def _check_width(row: Row, columns: Columns, needed: Sequence[str]) -> None:
    """Raise `FaultError` bad_syntax for a line that ends before a required cell."""
    if row.count and any(row.count <= columns.places[name] for name in needed):
        detail = f"{row.count} cells under {columns.width} columns"
        raise FaultError(Reason.BAD_SYNTAX, detail, row.position)


def _letters(column: int) -> str:
    """Return the letters of a column as spreadsheets show them: 0 is A, 26 is AA."""
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
