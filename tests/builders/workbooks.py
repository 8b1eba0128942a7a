"""Builders of Excel packages, part by part: what openpyxl would not write."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = ("工单号", "受理时间", "诉求内容")


def package(rows: str, *, styles: str = "", after: str = "", workbook: str = "") -> bytes:
    """Return a workbook of one sheet 三月; `rows` is the XML inside its `<sheetData>`.

    `styles`, `after` and `workbook` are more XML in the style sheet, after the rows, and before the
    list of sheets.
    """
    parts = {
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}<sheets>'
        '<sheet name="三月" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>'
        f"{after}</worksheet>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
    }
    return packed({name: content.encode() for name, content in parts.items()})


def packed(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return content.getvalue()


def row(number: int, *cells: str) -> str:
    """Return a row; a cell that is no XML of its own becomes a text."""
    shown = (cell if cell.startswith("<c") else text(cell) for cell in cells)
    return f'<row r="{number}">{"".join(shown)}</row>'


def text(value: str) -> str:
    """Return a cell with an inline text."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def number(value: str, style: int = 0) -> str:
    """Return a number cell as it is written."""
    return f'<c s="{style}"><v>{value}</v></c>'


def _relations(*targets: tuple[str, str]) -> str:
    shown = "".join(
        f'<Relationship Id="r{index}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for index, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{shown}</Relationships>'
