"""12328 交通运输服务: CSV drops, GB18030 or UTF-8, docs/channels/transport_12328.md."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from connectors.contract import (
    Connector,
    DecodeContext,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.reply import COLUMNS, cells
from connectors.formats.sheets.table import Record
from connectors.formats.sheets.workbook import decode_table
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.wording import harmless

NEEDED = ("工单编号", "来电时间", "诉求内容")
TYPES = {"公交服务": "transport.bus", "出租汽车": "transport.taxi", "公路": "transport.road"}
KNOWN = frozenset(
    (*NEEDED, "来电人", "联系电话", "线路/车牌", "事项类别", "地点", "紧急程度", "修订号")
)
PHONE = ("联系电话",)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode the header and then row by row; positions are lines of the file."""
    return decode_table(raw, context.limits, NEEDED, KNOWN, _fact)


def _fact(record: Record, now: datetime) -> Fact:
    native_id = record.identifier("工单编号")
    occurred_at = record.moment("来电时间", now)
    kind, unread = record.text("事项类别"), Unread()
    return Fact(
        native_id=native_id,
        revision=record.text("修订号") or "0",
        occurred_at=occurred_at,
        contact=Contact(name=record.text("来电人"), phone=record.number("联系电话")),
        place=PlaceHint(text=record.text("地点")),
        category=TYPES.get(kind) or category_named(kind),
        native_category=kind,
        content=record.require("诉求内容"),
        urgency=unread.read("紧急程度", record.text("紧急程度"), urgency_of, Urgency.ORDINARY),
        object_name=record.text("线路/车牌"),
        native=record.native(KNOWN, PHONE) | unread.native,
    )


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a return file 回单 in GB18030, a line for each reply."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("工单编号", *COLUMNS))
    writer.writerows([harmless(r.feedback.native_id), *cells(r)] for r in replies)
    return Outgoing(text.getvalue().encode("gb18030"), "text/csv; charset=GB18030", ending="csv")


CONNECTOR = Connector(
    Channel.TRANSPORT_12328, (Transport.FILE,), decode, ReplyForm(Way.FILE, encode)
)
