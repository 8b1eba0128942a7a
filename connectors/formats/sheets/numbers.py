"""Numbers of cells 数值单元格: as text without loss, or marked as cut.

A spreadsheet keeps 15 significant digits of a number, and a program that works with IEEE 754
doubles keeps 15 to 17. A work-order number of 18 digits that was typed into a number cell has
therefore lost its last digits, and two orders would share one number.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from openpyxl.styles.numbers import is_date_format

from connectors.contract import FaultError
from connectors.formats.sheets.sheet import Cell, Flaw
from schemas.base import BEIJING
from schemas.reports.rejected import Reason

KEPT_DIGITS = 15
EXACT_BELOW = 2**53
"""A double holds every whole number below this one."""
MORE_THAN_A_DOUBLE = 18
"""A double is never written with so many significant digits by its shortest form."""
DAYS_TO_1904 = 1462
EPOCH = datetime(1899, 12, 30, tzinfo=BEIJING)
"""Day 0 of the 1900 date system from March 1900 on; ECMA-376 part 1, 18.17.4.1."""
LATEST_SERIAL = 2_958_466
"""The day after 9999-12-31."""
PADDED = re.compile(
    r"""((?:"[^"]*"|\\.|[-_.A-Z\u3400-\u9fff])*?)(?<!\.)(0{1,20})((?:"[^"]*"|\\[^.])*)(?:;@|;.*)?"""
)
"""`000000` or `"GD"000000`: what is in the format is part of the number that a reader sees."""
LITERAL = re.compile(r'"([^"]*)"|\\(.)')
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE][+]?\d{1,3}")
ADVICE = (
    "a spreadsheet keeps 15 digits of a number, the others are lost (Excel 只保留15位数字): "
    "format the column as text 文本 before the numbers are entered, or export the file again"
)


def number_cell(written: str, number_format: str = "", *, base_1904: bool = False) -> Cell:
    """Return the cell of a number as the file writes it, `2.02603E+17` or `46082.335`.

    A date format makes `2026-03-01 08:03:00` of it; a format of zeros `000000` is applied.
    """
    try:
        number = Decimal(written.strip())
        serial = float(number)
    except (InvalidOperation, ValueError):
        return Cell(written, None, Flaw.ERROR)
    if not number.is_finite() or abs(number) > Decimal(10) ** 40:
        return Cell(written, None, Flaw.ERROR)
    days = serial + DAYS_TO_1904 if base_1904 else serial
    if number_format and is_date_format(number_format):
        return _date(days)
    if number != number.to_integral_value():
        return Cell(f"{Decimal(format(serial, '.15g')):f}", days)
    whole = int(number)
    shown = str(whole)
    if (padded := PADDED.fullmatch(number_format)) and whole >= 0:
        before, after = (LITERAL.sub(r"\1\2", padded[group]) for group in (1, 3))
        shown = f"{before}{shown.zfill(len(padded[2]))}{after}"
    return Cell(shown, days, None if is_exact(whole) else Flaw.CUT)


def is_exact(whole: int) -> bool:
    """Return whether a whole number of a number cell surely has all its digits.

    Up to 15 digits it has. Above, it has if its last digits are none that a spreadsheet or a
    double would leave: a program wrote it in full.
    """
    size = abs(whole)
    if size < 10**KEPT_DIGITS:
        return True
    if size < EXACT_BELOW:
        return size % 10 != 0
    significant = len(str(size).rstrip("0"))
    return significant >= MORE_THAN_A_DOUBLE and size != int(float(size))


def check_number(cell: Cell, position: str) -> None:
    """Raise `FaultError` bad_value where a number that names something has lost digits."""
    if cell.flaw is Flaw.CUT or is_scientific(cell.text):
        raise FaultError(Reason.BAD_VALUE, f"{cell.text[:40]!r}: {ADVICE}", position)


def is_scientific(text: str) -> bool:
    """Return whether a text is a long number as a spreadsheet shows it, `2.02603E+17`."""
    return SCIENTIFIC.fullmatch(text) is not None


def _date(days: float) -> Cell:
    if not 0 <= days < LATEST_SERIAL:
        return Cell(str(days), days, Flaw.ERROR)
    moment = EPOCH + timedelta(seconds=round(days * 86400))
    if days < 1:
        return Cell(f"{moment:%H:%M:%S}", days)
    day = f"{moment:%Y-%m-%d}"
    return Cell(day if days == int(days) else f"{day} {moment:%H:%M:%S}", days)
