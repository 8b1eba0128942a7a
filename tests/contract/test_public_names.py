"""Fields under the names of public systems, and fields that only `native` keeps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from connectors.values.blank import is_blank
from connectors.values.spellings import respelled, spellings
from schemas.channel import Channel
from schemas.reports.fact import Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from tests.contract.samples import RECEIPT, RECEIVED_AT, load_samples

CONNECTORS = load_connectors()
ORDER = {"workOrderNo": "1", "callTime": "2026-03-02 08:00", "content": "停水"}


def facts_of_sample(channel: Channel, name: str) -> tuple[Fact, ...]:
    """Return the facts of a recorded sample."""
    (sample,) = (each for each in load_samples() if (each.channel, each.name) == (channel, name))
    return CONNECTORS[channel].decode_batch([sample.raw], sample.context)[0].facts


def decode(channel: Channel, body: Any) -> Decoded:
    """Decode a JSON body."""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=channel,
        transport=Transport.HTTP,
        received_at=RECEIVED_AT,
        content_type="application/json",
        body=json.dumps(body).encode(),
    )
    return CONNECTORS[channel].decode_batch([raw], DecodeContext())[0]


def order(**fields: Any) -> Fact:
    """Return the fact of a hotline order."""
    decoded = decode(Channel.HOTLINE_12345, {**ORDER, **fields})
    assert not decoded.faults
    return decoded.facts[0]


def test_a_hotline_export_in_chinese_is_read() -> None:
    """Its columns are fields; both numbers are sealed; how it came and stands is in native."""
    first, second, praise = facts_of_sample(Channel.HOTLINE_12345, "odd_public_names.json")
    assert (first.title, first.place.text) == ("三楼水管漏水", "翠湖家园3栋")
    assert (first.contact.name, first.contact.phone) == ("孙桂兰", "13971550022")
    assert [other.phone for other in first.others] == ["13871550021", "0714-6380001"]
    expected = {
        "appealType": "求助",
        "appealSource": "微信小程序",
        "wantsAnswer": "是",
        "orderStatus": "已派单",
        "transferOpinion": "请育才社区今日核实",
        "主办单位": "水务局",
    }
    assert expected.items() <= dict(first.native).items()
    assert (second.contact.name, second.urgency) == ("周强", Urgency.ENQUIRY)
    assert second.native["expected_deadline"] == "2026-03-04"
    assert (praise.kind, praise.native["callType"]) == (Kind.REPORT, "表扬")


@pytest.mark.parametrize("word", ["咨询", "求助", "投诉", "举报", "建议", "表扬", "投诉举报类"])
def test_a_kind_of_call_is_a_report(word: str) -> None:
    """It is readable in callType and in a field of its own."""
    for name in ("callType", "appealType"):
        fact = order(**{name: word})
        assert fact.kind is Kind.REPORT
        assert fact.native[name] == word
        assert "unread" not in fact.native
        assert (fact.urgency is Urgency.ENQUIRY) == (word == "咨询")
    assert order(callType="咨询", urgency="紧急").urgency is Urgency.URGENT


def test_a_reminder_stays_one() -> None:
    """催办 and 补充 both follow up; which of them it was is in native."""
    assert order(callType="催办", originalNo="0").kind is Kind.FOLLOW_UP
    assert order(callType="补充", originalNo="0").native["callType"] == "补充"


def test_flat_callers_and_objects_are_one_person() -> None:
    """Equal values are kept once; different values are both kept."""
    flat = order(callerName="张三", callerPhone="13800001111", callerIdCard="4202")
    inner = order(caller={"name": "张三", "mobile": "13800001111", "idNumber": "4202"})
    assert flat.contact == inner.contact
    assert flat.others == inner.others == ()
    both = order(caller={"name": "张三", "phone": "13800001111"}, callerName="李四", phone2="119")
    assert both.native["callerName"] == "李四"
    assert [other.phone for other in both.others] == ["119"]


def test_a_list_under_another_name_is_read() -> None:
    """Beside the list stands who sent it; an order of its own is no list."""
    (fact,) = decode(Channel.HOTLINE_12345, {"data": [ORDER], "sender": "市热线"}).facts
    assert fact.native == {"envelope": {"sender": "市热线"}}
    assert order(data=[{"a": 1}]).native == {"data": [{"a": 1}]}


def test_numbers_inside_a_caller_are_sealed() -> None:
    """A second number of a caller's object is a contact like the first; other fields are kept."""
    fact = order(caller={"name": "张三", "phone": "119", "phone2": "120", "gender": "男"})
    assert [other.phone for other in fact.others] == ["120"]
    assert fact.native == {"caller": {"gender": "男"}}


def test_a_page_of_the_public_board_is_read() -> None:
    """Nickname, leader, time and class have their place; answer, grades and state are in native."""
    post, question = facts_of_sample(Channel.LEADER_BOARD, "odd_public_page.json")
    assert (post.contact.name, post.object_name) == ("陈***", "清河县委书记")
    assert (post.native_category, post.urgency) == ("交通", Urgency.ORDINARY)
    assert post.occurred_at.isoformat() == "2026-03-02T08:15:30+08:00"
    assert not post.attachments
    expected = {
        "type": "投诉",
        "stateInfo": "已回复",
        "answerContent": "网友您好，路面将于本月修复。",
        "answerOrganization": "清河县交通运输局",
        "gradeManner": 5,
        "gradeSpeed": 4,
        "attachment": 1,
    }
    assert expected.items() <= dict(post.native).items()
    assert question.urgency is Urgency.ENQUIRY


def test_an_answer_makes_a_new_revision_of_a_post() -> None:
    """It comes into the same post later; a state or a count alone does not."""
    post = {"tid": 1, "subject": "路灯", "content": "不亮", "dateline": 1772410530}

    def revision(**more: Any) -> str:
        page = {"responseData": [{**post, **more}]}
        return decode(Channel.LEADER_BOARD, page).facts[0].revision

    assert revision() == revision(stateInfo="办理中", favNum=9, answerContent=None)
    assert len({revision(), revision(answerContent="已修"), revision(gradeSpeed=5)}) == 3


def test_a_page_inside_an_object_is_read() -> None:
    """Newer clients find the posts in resultData, beside the last item."""
    post = {"tid": 1, "subject": "路灯", "dateline": 1772410530}
    page = {"result": "success", "resultData": {"lastItem": 1, "list": [post]}}
    assert [fact.native_id for fact in decode(Channel.LEADER_BOARD, page).facts] == ["1"]
    empty = {"result": "success", "resultData": {"lastItem": "", "list": []}}
    assert dict(decode(Channel.LEADER_BOARD, empty).skipped) == {"empty page": 1}


def test_a_dispute_has_title_people_and_attachments() -> None:
    """The number of people counts, the time of acceptance stays in native."""
    (fact,) = facts_of_sample(Channel.GOVERNANCE_PLATFORM, "odd_public_names.json")
    assert (fact.title, fact.signatories) == ("邻里排水纠纷", 6)
    assert fact.native["acceptTime"] == "2026-03-02 09:30:00"
    assert [attachment.name for attachment in fact.attachments] == ["排水沟.jpg"]
    assert (fact.contact.name, fact.others[0].phone) == ("王大山", "13871550032")
    assert fact.native["parties"] == ["申请人", "被申请人"]
    assert "男" in json.dumps(dict(fact.native), ensure_ascii=False)


@pytest.mark.parametrize(
    ("count", "people"), [("12人", 12), ("３", 3), (0, 1), ("", 1), ("数十人", 1), (-2, 1)]
)
def test_a_number_of_people_is_read_or_noted(count: Any, people: int) -> None:
    """What is no number stays in native, and the dispute counts as that of one person."""
    data = {"disputeNo": "1", "description": "x", "peopleCount": count}
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "cn.zongzhi.dispute.reported"}
    (fact,) = decode(Channel.GOVERNANCE_PLATFORM, {**event, "data": data}).facts
    assert (fact.signatories, fact.native["peopleCount"]) == (people, count)


def test_a_task_of_the_city_has_part_source_and_condition() -> None:
    """部件标识码, 问题来源 and 立案条件 are in native, metres of CGCS2000 become degrees."""
    part, litter = facts_of_sample(Channel.URBAN_12319, "odd_public_names.json")
    assert (part.native_category, part.urgency) == ("0102 污水井盖", Urgency.URGENT)
    expected = {
        "partCode": "4299990102000123",
        "eventSrcName": "监督员上报",
        "newInstCondName": "井盖缺失或破损",
        "eventType": "部件",
        "districtCode": "429999",
        "envelope": {"senderCode": "qh-city"},
    }
    assert expected.items() <= dict(part.native).items()
    assert part.place.division_code == "429999001001"
    assert part.place.lon == pytest.approx(114.9, abs=0.2)
    (photo,) = part.attachments
    assert (photo.name, photo.url) == ("a.jpg", "https://example.org/a.jpg")
    assert "上报" in json.dumps(part.native["picUrls"], ensure_ascii=False)
    assert (litter.category, litter.native["eventType"]) == ("environment.garbage", "事件类")


NAMES = spellings("workOrderNo: orderNo 工单编号\ntitle: subject")


@pytest.mark.parametrize(
    "name", ["workOrderNo", "WORK_ORDER_NO", "work-order-no", "orderno", "工单编号"]
)
def test_a_name_is_known_in_all_its_spellings(name: str) -> None:
    """Capitals and strokes make no difference."""
    assert respelled({name: "7"}, NAMES) == {"workOrderNo": "7"}


def test_our_own_name_counts_first() -> None:
    """Another one beside it keeps its name; a blank one gives way."""
    sent = {"workOrderNo": "7", "orderNo": "8"}
    assert respelled(sent, NAMES) == sent
    assert respelled({"workOrderNo": "", "orderNo": "8"}, NAMES) == {"workOrderNo": "8"}


FIELDS = ["workOrderNo", "orderNo", "subject", "title", "zz"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text()))
def test_no_value_is_lost_by_a_name(fields: dict[str, str]) -> None:
    """Each value that is not blank is still there afterwards, and no other came in."""
    kept = list(respelled(fields, NAMES).values())
    assert all(is_blank(value) for value in fields.values() if value not in kept)
    assert set(kept) <= set(fields.values())
