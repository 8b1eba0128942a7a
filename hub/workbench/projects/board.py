"""Sheets for a board 公示牌: with a QR code, to print on A4 and to put up.

The QR code (ISO/IEC 18004) has the address of the public page. The font is one that PDF viewers
have for Chinese (Adobe-GB1).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from hub.digest.forms.pictures import qr_code
from hub.digest.forms.plots import FONT

QR_SIDE, SMALL_SIDE = 85 * mm, 55 * mm
LONGEST = 44
"""Characters of a text on the board, so that it stays one page."""
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=14, leading=21, wordWrap="CJK")
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=11, leading=15)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=28, leading=38, alignment=TA_CENTER)
_NAME = ParagraphStyle("name", parent=_TEXT, fontSize=20, leading=28, alignment=TA_CENTER)
_HINT = ParagraphStyle("hint", parent=_TEXT, alignment=TA_CENTER)
_ADDRESS = ParagraphStyle("address", parent=_TEXT, fontSize=10, leading=14, alignment=TA_CENTER)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: `code` is shown in words for whoever cannot scan `address`, the public page."""

    title: str
    name: str
    code: str
    code_name: str
    address: str
    hint: str
    lines: Sequence[tuple[str, str]]
    """Names and texts."""
    longest: tuple[int, ...] = (LONGEST,)
    """Characters of a text: the first of these with which the sheet is one page."""
    is_full: bool = False
    """Whether it has many lines: then its code and its letters are smaller."""


def sheet_pdf(sheet: Sheet) -> bytes:
    """Return a sheet as PDF. Its texts are escaped, and cut so that it stays one page."""
    body = b""
    for longest in sheet.longest:
        body, pages = _drawn(sheet, longest)
        if pages == 1:
            break
    return body


def _drawn(sheet: Sheet, longest: int) -> tuple[bytes, int]:
    """Return a sheet as PDF, and how many pages it has."""
    side, text = (SMALL_SIDE, _SMALL) if sheet.is_full else (QR_SIDE, _TEXT)
    picture = Table([[qr_code(sheet.address, side)]], style=[("ALIGN", (0, 0), (-1, -1), "CENTER")])
    rows = [
        [Paragraph(escape(name), text), Paragraph(escape(_short(words, longest)), text)]
        for name, words in sheet.lines
        if words
    ]
    content: list[Flowable] = [
        Paragraph(escape(sheet.title), _TITLE),
        Paragraph(escape(_short(sheet.name)), _NAME),
        Spacer(1, 4 * mm),
        picture,
        Paragraph(escape(sheet.hint), _HINT),
        Paragraph(escape(f"{sheet.code_name} {sheet.code}"), _HINT),
        Paragraph(escape(sheet.address), _ADDRESS),
        Spacer(1, 6 * mm),
        Table(rows, colWidths=[34 * mm, 126 * mm]),
    ]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"{sheet.title} {sheet.code}",
        author="民情枢纽",
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=18 * mm,
        bottomMargin=14 * mm,
    )
    document.build(content)
    return buffer.getvalue(), document.page


def board_pdf(name: str, code: str, address: str, lines: Sequence[tuple[str, str]]) -> bytes:
    """Return the sheet for the board of a project as PDF."""
    hint = "扫一扫，看进展、看资金、提意见"
    return sheet_pdf(Sheet("村居项目公示牌", name, code, "项目码", address, hint, lines))


def _short(text: str, longest: int = LONGEST) -> str:
    """Return a text in one line, cut to the length that fits."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"
