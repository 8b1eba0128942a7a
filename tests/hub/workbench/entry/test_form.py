"""The form of hand entry: what it refuses, and the message that it becomes."""

from datetime import UTC, datetime

import pytest

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.workbench.entry.form import (
    NUMBER,
    draw_number,
    empty_form,
    faults_of,
    message_of,
    read_form,
)
from hub.workbench.entry.places import PlaceChoices
from schemas.channel import Channel
from schemas.reports.fact import Fact, Urgency
from schemas.reports.raw import RawMessage, Transport
from tests.builders.town import NOON, TOWN, VILLAGE
from tests.contract.samples import RECEIPT

PLACES = PlaceChoices(TOWN)
NUMBER_OF_DAY = draw_number(NOON)


def values(**fields: str) -> dict[str, str]:
    """Return the values of a form that can be sent, with these fields."""
    filled = {"text": "楼道灯坏了一周", "name": "王秀兰", "place": "幸福小区3栋"}
    return {**empty_form(NUMBER_OF_DAY), **filled, **fields}


def decoded(body: bytes) -> Fact:
    """Return the fact that the channel's decoder makes of a message."""
    raw = RawMessage(
        receipt_id=RECEIPT,
        channel=Channel.MANUAL_ENTRY,
        transport=Transport.HTTP,
        received_at=datetime.now(UTC),
        content_type="application/json",
        body=body,
    )
    connector = load_connectors()[Channel.MANUAL_ENTRY]
    (result,) = connector.decode_batch([raw], DecodeContext())
    assert not result.faults
    return result.facts[0]


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({}, set()),
        ({"text": ""}, {"text"}),
        ({"text": "字" * 5001}, {"text"}),
        ({"name": ""}, {"name"}),
        ({"name": "", "phone": "13800138000"}, set()),
        ({"name": "", "anonymous": "yes"}, set()),
        ({"phone": "call me"}, {"phone"}),
        ({"people": "许多"}, {"people"}),
        ({"people": "0"}, {"people"}),
        ({"people": "9" * 5000}, {"people"}),
        ({"people": ""}, set()),
        ({"category": "none.such"}, {"category"}),
        ({"urgency": "soon"}, {"urgency"}),
        ({"way": "fax"}, {"way"}),
        ({"entry": "RL-1"}, {"entry"}),
        ({"title": "字" * 201, "object": "字" * 201}, {"title", "object"}),
    ],
)
def test_faults_are_named_by_field(fields: dict[str, str], faulty: set[str]) -> None:
    """A citizen who leaves no name and no phone must be marked as anonymous."""
    assert set(faults_of(values(**fields))) == faulty


def test_a_message_decodes_to_what_was_typed() -> None:
    """The place that was chosen brings its point and codes; the person is in the contact."""
    (choice, *_) = PLACES.find("幸福")
    typed = values(place_key=choice.key, urgency="urgent", confidential="yes", people="3")
    fact = decoded(message_of(typed, PLACES.chosen(choice.key, "幸福小区3栋"), "小周", NOON))
    assert (fact.native_id, fact.content) == (NUMBER_OF_DAY, "楼道灯坏了一周")
    assert (fact.place.grid_code, fact.place.division_code) == ("G1", VILLAGE)
    assert (fact.place.lon, fact.place.lat, fact.place.text) == (114.905, 30.005, "幸福小区3栋")
    assert (fact.contact.name, fact.signatories) == ("王秀兰", 3)
    assert (fact.urgency, fact.confidential) == (Urgency.URGENT, True)
    assert fact.native["enteredBy"] == "小周"
    assert fact.native["way"] == "来电"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("楼道灯坏了一周，老人夜里下楼看不见。", "楼道灯坏了一周"),
        ("您好，我要反映楼道灯的事。催了多次", "您好，我要反映楼道灯的事"),
        ("字" * 50, "字" * 30 + "…"),
        ("灯坏了", "灯坏了"),
    ],
)
def test_a_text_without_a_title_gets_its_first_clause(text: str, title: str) -> None:
    """Lists would show a case without words otherwise; a title that was written stays."""
    assert decoded(message_of(values(text=text), None, "小周", NOON)).title == title
    assert decoded(message_of(values(title="路灯"), None, "小周", NOON)).title == "路灯"


def test_the_member_of_staff_is_the_one_who_is_logged_in() -> None:
    """A form cannot name somebody else."""
    posted = read_form({**values(), "enteredBy": "李镇长", "entered_by": "李镇长"})
    assert decoded(message_of(posted, None, "小周", NOON)).native["enteredBy"] == "小周"


def test_numbers_have_the_day_and_are_drawn() -> None:
    """The day is that of Beijing."""
    late = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    drawn = {draw_number(late) for _ in range(50)}
    assert len(drawn) == 50
    assert all(NUMBER.fullmatch(number) and number.startswith("RL20260302-") for number in drawn)


def test_places_are_matched_by_name_and_pinyin() -> None:
    """Each match says in which township and village it is."""
    for typed in ("幸福", "xfxq", "xingfu"):
        assert PLACES.find(typed)[0].name == "幸福小区"
    assert PLACES.find("幸福")[0].area == "镇社区"
    assert [choice.grid_code for choice in PLACES.find("二网格")] == ["G2"]
    assert PLACES.find("  ") == []
    assert PLACES.find("没有这个地方") == []


def test_a_place_that_was_typed_over_is_not_meant_any_more() -> None:
    """The hidden key of the place that was chosen before does not decide against the text."""
    key = PLACES.find("幸福")[0].key
    assert PLACES.chosen(key, "幸福小区3栋") is not None
    assert PLACES.chosen(key, "人民路12号") is None
    assert PLACES.chosen("x|y|z", "幸福小区") is None
