"""Sheets and cells 工作表与单元格: one shape for the tables of all file formats."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from connectors.contract import FaultError
from schemas.reports.rejected import Reason

MOST_CELLS = 4_000_000
"""Cells that one sheet may span, empty ones included, and that merged areas may cover."""
MOST_AREAS = 50_000
"""Merged areas of one sheet."""
INSTEAD = "save it as an Excel workbook .xlsx (另存为 Excel 工作簿)"
"""Advice for a file that the hub cannot read."""


class Flaw(StrEnum):
    """Why the value of a cell cannot be used as it is."""

    CUT = "cut"
    """A number of more digits than a spreadsheet keeps: the last ones may be wrong."""
    FORMULA = "formula"
    """A formula without a stored result, or a text that a spreadsheet would run."""
    ERROR = "error"
    """An error value, such as #N/A."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty.

    `text` is the value as text, without loss. `serial` is what the number of a numeric cell
    or a date cell means as days of the 1900 date system.
    """

    text: str = ""
    serial: float | None = None
    flaw: Flaw | None = None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `cells` maps a column index from 0 to a cell that is not empty.

    `position` is where a rejection says that the row stands, `part` the row's own bytes. `count` is
    how many cells a text file writes in the row, 0 for workbooks. `fault` is the reason why the row
    as a whole is unreadable.
    """

    index: int
    position: str
    cells: Mapping[int, Cell]
    part: bytes = b""
    hidden: bool = False
    count: int = 0
    fault: FaultError | None = None

    @property
    def texts(self) -> list[str]:
        """The texts of the cells up to the last one that is not empty."""
        return [self.cells.get(column, EMPTY).text for column in range(self.width)]

    @property
    def width(self) -> int:
        """How many cells there are up to the last one that is not empty."""
        return max(self.cells, default=-1) + 1


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells 合并单元格; rows as the file counts them, columns from 0, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def size(self) -> int:
        """How many cells the area covers."""
        rows = self.last_row - self.first_row + 1
        return rows * (self.last_column - self.first_column + 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows that are not empty, in their order."""

    name: str
    rows: Sequence[Row]
    visible: bool = True
    named_cells: bool = False
    """Whether a cell has a name such as B3, which a rejection can state."""


def sheet_row(name: str, index: int, cells: Mapping[int, Cell], *, hidden: bool = False) -> Row:
    """Return a row of a workbook's sheet, with its texts as the bytes of the part."""
    width = max(cells, default=-1) + 1
    part = repr([cells.get(column, EMPTY).text for column in range(width)]).encode()
    return Row(index, f"{name} row {index}", cells, part, hidden)


def spread(rows: Sequence[Row], areas: Iterable[Area], name: str, position: str) -> list[Row]:
    """Return the rows; each row that merged cells cover has their value.

    Only the first column of an area is filled, and only in rows that have a value of their own.
    Raises `FaultError` too_large for areas that cover more than `MOST_CELLS`.
    """
    merged = list(islice(areas, MOST_AREAS + 1))
    if len(merged) > MOST_AREAS or sum(area.size for area in merged) > MOST_CELLS:
        detail = f"merged cells over more than {MOST_CELLS} cells: undo the merge"
        raise FaultError(Reason.TOO_LARGE, detail, position)
    places = [row.index for row in rows]
    filled = {row.index: dict(row.cells) for row in rows}
    for area in merged:
        cell = filled.get(area.first_row, {}).get(area.first_column)
        if cell is None:
            continue
        start, end = bisect_left(places, area.first_row), bisect_right(places, area.last_row)
        for index in places[start:end]:
            filled[index].setdefault(area.first_column, cell)
    return [sheet_row(name, row.index, filled[row.index], hidden=row.hidden) for row in rows]


def check_span(rows: Sequence[Row], name: str) -> None:
    """Raise `FaultError` too_large where one stray cell makes a sheet of a billion empty ones."""
    last = max((row.index for row in rows), default=0)
    columns = max((row.width for row in rows), default=0)
    if last * columns > MOST_CELLS:
        detail = f"spans {last} rows and {columns} columns; delete the empty ones and their formats"
        raise FaultError(Reason.TOO_LARGE, detail, name)
