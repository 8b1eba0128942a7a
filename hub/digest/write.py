"""A digest written down 成文: Markdown with plots beside it, HTML in one file, PDF."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from hub.digest.document import Document, Section, Table
from hub.digest.plots import FONT, drawing, svg
from hub.web.templates import template

TEMPLATE = Path(__file__).with_name("digest.html")
MARGIN, ROOM = 18 * mm, 45 * mm
"""ROOM: a section that has less on its page begins on the next."""
NONE = "无。"


def write(document: Document, folder: Path, forms: tuple[str, ...]) -> list[Path]:
    """Write a digest in the forms `md`, `html`, `pdf`; return the files, plots of Markdown too."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for form in forms:
        path = folder / f"{document.name}.{form}"
        if form == "md":
            path.write_text(markdown(document), encoding="utf-8")
            for plot in document.plots:
                image = folder / f"{document.name}-{plot.name}.svg"
                image.write_text(svg(plot), encoding="utf-8")
                paths.append(image)
        elif form == "html":
            path.write_text(html(document), encoding="utf-8")
        else:
            path.write_bytes(pdf(document))
        paths.append(path)
    return paths


def markdown(document: Document) -> str:
    """Return a digest as Markdown (CommonMark with tables)."""
    lines = [f"# {_plain(document.title)}", "", _plain(document.subtitle), ""]
    for section in document.sections:
        lines += [f"## {_plain(section.title)}", ""]
        for words in section.words:
            lines += [_plain(words), ""]
        if section.plot is not None:
            image = f"{document.name}-{section.plot.name}.svg"
            lines += [f"![{_plain(section.plot.title)}]({image})", ""]
        if section.table is not None:
            lines += [*_table(section.table), ""]
        if section.behind:
            lines += ["明细：", "", "```", section.behind, "```", ""]
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [NONE]
    head = f"| {' | '.join(map(_plain, table.columns))} |"
    rule = f"|{'---|' * len(table.columns)}"
    return [head, rule, *(f"| {' | '.join(map(_plain, row))} |" for row in table.rows)]


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: citizens' words make no headings, links or HTML."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!~&" else c for c in flat)


def html(document: Document) -> str:
    """Return a digest as one HTML file, plots included."""
    images = {
        plot.name: "data:image/svg+xml;base64," + b64encode(svg(plot).encode()).decode()
        for plot in document.plots
    }
    return template(TEMPLATE).render(document=document, images=images, none=NONE)


_TEXT = ParagraphStyle(
    "text", fontName=FONT, fontSize=9.5, leading=14, alignment=TA_LEFT, wordWrap="CJK"
)
_CELL = ParagraphStyle("cell", parent=_TEXT, fontSize=8, leading=10.5)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26)
_HEADING = ParagraphStyle("heading", parent=_TEXT, fontSize=13, leading=20, spaceBefore=8)
_NOTE = ParagraphStyle("note", parent=_TEXT, fontSize=7, leading=9, textColor=HexColor("#66707a"))
_GRID = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor("#202830")),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, HexColor("#d5dadf")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)


def pdf(document: Document) -> bytes:
    """Return a digest as PDF on A4; the same digest gives the same bytes."""
    buffer = BytesIO()
    page = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=document.title,
        lang="zh-CN",
        invariant=1,
    )
    width = A4[0] - 2 * MARGIN
    story: list[Flowable] = [_words(document.title, _TITLE), _words(document.subtitle, _NOTE)]
    for section in document.sections:
        story += _flowed(section, width)
    page.build(story, onLaterPages=_numbered, onFirstPage=_numbered)
    return buffer.getvalue()


def _flowed(section: Section, width: float) -> list[Flowable]:
    head: list[Flowable] = [_words(section.title, _HEADING)]
    head += [_words(words, _TEXT) for words in section.words]
    if section.plot is not None:
        image = drawing(section.plot)
        scale = width / image.width
        image.scale(scale, scale)
        image.width, image.height = width, image.height * scale
        head.append(image)
    story: list[Flowable] = [CondPageBreak(ROOM), KeepTogether(head)]
    if section.table is not None:
        story.append(_columns(section.table, width))
    if section.behind:
        story.append(_words(f"明细：{section.behind}", _NOTE))
    return [*story, Spacer(1, 6)]


def _columns(table: Table, width: float) -> Flowable:
    if not table.rows:
        return _words(NONE, _TEXT)
    lines = [table.columns, *table.rows]
    longest = [
        min(max(sum(1 if ord(c) < 256 else 2 for c in line[n]) for line in lines), 40)
        for n in range(len(table.columns))
    ]
    shares = [max(length, 5) for length in longest]
    widths = [width * share / sum(shares) for share in shares]
    cells = [[_words(cell, _CELL) for cell in line] for line in lines]
    return LongTable(cells, colWidths=widths, repeatRows=1, style=_GRID)


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _numbered(canvas: Canvas, page: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(A4[0] / 2, 9 * mm, f"第{page.page}页")
