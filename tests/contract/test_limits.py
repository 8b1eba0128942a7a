"""Small messages that unpack to large content are refused at once."""

import io
import json
import zipfile
from uuid import UUID

import openpyxl
import pytest

from connectors.contract import DecodeContext, Limits
from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from tests.contract.samples import RECEIVED_AT

FEW = DecodeContext(limits=Limits(entries=10))
HEADER = ["工单号", "受理时间", "诉求内容"]


def decode(channel: Channel, body: bytes, context: DecodeContext, content_type: str) -> Decoded:
    """Decode a message received now."""
    raw = RawMessage(
        receipt_id=UUID(int=1),
        channel=channel,
        transport=Transport.HTTP,
        received_at=RECEIVED_AT,
        content_type=content_type,
        body=body,
    )
    return load_connectors()[channel].decode_batch([raw], context)[0]


MANY = {
    Channel.HOTLINE_12345: json.dumps({"orders": [1] * 11}),
    Channel.URBAN_12319: json.dumps({"tasks": [1] * 11}),
    Channel.LEADER_BOARD: json.dumps({"posts": [1] * 11}),
    Channel.SERVICE_ITEMS: json.dumps({"items": [1] * 11}),
    Channel.POLICE_110: json.dumps([1] * 11),
    Channel.GOVERNANCE_PLATFORM: json.dumps([1] * 11),
    Channel.CONSUMER_12315: f"<Package>{'<Case/>' * 11}</Package>",
    Channel.GRID_PATROL: "1\n" * 11,
    Channel.TRANSPORT_12328: "工单编号,来电时间,诉求内容\n" + "1,2,3\n" * 11,
}


@pytest.mark.parametrize("channel", MANY)
def test_a_message_of_too_many_parts_is_a_single_fault(channel: Channel) -> None:
    """A body of small bad parts does not become a flood of rejected records."""
    kind = "application/cloudevents-batch+json" if channel is Channel.GOVERNANCE_PLATFORM else ""
    got = decode(channel, MANY[channel].encode(), FEW, kind)
    assert [fault.reason for fault in got.faults] == [Reason.TOO_LARGE]
    assert got.facts == ()


def test_a_petition_archive_counts_petitions_over_all_files() -> None:
    """Each file within the limit, all together over it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.xml", f"<Petitions>{'<Petition/>' * 4}</Petitions>")
    got = decode(Channel.PETITION_LETTERS, content.getvalue(), FEW, "")
    assert Reason.TOO_LARGE in {fault.reason for fault in got.faults}
    assert len(got.faults) < 12


def workbook(**cells: str) -> bytes:
    """Return an Excel file with our header and some cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER)
    for name, value in cells.items():
        sheet[name] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_stray_cell_does_not_make_a_billion() -> None:
    """A sheet that spans all that Excel can hold is refused with what to do about it."""
    got = decode(Channel.LABOUR_12333, workbook(XFD1048576="x"), DecodeContext(), "")
    assert [fault.reason for fault in got.faults] == [Reason.TOO_LARGE]
    assert "delete the empty ones" in got.faults[0].detail


def test_a_merged_area_of_a_whole_sheet_is_refused() -> None:
    """`A2:XFD1048576` is a few bytes in the file and sixteen billion cells in memory."""
    body = workbook()
    patched = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(patched, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                merge = b'<mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
                content = content.replace(b"</sheetData>", b"</sheetData>" + merge)
            new.writestr(entry, content)
    got = decode(Channel.LABOUR_12333, patched.getvalue(), DecodeContext(), "")
    assert [fault.reason for fault in got.faults] == [Reason.TOO_LARGE]
    assert got.faults[0].position == "xl/worksheets/sheet1.xml"
