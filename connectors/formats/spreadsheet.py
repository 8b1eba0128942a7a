"""Cells for spreadsheets 表格单元格: nothing that somebody wrote is run as a formula.

Excel, WPS, LibreOffice and Google Sheets take a cell for a formula by its first character, and some
of them pass over blanks before it, or take full-width characters for the usual ones. A cell that
begins so gets an apostrophe in front (OWASP, CSV injection), and in a workbook each cell is stored
as text besides. That holds for signed numbers and telephone numbers too: `-5` and `+86 138…` are
shown as they were written, instead of as a sum or as 8.6E+12.
"""

import io
import unicodedata
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

BEGINNINGS = frozenset("=+-@|%\N{MINUS SIGN}\N{HYPHEN}\N{EN DASH}")
"""First characters of formulas, of the old commands of Lotus 1-2-3, and of DDE, in their usual
form; `unicodedata` brings full-width, small, raised and lowered ones to it."""
BLANK = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Categories of characters that are not seen, or not taken for the beginning of a cell."""
FILLERS = frozenset(
    "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs; one that begins like a formula has `'` before it.

    So has one that begins with a tab, a line end or another control character.
    """
    if cell and (unicodedata.category(cell[0]) == "Cc" or _begins_formula(cell)):
        return f"'{cell}"
    return cell


def _begins_formula(cell: str) -> bool:
    first = next((character for character in cell if not _is_blank(character)), "")
    return any(character in BEGINNINGS for character in unicodedata.normalize("NFKC", first))


def _is_blank(character: str) -> bool:
    return unicodedata.category(character) in BLANK or character in FILLERS


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
