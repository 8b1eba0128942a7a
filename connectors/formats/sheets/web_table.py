"""HTML tables under the name of a workbook: what web systems export as .xls."""

import re
from html.parser import HTMLParser

import nh3

from connectors.contract import FaultError
from connectors.formats.sheets.sheet import Area, Cell, Row, Sheet, check_span, sheet_row, spread
from connectors.values.text import decode_text, tidy
from schemas.reports.rejected import Reason

CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
SPAN = re.compile(r"\d{1,4}")
SPANS = {"colspan", "rowspan"}
TAGS = {"table", "tr", "td", "th", "br", "p", "div", "li"}
ATTRIBUTES = {"tr": {"style"}, "td": SPANS, "th": SPANS}
MOST_COLUMNS = 1000
BREAKS = ("br", "p", "div", "li")


def read_html(body: bytes, declared: str = "") -> list[Sheet]:
    """Return the tables, named 表1, 表2, …; a table inside a cell is text of that cell.

    Raises `FaultError` bad_charset, or too_large for more columns than any table has.
    """
    declaration = CHARSET.search(body[:4096])
    charset = declaration[1].decode("ascii") if declaration else declared
    # html5ever closes what is open as browsers do, and in linear time, which HTMLParser does not.
    markup = nh3.clean(decode_text(body, declared=charset), tags=TAGS, attributes=ATTRIBUTES)
    reader = _Tables()
    reader.feed(markup)
    reader.close()
    return reader.sheets


class _Tables(HTMLParser):
    """Gathers the cells of each outermost table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheets: list[Sheet] = []
        self._depth = 0
        self._index = 0
        self._row: dict[int, Cell] | None = None
        self._rows: list[Row] = []
        self._areas: list[Area] = []
        self._hidden = False
        self._text: list[str] | None = None
        self._place = (0, 1, 1)
        self._taken: dict[int, int] = {}

    @property
    def _name(self) -> str:
        return f"表{len(self.sheets) + 1}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        values = {name: value or "" for name, value in attrs}
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._rows, self._areas, self._index, self._taken = [], [], 0, {}
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._index += 1
            self._row, self._hidden = {}, bool(HIDDEN.search(values.get("style", "")))
        elif self._depth == 1 and tag in ("td", "th") and self._row is not None:
            self._end_cell()
            self._text, self._place = [], self._free(values)
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table; a forgotten end tag closes with the next start."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
                check_span(self._rows, self._name)
                rows = spread(self._rows, self._areas, self._name, self._name)
                self.sheets.append(Sheet(self._name, rows))
            self._depth -= 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif tag in BREAKS and self._text is not None:
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell; white space between words is one blank, as in HTML."""
        if self._text is not None:
            self._text.append(re.sub(r"[ \t\r\n]+", " ", data))

    def close(self) -> None:
        """End tables that have no end tag."""
        super().close()
        self._depth = min(self._depth, 1)
        self.handle_endtag("table")

    def _free(self, values: dict[str, str]) -> tuple[int, int, int]:
        """Return the column of a new cell, and how many columns and rows it covers."""
        column = self._place[0]
        while self._taken.get(column, 0) >= self._index:
            column += 1
        across = _span(values.get("colspan", ""))
        if column + across > MOST_COLUMNS:
            detail = f"a table of more than {MOST_COLUMNS} columns"
            raise FaultError(Reason.TOO_LARGE, detail, f"{self._name} row {self._index}")
        return column, across, _span(values.get("rowspan", ""))

    def _end_cell(self) -> None:
        if self._text is None or self._row is None:
            return
        column, across, down = self._place
        text = tidy("".join(self._text))
        if text:
            self._row[column] = Cell(text)
        if down > 1:
            last = self._index + down - 1
            self._areas.append(Area(self._index, column, last, column + across - 1))
            for taken in range(column, column + across):
                self._taken[taken] = last
        self._text, self._place = None, (column + across, 1, 1)

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self._rows.append(sheet_row(self._name, self._index, self._row, hidden=self._hidden))
        self._row, self._place = None, (0, 1, 1)


def _span(text: str) -> int:
    match = SPAN.match(text.strip())
    return max(int(match[0]), 1) if match else 1
