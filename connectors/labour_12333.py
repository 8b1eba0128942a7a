"""12333 人社服务: Excel drops, docs/channels/labour_12333.md."""

from collections.abc import Sequence
from datetime import datetime

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.reply import COLUMNS, cells
from connectors.formats.sheets.sheet import EMPTY, INSTEAD
from connectors.formats.sheets.spreadsheet import workbook
from connectors.formats.sheets.table import NOTE, Record
from connectors.formats.sheets.workbook import decode_table, is_workbook
from connectors.values.id_number import is_id_number
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import harmless

NEEDED = ("工单号", "受理时间", "诉求内容")
TYPES = {"工资": "labour.wages", "欠薪": "labour.wages", "社保": "labour.insurance"}
KNOWN = frozenset(
    (*NEEDED, "姓名", "身份证号", "联系电话", "事项类别", "单位名称", "地址", "紧急程度")
)
PHONE = ("联系电话",)
LOST = "身份证号以数值存储，末三位已失真"


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode every visible sheet with our header; positions are rows and columns of it."""
    try:
        return decode_table(raw, context.limits, NEEDED, KNOWN, _fact)
    except FaultError as error:
        if error.fault.reason is Reason.MISSING_FIELD and not is_workbook(raw.body):
            raise FaultError(Reason.BAD_SYNTAX, f"no Excel workbook: {INSTEAD}") from error
        raise


def _fact(record: Record, now: datetime) -> Fact:
    native_id = record.identifier("工单号")
    occurred_at = record.moment("受理时间", now)
    kind, unread = record.text("事项类别"), Unread()
    id_number, lost = _id_number(record)
    native = record.native(KNOWN, PHONE)
    if lost:
        native[NOTE] = "；".join(filter(None, (LOST, native.get(NOTE, ""))))
    return Fact(
        native_id=native_id,
        occurred_at=occurred_at,
        contact=Contact(
            name=record.text("姓名"), phone=record.number("联系电话"), id_number=id_number
        ),
        place=PlaceHint(text=record.text("地址")),
        category=TYPES.get(kind) or category_named(kind),
        native_category=kind,
        content=record.require("诉求内容"),
        urgency=unread.read("紧急程度", record.text("紧急程度"), urgency_of, Urgency.ORDINARY),
        object_name=record.text("单位名称"),
        native=native | unread.native,
    )


def _id_number(record: Record) -> tuple[str, bool]:
    """Return the ID number, and whether a number cell has lost its last digits.

    Excel keeps 15 digits of a number, so different people would have the same number. A cut number
    is not used. A number that was written in full still has its right check character.
    """
    text = record.text("身份证号").upper()
    serial = record.cells.get("身份证号", EMPTY).serial
    if (serial is not None or record.is_cut("身份证号")) and not is_id_number(text):
        return "", True
    return text, False


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a return workbook 回单, a row for each reply."""
    rows = [[harmless(reply.feedback.native_id), *cells(reply)] for reply in replies]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    written = workbook("回单", [("工单号", *COLUMNS), *rows])
    return Outgoing(written, kind, ending="xlsx")


CONNECTOR = Connector(Channel.LABOUR_12333, (Transport.FILE,), decode, ReplyForm(Way.FILE, encode))
