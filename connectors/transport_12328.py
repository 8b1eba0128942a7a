"""12328 交通运输服务: CSV drops, GB18030 or UTF-8 [O], docs/channels/transport_12328.md."""

import csv
import io
from collections.abc import Iterator, Sequence
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
from connectors.formats.inflate import charset_of
from connectors.formats.reply import COLUMNS, cells
from connectors.formats.table import Columns, check_formula, is_total
from connectors.formats.tally import Tally
from connectors.values.moment import parse_moment
from connectors.values.text import decode_text, tidy
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import harmless

NEEDED = ("工单编号", "来电时间", "诉求内容")
TYPES = {"公交服务": "transport.bus", "出租汽车": "transport.taxi", "公路": "transport.road"}
KNOWN = frozenset(
    (*NEEDED, "来电人", "联系电话", "线路/车牌", "事项类别", "地点", "紧急程度", "修订号")
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode the header and then row by row; positions are lines of the file."""
    text = decode_text(raw.body, declared=charset_of(raw.content_type))
    columns: Columns | None = None
    tally = Tally(context.limits)
    for line, row, part in _rows(text):
        if columns is None:
            columns = Columns.of(row, NEEDED, f"line {line}")
        elif is_total(row):
            tally.skip("total")
        else:
            with tally.part(f"line {line}", part):
                tally.add(_fact(columns, row, line, raw.received_at))
    if columns is None:
        raise FaultError(Reason.NO_CONTENT, "no header line")
    if tally.empty:
        tally.skip("empty table")
    return tally.decoded()


def _rows(text: str) -> Iterator[tuple[int, list[str], bytes]]:
    """Yield first line, cells and bytes (UTF-8) of each row that is not blank."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, strict=True)
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"line {before + 1}"
            raise FaultError(Reason.BAD_SYNTAX, f"no CSV: {error}", where) from error
        first, before = before + 1, reader.line_num
        if any(cell.strip() for cell in row):
            yield first, row, "".join(lines[first - 1 : before]).encode()


def _fact(columns: Columns, row: Sequence[str], line: int, now: datetime) -> Fact:
    if len(row) != columns.width:
        detail = f"{len(row)} cells under {columns.width} columns"
        raise FaultError(Reason.BAD_SYNTAX, detail, f"line {line}")
    position = f"line {line}"
    cells = {name: tidy(row[index]) for name, index in columns.places.items()}
    for name, cell in cells.items():
        check_formula(cell, f"{position} column {name}")
    for name in NEEDED:
        if not cells[name]:
            raise FaultError(Reason.MISSING_FIELD, f"{name} is needed", f"{position} column {name}")
    kind, unread = cells.get("事项类别", ""), Unread()
    return Fact(
        native_id=cells["工单编号"],
        revision=cells.get("修订号") or "0",
        occurred_at=parse_moment(
            cells["来电时间"], position=f"{position} column 来电时间", now=now
        ),
        contact=Contact(name=cells.get("来电人", ""), phone=cells.get("联系电话", "")),
        place=PlaceHint(text=cells.get("地点", "")),
        category=TYPES.get(kind) or category_named(kind),
        native_category=kind,
        content=cells["诉求内容"],
        urgency=unread.read("紧急程度", cells.get("紧急程度", ""), urgency_of, Urgency.ORDINARY),
        object_name=cells.get("线路/车牌", ""),
        native={
            **{name: cell for name, cell in cells.items() if name not in KNOWN and cell},
            **unread.native,
        },
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
