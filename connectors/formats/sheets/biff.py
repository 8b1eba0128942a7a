"""Excel 97–2003 workbooks .xls (MS-XLS), and what else comes in an OLE container (MS-CFB)."""

import io

import xlrd
from xlrd.book import Book
from xlrd.sheet import Sheet as XlsSheet

from connectors.contract import FaultError
from connectors.formats.sheets.numbers import number_cell
from connectors.formats.sheets.sheet import (
    EMPTY,
    INSTEAD,
    Area,
    Cell,
    Flaw,
    Row,
    Sheet,
    check_span,
    sheet_row,
    spread,
)
from connectors.values.text import tidy
from schemas.reports.rejected import Reason

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PROTECTED = "EncryptedPackage".encode("utf-16-le")
DOCUMENT = "WordDocument".encode("utf-16-le")
TAKE_OFF = "it is protected by a password: take the password off (取消密码) and save it again"


def read_xls(body: bytes) -> list[Sheet]:
    """Return the sheets; raises `FaultError` for a protected, damaged or other document."""
    if PROTECTED in body:
        raise FaultError(Reason.BAD_CIPHER, TAKE_OFF)
    if DOCUMENT in body:
        raise FaultError(Reason.UNSUPPORTED_TYPE, f"it is a Word document: {INSTEAD}")
    book = _open(body)
    return [_sheet(book, sheet) for sheet in book.sheets()]


def _open(body: bytes) -> Book:
    for charset in (None, "gb18030"):
        try:
            return xlrd.open_workbook(
                file_contents=body,
                logfile=io.StringIO(),
                formatting_info=True,
                ragged_rows=True,
                encoding_override=charset,
            )
        except UnicodeError:
            # A workbook of Excel 95 may name no code page, or a wrong one.
            continue
        except Exception as error:
            # For a damaged workbook the library may raise any error.
            if "encrypted" in str(error):
                raise FaultError(Reason.BAD_CIPHER, TAKE_OFF) from error
            detail = f"no Excel 97-2003 workbook .xls that can be read ({error}): {INSTEAD}"
            raise FaultError(Reason.BAD_SYNTAX, detail) from error
    raise FaultError(Reason.BAD_CHARSET, f"an .xls of unknown code page: {INSTEAD}")


def _sheet(book: Book, sheet: XlsSheet) -> Sheet:
    rows: list[Row] = []
    for index in range(sheet.nrows):
        cells = {
            column: cell
            for column in range(sheet.row_len(index))
            if (cell := _cell(book, sheet, index, column)) is not EMPTY
        }
        if any(tidy(cell.text) or cell.flaw for cell in cells.values()):
            info = sheet.rowinfo_map.get(index)
            hidden = info is not None and bool(info.hidden)
            rows.append(sheet_row(sheet.name, index + 1, cells, hidden=hidden))
    check_span(rows, sheet.name)
    areas = (
        Area(first + 1, left, last, right - 1) for first, last, left, right in sheet.merged_cells
    )
    rows = spread(rows, areas, sheet.name, sheet.name)
    return Sheet(sheet.name, rows, sheet.visibility == 0, named_cells=True)


def _cell(book: Book, sheet: XlsSheet, row: int, column: int) -> Cell:
    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        place = sheet.cell_xf_index(row, column)
        style = book.format_map.get(book.xf_list[place].format_key)
        number_format = "yyyy-mm-dd" if kind == xlrd.XL_CELL_DATE else ""
        if kind == xlrd.XL_CELL_NUMBER and style is not None:
            number_format = style.format_str
        return number_cell(repr(float(value)), number_format, base_1904=book.datemode == 1)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return Cell("TRUE" if value else "FALSE")
    if kind == xlrd.XL_CELL_ERROR:
        return Cell(xlrd.error_text_from_code.get(int(value), "#N/A"), None, Flaw.ERROR)
    return Cell(str(value)) if value else EMPTY
