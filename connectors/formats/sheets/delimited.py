"""Delimited text 分隔文本: CSV (RFC 4180) as spreadsheets and databases write it."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from connectors.contract import FaultError
from connectors.formats.sheets.sheet import Cell, Flaw, Row, Sheet
from connectors.formats.sheets.table import HEADER_WITHIN, column_name
from schemas.reports.rejected import Reason

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""CR, LF and CRLF end a line. U+2028, VT and FF are characters of what somebody wrote."""
WHOLE_LINE = re.compile(r'[ \t]*"((?:[^"\r\n]|"")*)"[,;\t ]*([\r\n]*)')
SEPARATOR = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
FILLING = "\0\x1a\r\n"
"""What fixed block sizes and DOS (Ctrl+Z) leave at the end of a file."""
DELIMITERS = (",", "\t", ";", "|")
LINES_OF_A_TITLE = 5
MOST_LINES = 1000
"""Lines of one record; a quotation mark that is never closed does not take more with it."""
AS_TEXT = re.compile(r'="((?:[^"]|"")*)"\s*')
"""`="00123"`: how exporters keep a spreadsheet from making a number of a text."""
APOSTROPHE = re.compile(r"['\u2018\u2019](?=[-+]?\d[\d ()\-+]*\s*$|[=+\-@])")
"""The mark of a text cell in front of a number, or of what would be a formula."""
FORMULA = re.compile(r"(?:=|@(?![\d\s\u3400-\u9fff])|[+-]\s*[A-Za-z_]+\s*\()")
"""Cells that a spreadsheet would run; not `+86 138…`, `-`, `-5`, `@张三` or `@12328`."""
QUOTES = "a quotation mark amiss: write each one inside a quoted cell twice"


def read_delimited(text: str, needed: Sequence[str]) -> Sheet:
    """Return the rows; the delimiter is the one with which the first rows name all columns.

    `needed` are the columns that the header has. A record that is no CSV is a row with a fault.
    """
    lines = LINE.findall(text.rstrip(FILLING))
    mark = SEPARATOR.fullmatch(lines[0]) if lines else None
    if mark and mark[1] in DELIMITERS:
        return Sheet("", list(_rows(lines, mark[1], after=1)))
    lines = _unwrapped(lines)
    start = lines[: HEADER_WITHIN * LINES_OF_A_TITLE]
    for delimiter in DELIMITERS:
        for row in islice(_rows(start, delimiter), HEADER_WITHIN):
            names = {column_name(cell.text) for cell in row.cells.values()}
            if names.issuperset(needed):
                return Sheet("", list(_rows(lines, delimiter)))
    return Sheet("", list(_rows(lines, DELIMITERS[0])))


def _unwrapped(lines: list[str]) -> list[str]:
    """Return lines without the quotation marks around each whole line.

    A spreadsheet that held each line in one cell writes `"K-1,""a, b"",3"`.
    """
    filled = [line for line in lines if line.strip()]
    whole = [WHOLE_LINE.fullmatch(line) for line in filled]
    if not whole or not all(match and set(match[1]) & set(DELIMITERS) for match in whole):
        return lines
    return [
        WHOLE_LINE.sub(lambda match: match[1].replace('""', '"') + match[2], line) for line in lines
    ]


def _rows(lines: Sequence[str], delimiter: str, after: int = 0) -> Iterator[Row]:
    """Yield the rows that hold anything."""
    records = _Records(lines, delimiter, after)
    while records.at < len(lines):
        first = records.at
        position, fault, written = f"line {first + 1}", None, list[str]()
        try:
            written = records.read()
        except csv.Error as error:
            fault = FaultError(Reason.BAD_SYNTAX, f"no CSV: {error}: {QUOTES}", position)
        cells = {place: delimited_cell(text) for place, text in enumerate(written) if text.strip()}
        if cells or fault:
            part = "".join(lines[first : records.at]).encode("utf-8", "surrogatepass")
            yield Row(first + 1, position, cells, part, count=len(written), fault=fault)


class _Records:
    """The records from line `at` on; of a bad one only the first line is skipped."""

    def __init__(self, lines: Sequence[str], delimiter: str, at: int) -> None:
        self.at = at
        self._lines = lines
        self._delimiter = delimiter
        self._first = at
        self._reader = self._new_reader()

    def read(self) -> list[str]:
        """Return the next record; raises `csv.Error` and goes on with the line after its first."""
        self._first = self.at
        try:
            return next(self._reader)
        except csv.Error:
            # The record may have swallowed good rows.
            self.at = self._first + 1
            self._reader = self._new_reader()
            raise

    def _new_reader(self) -> Iterator[list[str]]:
        return csv.reader(
            self._feed(), delimiter=self._delimiter, strict=True, skipinitialspace=True
        )

    def _feed(self) -> Iterator[str]:
        while self.at < len(self._lines):
            if self.at - self._first >= MOST_LINES:
                raise csv.Error(f"a cell of more than {MOST_LINES} lines")
            line = self._lines[self.at]
            self.at += 1
            yield line


def delimited_cell(text: str) -> Cell:
    """Return the cell of a text without what exporters add for spreadsheets; marks formulas."""
    # Nearly all cells of a register, of which there are millions.
    if text.isalnum():
        return Cell(text)
    shown = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n")
    shown = shown.strip(" \t\n")
    if quoted := AS_TEXT.fullmatch(shown):
        shown = quoted[1].replace('""', '"')
    elif APOSTROPHE.match(shown):
        return Cell(shown[1:])
    return Cell(shown, None, Flaw.FORMULA if FORMULA.match(shown) else None)
