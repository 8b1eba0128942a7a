"""12333 人社服务: Excel drops [O], docs/channels/labour_12333.md."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.archive import open_zip, read_entry
from connectors.formats.reply import COLUMNS, cells
from connectors.formats.spreadsheet import workbook
from connectors.formats.table import Columns, check_formula, is_total
from connectors.formats.tally import Tally
from connectors.values.id_number import is_id_number
from connectors.values.moment import from_excel_serial, parse_moment
from connectors.values.text import tidy
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.base import BEIJING
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import harmless

NEEDED = ("工单号", "受理时间", "诉求内容")
HEADER_WITHIN = 10
MOST_CELLS = 4_000_000
TYPES = {"工资": "labour.wages", "欠薪": "labour.wages", "社保": "labour.insurance"}
KNOWN = frozenset(
    (*NEEDED, "姓名", "身份证号", "联系电话", "事项类别", "单位名称", "地址", "紧急程度")
)
LOST = "身份证号以数值存储，末三位已失真"


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode every visible sheet with our header; positions are rows and columns of it."""
    with open_zip(raw.body, context.limits) as archive:
        _check_merged(archive)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw.body))
    except Exception as error:
        # The library raises whatever the damaged part of a workbook leads it to.
        raise FaultError(Reason.BAD_SYNTAX, f"no Excel workbook: {error}") from error
    tally = Tally(context.limits)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        _check_span(sheet)
    tables = [(sheet, header) for sheet in sheets if (header := _header(sheet)) is not None]
    if not tables:
        detail = f"no sheet has the columns {', '.join(NEEDED)} in its first rows"
        raise FaultError(Reason.MISSING_FIELD, detail)
    for _ in range(len(book.worksheets) - len(tables)):
        tally.skip("sheet without our header")
    for sheet, (row, columns) in tables:
        _decode_sheet(sheet, row, columns, raw.received_at, tally)
    return tally.decoded()


def _check_merged(archive: zipfile.ZipFile) -> None:
    """Raise `FaultError` too_large for merged cells of a whole sheet, which openpyxl would make."""
    for entry in archive.infolist():
        if not entry.filename.endswith(".xml"):
            continue
        content = io.BytesIO(read_entry(archive, entry))
        try:
            for _, node in ElementTree.iterparse(content, forbid_dtd=True):
                if node.tag.endswith("}mergeCell"):
                    size = CellRange(node.get("ref", "")).size
                    if size["rows"] * size["columns"] > MOST_CELLS:
                        detail = f"merged cells {node.get('ref')}: undo the merge"
                        raise FaultError(Reason.TOO_LARGE, detail, entry.filename)
                node.clear()
        except DefusedXmlException as error:
            detail = f"a DTD or an entity: {type(error).__name__}"
            raise FaultError(Reason.FORBIDDEN_CONTENT, detail, entry.filename) from error
        except (ParseError, ValueError, TypeError) as error:
            detail = f"no Excel workbook: {error}"
            raise FaultError(Reason.BAD_SYNTAX, detail, entry.filename) from error


def _check_span(sheet: Worksheet) -> None:
    """Raise `FaultError` too_large where one stray cell makes a sheet of a billion empty ones."""
    rows, columns = sheet.max_row or 0, sheet.max_column or 0
    if rows * columns > MOST_CELLS:
        detail = f"spans {rows} rows and {columns} columns; delete the empty ones and their formats"
        raise FaultError(Reason.TOO_LARGE, detail, sheet.title)


def _header(sheet: Worksheet) -> tuple[int, Columns] | None:
    """Return the last row of the header and its columns; merged cells count for all they cover."""
    merged: dict[tuple[int, int], object] = {}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, min(area.max_row, HEADER_WITHIN) + 1):
            for column in range(area.min_col, area.max_col + 1):
                merged[row, column] = sheet.cell(area.min_row, area.min_col).value
    width = sheet.max_column or 0
    for row in range(1, HEADER_WITHIN + 1):
        cells = [
            merged.get((row, column), sheet.cell(row, column).value)
            for column in range(1, width + 1)
        ]
        if all(name in map(tidy, cells) for name in NEEDED):
            return row, Columns.of(cells, NEEDED, f"row {row}")
    return None


def _decode_sheet(
    sheet: Worksheet, header: int, columns: Columns, now: datetime, tally: Tally
) -> None:
    header_seen = False
    for index, row in enumerate(sheet.iter_rows(min_row=header + 1), start=header + 1):
        values = [cell.value for cell in row]
        if all(value is None or not tidy(value) for value in values):
            continue
        header_seen = True
        if sheet.row_dimensions[index].hidden:
            tally.skip("hidden row")
        elif is_total(values):
            tally.skip("total")
        else:
            position = f"{sheet.title} row {index}"
            with tally.part(position, repr(values).encode()):
                for cell in row:
                    if cell.data_type == "f":
                        check_formula("=", f"{position} cell {cell.coordinate}")
                named = {name: values[place] for name, place in columns.places.items()}
                tally.add(_fact(named, position, now))
    if not header_seen:
        tally.skip("empty sheet")


def _fact(cells: Mapping[str, Any], position: str, now: datetime) -> Fact:
    for name in NEEDED:
        if not tidy(cells[name]):
            raise FaultError(Reason.MISSING_FIELD, f"{name} is needed", f"{position} column {name}")
    kind, unread = _text(cells.get("事项类别")), Unread()
    id_number, lost = _id_number(cells.get("身份证号"))
    native = {name: _text(value) for name, value in cells.items() if name not in KNOWN and value}
    return Fact(
        native_id=_text(cells["工单号"]),
        occurred_at=_moment(cells["受理时间"], f"{position} column 受理时间", now),
        contact=Contact(
            name=_text(cells.get("姓名")), phone=_text(cells.get("联系电话")), id_number=id_number
        ),
        place=PlaceHint(text=_text(cells.get("地址"))),
        category=TYPES.get(kind) or category_named(kind),
        native_category=kind,
        content=_text(cells["诉求内容"]),
        urgency=unread.read("紧急程度", _text(cells.get("紧急程度")), urgency_of, Urgency.ORDINARY),
        object_name=_text(cells.get("单位名称")),
        native=native | unread.native | ({"注意": LOST} if lost else {}),
    )


def _text(value: object) -> str:
    """Return a cell as text; a whole number has no decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(value)


def _id_number(value: object) -> tuple[str, bool]:
    """Return the ID number, and whether a number cell has lost its last digits.

    Excel keeps 15 digits of a number, so that different people would look alike; such a number is
    not used. One that was written in full still has its right check character.
    """
    text = _text(value).upper()
    if isinstance(value, int | float) and not is_id_number(text):
        return "", True
    return text, False


def _moment(value: object, position: str, now: datetime) -> datetime:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=BEIJING).isoformat()
    elif isinstance(value, date):
        value = datetime.combine(value, time(), BEIJING).isoformat()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return from_excel_serial(float(value), position=position, now=now)
    return parse_moment(value, position=position, now=now)


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a return workbook 回单, a row for each reply."""
    rows = [[harmless(reply.feedback.native_id), *cells(reply)] for reply in replies]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    written = workbook("回单", [("工单号", *COLUMNS), *rows])
    return Outgoing(written, kind, ending="xlsx")


CONNECTOR = Connector(Channel.LABOUR_12333, (Transport.FILE,), decode, ReplyForm(Way.FILE, encode))
