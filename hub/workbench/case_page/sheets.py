"""Sheets to print 打印单: the assignment sheet 交办单 and the reply sheet 回复单 of a case, as PDF.

The font is one that PDF viewers have for Chinese (Adobe-GB1): nothing is embedded or installed. A
sheet has no contact details: those are seen on the page only, for a purpose.
"""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "STSong-Light"
INK = HexColor("#202830")
LONGEST_CELL = 3000
"""Characters of one cell: a cell must fit on a page."""
PART = 600
"""Characters of one row."""
PICTURE = (78 * mm, 78 * mm)
"""Largest width and height of a photo."""
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=11, leading=17, wordWrap="CJK")
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=22, leading=32, alignment=TA_CENTER)
_NOTE = ParagraphStyle("note", parent=_TEXT, fontSize=9, leading=13)
_LINES = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.6, INK),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ]
)

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

Line = tuple[str, str]
"""The name of a field, and its text."""


def sheet_pdf(
    title: str,
    number: str,
    lines: Sequence[Line],
    to_sign: Sequence[str],
    note: str,
    photos: Sequence[bytes] = (),
) -> bytes:
    """Return a sheet as PDF: fields, then empty fields `to_sign` that people fill in by hand.

    `photos` are JPEGs; they come last, two beside each other.
    Texts are escaped: what citizens write is no markup. A long text goes on in further rows.
    """
    rows = [
        [Paragraph(escape(name), _TEXT), Paragraph(_markup(part), _TEXT)]
        for name, text in lines
        for name, part in _parts(name, text)
    ]
    empty = [[Paragraph(escape(name), _TEXT), Spacer(1, 16 * mm)] for name in to_sign]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"{title} {number}".strip(),
        author="民情枢纽",
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
    )
    table = Table([*rows, *empty], colWidths=[32 * mm, 134 * mm], style=_LINES, splitInRow=1)
    heading = Paragraph(escape(f"编号：{number}") if number else "", _NOTE)
    document.build(
        [
            Paragraph(title, _TITLE),
            heading,
            Spacer(1, 4 * mm),
            table,
            *_end(note),
            *_pictures(photos),
        ]
    )
    return buffer.getvalue()


def _end(note: str) -> list[Spacer | Paragraph]:
    return [Spacer(1, 4 * mm), Paragraph(escape(note), _NOTE)]


def _pictures(photos: Sequence[bytes]) -> list[Spacer | Table]:
    """Return photos in rows of two."""
    pictures = [_picture(photo) for photo in photos]
    rows = [pictures[at : at + 2] for at in range(0, len(pictures), 2)]
    tables = [Table([[*row, ""][:2]], colWidths=[83 * mm, 83 * mm]) for row in rows]
    return [Spacer(1, 4 * mm), *tables] if tables else []


def _picture(photo: bytes) -> Image:
    picture = Image(io.BytesIO(photo))
    picture._restrictSize(*PICTURE)
    return picture


def _parts(name: str, text: str) -> list[Line]:
    """Return the rows of a field; a long text has several, because a row fits on a page."""
    texts = [text[at : at + PART] for at in range(0, min(len(text), LONGEST_CELL), PART)] or [""]
    if len(text) > LONGEST_CELL:
        texts[-1] += "……（全文见系统）"
    return [(name if number == 0 else f"{name}（续）", part) for number, part in enumerate(texts)]


def _markup(text: str) -> str:
    return escape(text).replace("\n", "<br/>")
