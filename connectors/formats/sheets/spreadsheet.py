"""Cells for spreadsheets 表格单元格: nothing that somebody wrote is run as a formula.

Excel, WPS, LibreOffice and Google Sheets take a cell for a formula by its first character, and some
of them pass over blanks before it, or take full-width characters for the usual ones. A cell that
begins so gets an apostrophe in front (OWASP, CSV injection), and in a workbook each cell is stored
as text besides. That holds for signed numbers and telephone numbers too: `-5` and `+86 138…` are
shown as they were written, instead of as a sum or as 8.6E+12.
"""

import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet


def workbook(title: str, lines: Iterable[Iterable[str]]) -> bytes:
    """Return an Excel workbook of one sheet whose cells are all text.

    Control characters that Excel's format cannot hold are left out.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in lines:
        sheet.append([_text_cell(sheet, cell) for cell in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
