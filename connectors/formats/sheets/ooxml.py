"""Excel workbooks .xlsx (ISO/IEC 29500, transitional and strict), part by part.

Only the parts that hold values are read: sheets, shared strings, number formats. openpyxl's own
reader refuses a whole workbook for an odd font, filter or property, makes each merged cell in
memory, and turns a long number into a double; this reader keeps the rows in all three cases.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.escape import unescape

from connectors.contract import FaultError, Limits
from connectors.formats.archive import open_zip, read_entry
from connectors.formats.sheets.numbers import number_cell
from connectors.formats.sheets.sheet import (
    INSTEAD,
    MOST_AREAS,
    Area,
    Cell,
    Flaw,
    Row,
    Sheet,
    check_span,
    sheet_row,
    spread,
)
from connectors.formats.xml_body import mend
from connectors.values.text import tidy
from schemas.reports.rejected import Reason

WORKBOOK, SHARED, STYLES = "xl/workbook.xml", "xl/sharedstrings.xml", "xl/styles.xml"
CHINESE_DATES = frozenset((*range(27, 37), *range(50, 59)))
"""Built-in number formats that are dates in Chinese versions (ECMA-376 part 1, 18.8.30)."""
DAY = "yyyy-mm-dd"
LAST_ROW, LAST_COLUMN = 2**20, 2**14
RELATION = "Relationship"
YES = ("1", "true", "on")
REFERENCE = re.compile(r"[A-Za-z]{1,3}[1-9][0-9]{0,6}")
OTHERS = {
    "xl/workbook.bin": f"it is a binary workbook .xlsb: {INSTEAD}",
    "content.xml": f"it is an OpenDocument file: {INSTEAD}",
    "word/document.xml": "it is a Word document: send the table as an Excel workbook .xlsx",
}


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a workbook by their names in lower case with slashes."""

    archive: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo]

    def trees(self, name: str, wanted: frozenset[str]) -> Iterator[Element]:
        """Yield the elements of these local names in their order, without namespaces.

        An absent part has none. Raises `FaultError` bad_syntax, or forbidden_content for a DTD.
        """
        entry = self.parts.get(name)
        if entry is None:
            return
        content, done = read_entry(self.archive, entry), 0
        try:
            try:
                for node in _elements(content, wanted):
                    yield node
                    done += 1
            except ParseError:
                mended = mend(content.decode("utf-8", "replace")).encode()
                yield from islice(_elements(mended, wanted), done, None)
        except DefusedXmlException as error:
            detail = f"a DTD or an entity: {type(error).__name__}"
            raise FaultError(Reason.FORBIDDEN_CONTENT, detail, entry.filename) from error
        except (ParseError, ValueError) as error:
            detail = f"no Excel workbook: {error}"
            raise FaultError(Reason.BAD_SYNTAX, detail, entry.filename) from error

    def related(self, part: str) -> list[tuple[str, str, str]]:
        """Return id, kind and part name of each relation of a part; "" is the whole package."""
        folder, name = posixpath.split(part)
        parts = []
        for node in self.trees(f"{folder}/_rels/{name}.rels".lstrip("/"), frozenset({RELATION})):
            target = node.get("Target", "").replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
            parts.append((node.get("Id", ""), posixpath.basename(node.get("Type", "")), path))
        return parts


def read_xlsx(body: bytes, limits: Limits) -> list[Sheet]:
    """Return the sheets; raises `FaultError` if it is not a workbook, or too large unpacked."""
    with open_zip(body, limits) as archive:
        entries = archive.infolist()
        parts = {entry.filename.replace("\\", "/").lstrip("/").lower(): entry for entry in entries}
        package = Package(archive, parts)
        for name, detail in OTHERS.items():
            if name in parts:
                raise FaultError(Reason.UNSUPPORTED_TYPE, detail)
        kinds = {kind: path for _, kind, path in package.related("")}
        workbook = kinds.get("officeDocument", WORKBOOK)
        if workbook not in parts:
            detail = "no Excel workbook: a ZIP without a workbook in it"
            raise FaultError(Reason.BAD_SYNTAX, detail)
        return list(_sheets(package, workbook))


def _sheets(package: Package, workbook: str) -> Iterator[Sheet]:
    related = package.related(workbook)
    targets = {name: path for name, _, path in related}
    kinds = {kind: path for _, kind, path in related}
    shared_part = package.trees(kinds.get("sharedStrings", SHARED), frozenset({"si"}))
    shared = [_string(node) for node in shared_part]
    formats = _formats(package, kinds.get("styles", STYLES))
    reader = _Cells(shared, formats, base_1904=False)
    for node in package.trees(workbook, frozenset({"workbookPr", "sheet"})):
        if node.tag == "workbookPr":
            base_1904 = node.get("date1904", "").lower() in YES
            reader = _Cells(shared, formats, base_1904)
            continue
        name = tidy(unescape(node.get("name", "")))
        rows = _rows(package, targets.get(node.get("id", ""), ""), name, reader)
        yield Sheet(name, rows, node.get("state", "visible") == "visible", named_cells=True)


def _rows(package: Package, part: str, name: str, reader: "_Cells") -> list[Row]:
    rows, areas, index = list[Row](), list[Area](), 0
    for node in package.trees(part, frozenset({"row", "mergeCell"})):
        if node.tag == "mergeCell" and len(areas) <= MOST_AREAS:
            areas.append(_area(node.get("ref", ""), package.parts[part].filename))
        if node.tag == "mergeCell":
            continue
        index = int(written) if (written := node.get("r", "")).isdecimal() else index + 1
        cells = reader.cells(node)
        if any(tidy(cell.text) or cell.flaw for cell in cells.values()):
            hidden = node.get("hidden", "").lower() in YES
            rows.append(sheet_row(name, index, cells, hidden=hidden))
    check_span(rows, name)
    where = package.parts[part].filename if part in package.parts else part
    return spread(rows, areas, name, where)


def _area(reference: str, position: str) -> Area:
    try:
        first_column, first_row, last_column, last_row = range_boundaries(reference)
    except (ValueError, TypeError) as error:
        detail = f"no Excel workbook: merged cells {reference[:40]!r}"
        raise FaultError(Reason.BAD_SYNTAX, detail, position) from error
    rows = (first_row or 1, last_row or LAST_ROW)
    columns = (first_column or 1, last_column or LAST_COLUMN)
    return Area(rows[0], columns[0] - 1, rows[1], columns[1] - 1)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Needed to read a cell: shared strings, number formats by style, date system."""

    shared: list[str]
    formats: list[str]
    base_1904: bool

    def cells(self, row: Element) -> dict[int, Cell]:
        """Return the cells of a `<row>` that hold something, by column from 0."""
        cells: dict[int, Cell] = {}
        column = -1
        for node in row:
            if node.tag != "c":
                continue
            reference = node.get("r", "")
            known = REFERENCE.fullmatch(reference) is not None
            column = coordinate_to_tuple(reference)[1] - 1 if known else column + 1
            cell = self._cell(node)
            if cell.text or cell.flaw:
                cells[column] = cell
        return cells

    def _cell(self, node: Element) -> Cell:
        kind = node.get("t", "n")
        if kind == "inlineStr":
            inline = node.find("is")
            return Cell("" if inline is None else _string(inline))
        value = node.findtext("v") or ""
        if node.find("f") is not None and not value and kind != "str":
            return Cell("", None, Flaw.FORMULA)
        if not value:
            return Cell()
        if kind == "s":
            known = value.strip().isdecimal() and int(value) < len(self.shared)
            return Cell(self.shared[int(value)]) if known else Cell(value, None, Flaw.ERROR)
        if kind == "e":
            return Cell(value, None, Flaw.ERROR)
        if kind == "b":
            return Cell("TRUE" if value.strip() in YES else "FALSE")
        if kind in ("str", "d"):
            return Cell(unescape(value))
        style = node.get("s", "0")
        place = int(style) if style.isdecimal() else 0
        number_format = self.formats[place] if place < len(self.formats) else ""
        return number_cell(value, number_format, base_1904=self.base_1904)


def _string(node: Element) -> str:
    """Return the text of a string with its rich parts, without the phonetic ones."""
    parts = []
    for child in node:
        if child.tag == "t":
            parts.append(child.text or "")
        elif child.tag == "r":
            parts.append(child.findtext("t") or "")
    return unescape("".join(parts))


def _formats(package: Package, part: str) -> list[str]:
    """Return the number format of each cell style."""
    own: dict[int, str] = {}
    styles: list[str] = []
    for node in package.trees(part, frozenset({"numFmts", "cellXfs"})):
        for style in node:
            place = _number(style.get("numFmtId", ""))
            if node.tag == "numFmts":
                own[place] = style.get("formatCode", "")
                continue
            day = DAY if place in CHINESE_DATES else ""
            styles.append(own.get(place) or BUILTIN_FORMATS.get(place) or day)
    return styles


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _elements(content: bytes, wanted: frozenset[str]) -> Iterator[Element]:
    """Yield the wanted elements, and take their memory back after each one."""
    inside = 0
    events = ("start", "end")
    for event, node in ElementTree.iterparse(io.BytesIO(content), events=events, forbid_dtd=True):
        if event == "start":
            node.tag = node.tag.rpartition("}")[2]
            for name in [name for name in node.attrib if name.startswith("{")]:
                node.attrib.setdefault(name.rpartition("}")[2], node.attrib.pop(name))
            inside += node.tag in wanted
            continue
        if node.tag in wanted:
            inside -= 1
            yield node
        if not inside:
            node.clear()
