"""The sheet for the board of a project 公示牌: its QR code, to print on A4 and to put up.

The QR code (ISO/IEC 18004) has the address of the public page. The font is one that PDF viewers
have for Chinese (Adobe-GB1).
"""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from hub.digest.forms.pictures import qr_code
from hub.digest.forms.plots import FONT

QR_SIDE = 85 * mm
LONGEST = 44
"""Characters of a text on the board, so that it stays one page."""
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=14, leading=21, wordWrap="CJK")
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=28, leading=38, alignment=TA_CENTER)
_NAME = ParagraphStyle("name", parent=_TEXT, fontSize=20, leading=28, alignment=TA_CENTER)
_HINT = ParagraphStyle("hint", parent=_TEXT, alignment=TA_CENTER)
_ADDRESS = ParagraphStyle("address", parent=_TEXT, fontSize=10, leading=14, alignment=TA_CENTER)


def board_pdf(name: str, code: str, address: str, lines: Sequence[tuple[str, str]]) -> bytes:
    """Return the sheet as PDF.

    `code` is shown in words for whoever cannot scan, `address` is that of the public page, `lines`
    are names and texts. Texts are escaped.
    """
    picture = Table([[qr_code(address, QR_SIDE)]], style=[("ALIGN", (0, 0), (-1, -1), "CENTER")])
    rows = [
        [Paragraph(escape(label), _TEXT), Paragraph(escape(_short(text)), _TEXT)]
        for label, text in lines
        if text
    ]
    content: list[Flowable] = [
        Paragraph("村居项目公示牌", _TITLE),
        Paragraph(escape(_short(name)), _NAME),
        Spacer(1, 4 * mm),
        picture,
        Paragraph("扫一扫，看进展、看资金、提意见", _HINT),
        Paragraph(escape(f"项目码 {code}"), _HINT),
        Paragraph(escape(address), _ADDRESS),
        Spacer(1, 6 * mm),
        Table(rows, colWidths=[34 * mm, 126 * mm]),
    ]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"村居项目公示牌 {code}",
        author="民情枢纽",
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=18 * mm,
        bottomMargin=14 * mm,
    )
    document.build(content)
    return buffer.getvalue()


def _short(text: str) -> str:
    """Return a text in one line, cut to the length that fits."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
