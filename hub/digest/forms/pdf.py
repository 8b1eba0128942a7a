"""A digest as PDF 版式: an official paper on A4, after the layout of GB/T 9704—2012.

Masthead and issue above a red line, the conclusions on the first page, headings 一、, numbers of
pages between dashes.
"""

from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    HRFlowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from hub.digest.document import Cell, Conclusion, Document, KeyFigure, Link, Section, Sparkline
from hub.digest.document import Table as Rows
from hub.digest.forms.pictures import QR_SIZE, qr_code, shaded_map, sparkline
from hub.digest.forms.plots import FONT, drawing

LEFT, RIGHT, TOP, BOTTOM = 26 * mm, 24 * mm, 28 * mm, 28 * mm
WIDTH = A4[0] - LEFT - RIGHT
ROOM = 32 * mm
"""A section that has less on its page begins on the next."""
HALF = (A4[1] - TOP - BOTTOM) / 2
"""After short conclusions the sections begin on the first page."""
RED, GREY, RULE = HexColor("#c00000"), HexColor("#5c6670"), HexColor("#d5dadf")
BLUE = "#1f5f8b"
"""Links of tables, so that a reader on a screen sees them."""
MOST_QR = 6
"""Conclusions with a QR code on the first page; those after it have their link only."""

_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=11, leading=18, wordWrap="CJK")
_INDENTED = ParagraphStyle("indented", parent=_TEXT, firstLineIndent=22)
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=8.5, leading=11.5, alignment=TA_LEFT)
_MASTHEAD = ParagraphStyle(
    "masthead", parent=_TEXT, fontSize=34, leading=44, textColor=RED, alignment=TA_CENTER
)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26, alignment=TA_CENTER)
_SUBTITLE = ParagraphStyle("subtitle", parent=_TEXT, fontSize=10, leading=15, alignment=TA_CENTER)
_HEADING = ParagraphStyle("heading", parent=_TEXT, fontSize=14, leading=22, spaceBefore=6)
_FACT = ParagraphStyle("fact", parent=_TEXT, fontSize=11, leading=16.5)
_ADVICE = ParagraphStyle("advice", parent=_FACT, textColor=HexColor("#3a434c"))
_BIG = ParagraphStyle("big", parent=_TEXT, fontSize=17, leading=22)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=8.5, leading=12, textColor=GREY)
_GRID = TableStyle(
    [
        ("LINEABOVE", (0, 0), (-1, 0), 0.8, HexColor("#202830")),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, HexColor("#202830")),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)
_BARE = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
)


def pdf(document: Document) -> bytes:
    """Return a digest as PDF on A4; the same digest gives the same bytes."""
    buffer = BytesIO()
    page = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=LEFT,
        rightMargin=RIGHT,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=document.title,
        lang="zh-CN",
        invariant=1,
    )
    story = _head(document)
    if document.conclusions:
        story += [*_first_page(document), CondPageBreak(HALF)]
    for section in document.sections:
        story += _section(section)
    if document.notes:
        story += [Spacer(1, 8), HRFlowable(width="100%", color=RULE, thickness=0.5)]
        story += [_words(f"注{n}：{note}", _SMALL) for n, note in enumerate(document.notes, 1)]
    page.build(story, onLaterPages=_numbered, onFirstPage=_numbered)
    return buffer.getvalue()


def _head(document: Document) -> list[Flowable]:
    """Return masthead, issue and date over the red line, then title and subtitle."""
    story: list[Flowable] = []
    if document.masthead:
        line = [[_words(document.issue, _TEXT), _words(document.date, _right(_TEXT))]]
        story += [
            _words(document.masthead, _MASTHEAD),
            Table(line, colWidths=[WIDTH / 2] * 2, style=_BARE),
            HRFlowable(width="100%", color=RED, thickness=1.6, spaceAfter=10),
        ]
    return [
        *story,
        _words(document.title, _TITLE),
        _words(document.subtitle, _SUBTITLE),
        Spacer(1, 8),
    ]


def _first_page(document: Document) -> list[Flowable]:
    story: list[Flowable] = []
    if document.figures:
        cells = [[_figure(figure) for figure in document.figures]]
        widths = [WIDTH / len(document.figures)] * len(document.figures)
        story += [Table(cells, colWidths=widths, style=_band(len(widths)))]
    story.append(_words("要点与建议", _HEADING))
    rows = [
        [_conclusion(number, conclusion), _code(conclusion.url if number <= MOST_QR else "")]
        for number, conclusion in enumerate(document.conclusions, 1)
    ]
    code = QR_SIZE + 6
    return [*story, Table(rows, colWidths=[WIDTH - code, code], style=_BARE)]


def _band(columns: int) -> TableStyle:
    lines = [("LINEBEFORE", (n, 0), (n, 0), 0.5, RULE) for n in range(1, columns)]
    return TableStyle(
        [
            ("LINEABOVE", (0, 0), (-1, 0), 0.5, RULE),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *lines,
        ]
    )


def _figure(figure: KeyFigure) -> list[Flowable]:
    shown: list[Flowable] = [_words(figure.name, _SMALL), _linked(figure.value, figure.url, _BIG)]
    if figure.trend:
        shown.append(sparkline(Sparkline(figure.trend)))
    return [*shown, _words(figure.note, _SMALL)]


def _conclusion(number: int, conclusion: Conclusion) -> list[Flowable]:
    fact = [_linked(f"{number}．{conclusion.fact}", conclusion.url, _FACT)]
    if conclusion.advice:
        who = f"（{conclusion.responsible}）" if conclusion.responsible else ""
        fact.append(_words(f"建议：{conclusion.advice}{who}", _ADVICE))
    return fact


def _code(url: str) -> Flowable:
    return qr_code(url) if url else Spacer(1, 1)


def _section(section: Section) -> list[Flowable]:
    head: list[Flowable] = [_words(section.title, _HEADING)]
    head += [_words(words, _INDENTED) for words in section.words]
    head += [_fitted(picture) for picture in _pictures(section)]
    if section.table is not None and not section.table.rows and section.empty:
        head.append(_words(section.empty, _INDENTED))
    story: list[Flowable] = [CondPageBreak(ROOM), KeepTogether(head)]
    if section.table is not None and section.table.rows:
        story.append(_columns(section.table))
    if links := [link for link in section.pages if link.url]:
        story.append(_words_of_links(links))
    return [*story, Spacer(1, 6)]


def _pictures(section: Section) -> list[Drawing]:
    pictures = [drawing(section.plot)] if section.plot is not None else []
    return [*pictures, *([shaded_map(section.map)] if section.map is not None else [])]


def _fitted(picture: Drawing) -> Drawing:
    """Return a drawing, made smaller where it is wider than the text."""
    scale = min(WIDTH / picture.width, 1.0)
    picture.scale(scale, scale)
    picture.width, picture.height = picture.width * scale, picture.height * scale
    picture.hAlign = "CENTER"
    return picture


def _columns(table: Rows) -> Flowable:
    lines = [table.columns, *table.rows]
    shares = [
        max(min(max(_length(line[n]) for line in lines), 40), 5) for n in range(len(table.columns))
    ]
    widths = [WIDTH * share / sum(shares) for share in shares]
    cells = [[_cell(cell) for cell in line] for line in lines]
    return LongTable(cells, colWidths=widths, repeatRows=1, style=_GRID)


def _length(cell: Cell) -> int:
    if isinstance(cell, Sparkline):
        return 16
    text = cell.text if isinstance(cell, Link) else cell
    return sum(1 if ord(c) < 256 else 2 for c in text)


def _cell(cell: Cell) -> Flowable:
    if isinstance(cell, Sparkline):
        return sparkline(cell)
    if isinstance(cell, Link):
        return Paragraph(_anchor(cell.text, cell.url, BLUE), _CELL)
    return _words(cell, _CELL)


def _words_of_links(links: list[Link]) -> Paragraph:
    shown = "　".join(_anchor(link.text, link.url, BLUE) for link in links)
    return Paragraph(f"明细：{shown}", _SMALL)


def _linked(text: str, url: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(_anchor(text, url), style)


def _anchor(text: str, url: str, colour: str = "") -> str:
    shown = f' color="{colour}"' if colour else ""
    return f"<a href={quoteattr(url)}{shown}>{escape(text)}</a>" if url else escape(text)


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _right(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle("right", parent=style, alignment=2)


def _numbered(canvas: Canvas, page: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 10)
    canvas.drawCentredString(A4[0] / 2, 16 * mm, f"— {page.page} —")
