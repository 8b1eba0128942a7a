"""A digest written down 成文: Markdown with plots beside it, HTML in one file, PDF."""

from base64 import b64encode
from pathlib import Path

from reportlab.graphics.shapes import Drawing

from hub.digest.document import Cell, Conclusion, Document, Link, Section, Sparkline, Table
from hub.digest.forms.pdf import pdf
from hub.digest.forms.pictures import as_svg, blocks, qr_code, shaded_map, sparkline
from hub.digest.forms.plots import drawing
from hub.web.templates import template

TEMPLATE = Path(__file__).with_name("digest.html")


def write(document: Document, folder: Path, forms: tuple[str, ...]) -> list[Path]:
    """Write a digest in the forms `md`, `html`, `pdf`; return the files, plots of Markdown too."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for form in forms:
        path = folder / f"{document.name}.{form}"
        if form == "md":
            path.write_text(markdown(document), encoding="utf-8")
            for name, picture in _pictures(document).items():
                image = folder / f"{document.name}-{name}.svg"
                image.write_text(as_svg(picture), encoding="utf-8")
                paths.append(image)
        elif form == "html":
            path.write_text(html(document), encoding="utf-8")
        else:
            path.write_bytes(pdf(document))
        paths.append(path)
    return paths


def _pictures(document: Document) -> dict[str, Drawing]:
    plots = {plot.name: drawing(plot) for plot in document.plots}
    return plots | {shown.name: shaded_map(shown) for shown in document.maps}


def markdown(document: Document) -> str:
    """Return a digest as Markdown (CommonMark with tables)."""
    lines = [f"# {_plain(document.title)}", "", _plain(document.subtitle), ""]
    lines += [
        f"- {figure.name}：{_cell(Link(figure.value, figure.url))}（{figure.note}）"
        for figure in document.figures
    ]
    if document.conclusions:
        lines += ["", "## 要点与建议", ""]
        lines += [f"{n}. {_concluded(each)}" for n, each in enumerate(document.conclusions, 1)]
        lines.append("")
    for section in document.sections:
        lines += _section(document, section)
    for note in document.notes:
        lines += [_plain(f"注：{note}"), ""]
    return "\n".join(lines)


def _section(document: Document, section: Section) -> list[str]:
    lines = [f"## {_plain(section.title)}", ""]
    for words in section.words:
        lines += [_plain(words), ""]
    for picture in (section.plot, section.map):
        if picture is not None:
            lines += [f"![{_plain(picture.title)}]({document.name}-{picture.name}.svg)", ""]
    if section.table is not None:
        lines += [*_table(section.table, section.empty), ""]
    if pages := [_cell(link) for link in section.pages if link.url]:
        lines += ["明细：" + "、".join(pages), ""]
    return lines


def _concluded(conclusion: Conclusion) -> str:
    advice = f" 建议：{conclusion.advice}" if conclusion.advice else ""
    who = f"（{conclusion.responsible}）" if conclusion.responsible else ""
    page = f" [查看]({conclusion.url})" if conclusion.url else ""
    return f"{_plain(conclusion.fact)}{_plain(advice + who)}{page}"


def _table(table: Table, empty: str) -> list[str]:
    if not table.rows:
        return [_plain(empty)]
    head = f"| {' | '.join(map(_plain, table.columns))} |"
    rule = f"|{'---|' * len(table.columns)}"
    return [head, rule, *(f"| {' | '.join(map(_cell, row))} |" for row in table.rows)]


def _cell(cell: Cell) -> str:
    if isinstance(cell, Sparkline):
        return blocks(cell)
    if isinstance(cell, Link):
        # Addresses are percent-encoded, so they have no parentheses of their own.
        return f"[{_plain(cell.text)}]({cell.url})" if cell.url else _plain(cell.text)
    return _plain(cell)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: citizens' words make no headings, links or HTML."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!~&" else c for c in flat)


def html(document: Document) -> str:
    """Return a digest as one HTML file, pictures included."""
    images = {name: _image(picture) for name, picture in _pictures(document).items()}
    pages = [document.url, *(conclusion.url for conclusion in document.conclusions)]
    return template(TEMPLATE).render(
        document=document,
        images=images,
        codes={url: _image(qr_code(url)) for url in pages if url},
        line=lambda values: _image(sparkline(Sparkline(values))),
        kind=lambda cell: type(cell).__name__,
    )


def _image(picture: Drawing) -> str:
    """Return a drawing as an address that contains it."""
    return "data:image/svg+xml;base64," + b64encode(as_svg(picture).encode()).decode()
