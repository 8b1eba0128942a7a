"""Every JSON channel accepts a report with a bad optional value."""

import json
from typing import Any
from uuid import UUID

import pytest

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from tests.contract.samples import RECEIVED_AT

AT = "2026-03-01 08:00:00"
DISPUTE = {"specversion": "1.0", "id": "e1", "source": "/zz", "type": "cn.zongzhi.dispute.reported"}
MINIMAL: dict[Channel, dict[str, Any]] = {
    Channel.HOTLINE_12345: {"workOrderNo": "K-1", "callTime": AT, "content": "太吵"},
    Channel.URBAN_12319: {
        "taskNum": "K-1",
        "eventType": "事件",
        "mainTypeCode": "01",
        "subTypeCode": "02",
        "recDesc": "垃圾",
        "createTime": AT,
    },
    Channel.ENVIRONMENT_12369: {"complaint_no": "K-1", "report_time": AT, "content": "废气"},
    Channel.POLICE_110: {"jqbh": "K-1", "bjsj": AT, "bjnr": "停水"},
    Channel.GRID_PATROL: {"id": "K-1", "type": "report", "workerId": "W", "at": AT, "text": "灯"},
    Channel.GOVERNANCE_PLATFORM: {"disputeNo": "K-1", "occurredAt": AT, "description": "漏水"},
}


def decode(channel: Channel, **fields: Any) -> Fact:
    """Return the only fact of a minimal message with some fields more."""
    message: Any = MINIMAL[channel] | fields
    if channel is Channel.GOVERNANCE_PLATFORM:
        message = {**DISPUTE, "data": message}
    raw = RawMessage(
        receipt_id=UUID(int=1),
        channel=channel,
        transport=Transport.HTTP,
        received_at=RECEIVED_AT,
        content_type="application/json",
        body=json.dumps(message, ensure_ascii=False).encode(),
    )
    decoded = load_connectors()[channel].decode_batch([raw], DecodeContext())[0]
    assert decoded.faults == ()
    return decoded.facts[0]


@pytest.mark.parametrize(
    ("channel", "fields"),
    [
        (Channel.HOTLINE_12345, {"urgency": "P0"}),
        (Channel.HOTLINE_12345, {"urgency": 1}),
        (Channel.HOTLINE_12345, {"lng": "东", "lat": "西"}),
        (Channel.HOTLINE_12345, {"callType": "骚扰"}),
        (Channel.HOTLINE_12345, {"callType": "回访", "settled": "大概吧"}),
        (Channel.URBAN_12319, {"eventLevel": "A"}),
        (Channel.URBAN_12319, {"coordinateX": 1e9, "coordinateY": 2}),
        (Channel.ENVIRONMENT_12369, {"lng": 114.9, "lat": None}),
        (Channel.POLICE_110, {"jd": "东", "wd": 30.0}),
        (Channel.POLICE_110, {"jjbz": 7}),
        (Channel.GRID_PATROL, {"urgency": "五级"}),
        (Channel.GOVERNANCE_PLATFORM, {"level": "三级"}),
        (Channel.GOVERNANCE_PLATFORM, {"datum": "moon", "lon": 114.9, "lat": 30.0}),
        (Channel.GOVERNANCE_PLATFORM, {"occurredAt": "昨天"}),
    ],
)
def test_the_value_is_kept_with_the_reason(channel: Channel, fields: dict[str, Any]) -> None:
    """`native` has each unreadable field, and `unread` the reason."""
    fact = decode(channel, **fields)
    name = next(name for name in fields if name in fact.native["unread"])
    assert str(fact.native[name]) == str(fields[name])
    assert fact.native["unread"][name]


@pytest.mark.parametrize("blank", ["", " ", None, [], "null", "无", "NaN", "-"])
def test_a_blank_counts_as_missing(blank: Any) -> None:
    """What software writes for a missing value is neither a value nor a fault."""
    fact = decode(Channel.HOTLINE_12345, urgency=blank, lng=blank, lat=blank, secrecy=blank)
    assert (fact.urgency, fact.place.lon, fact.confidential) == (Urgency.ORDINARY, None, False)
    assert "unread" not in fact.native


def test_an_unknown_word_for_secrecy_keeps_the_report_secret() -> None:
    """A caller who may have asked for secrecy gets it."""
    assert decode(Channel.HOTLINE_12345, secrecy="按规定办理").confidential
    assert decode(Channel.HOTLINE_12345, secrecy="要求保密").confidential
    assert not decode(Channel.HOTLINE_12345, secrecy="不需要").confidential


def test_an_unknown_type_of_call_follows_where_it_names_an_order() -> None:
    """Without an original number it is a report."""
    assert decode(Channel.HOTLINE_12345, callType="再催", originalNo="K-0").kind is Kind.FOLLOW_UP
    assert decode(Channel.HOTLINE_12345, callType="再催").kind is Kind.REPORT


LINKS = (Attachment(url="https://a.cn/1.jpg"), Attachment(url="https://a.cn/2,3.jpg"))


@pytest.mark.parametrize(
    "pictures",
    [
        ["https://a.cn/1.jpg", "https://a.cn/2,3.jpg"],
        "https://a.cn/1.jpg,https://a.cn/2,3.jpg",
        "https://a.cn/1.jpg；\nhttps://a.cn/2,3.jpg；",
        '["https://a.cn/1.jpg", "https://a.cn/2,3.jpg"]',
        [{"url": "https://a.cn/1.jpg"}, "https://a.cn/2,3.jpg", 7, None],
    ],
)
def test_links_come_as_an_array_or_as_one_text(pictures: Any) -> None:
    """A comma inside a link does not split it; a member that is not a link goes to native."""
    fact = decode(Channel.URBAN_12319, picUrls=pictures)
    assert fact.attachments == LINKS
    assert fact.native.get("picUrls", []) == ([7] if pictures[2:3] == [7] else [])


def test_file_names_are_split_only_if_each_has_an_ending() -> None:
    """A name with a comma in it is one name."""
    two = decode(Channel.GRID_PATROL, photos="a.jpg、b.png").attachments
    assert [item.name for item in two] == ["a.jpg", "b.png"]
    single = decode(Channel.GRID_PATROL, photos="楼道,二层.jpg").attachments
    assert [item.name for item in single] == ["楼道,二层.jpg"]


@pytest.mark.parametrize(
    "caller",
    [
        {"name": "王小二", "phone": "13800001234"},
        '{"name": "王小二", "phone": 13800001234}',
        "王小二 13800001234",
        "王小二（13800001234）",
    ],
)
def test_a_caller_is_an_object_or_a_text(caller: Any) -> None:
    """Name and number are found in both."""
    contact = decode(Channel.HOTLINE_12345, caller=caller).contact
    assert contact.name == "王小二"
    assert "13800001234" in contact.phone


def test_a_dispute_keeps_more_of_a_party_than_its_contact() -> None:
    """Roles stay a list; a party that is a text is a name."""
    parties = ["王小二", {"role": "申请人", "name": "李四", "age": 40}, 5]
    fact = decode(Channel.GOVERNANCE_PLATFORM, parties=parties)
    assert (fact.contact, fact.others) == (Contact(name="李四"), (Contact(name="王小二"),))
    assert fact.native["parties"] == ["", "申请人"]
    assert fact.native["parties_more"] == [{"age": 40}, 5]


def test_codes_that_lost_their_zero_are_still_codes() -> None:
    """Software that makes numbers of codes sends 1 for 01."""
    fact = decode(Channel.URBAN_12319, mainTypeCode=1, subTypeCode=2.0)
    assert fact.native_category == "0102 暴露垃圾"
