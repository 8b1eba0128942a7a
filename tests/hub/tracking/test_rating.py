"""Citizens rate the answer on the tracking page: the form, its way to the case, its limits."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors.contract import Connector
from connectors.registry import load_connectors
from hub.publish.publisher import Publisher
from hub.security.sealing import Sealer
from hub.store.client import Store
from hub.testing import MemoryJournal, MemoryTopics
from hub.tracking.rating import MOST_RATINGS, RATEABLE, RatingRefusedError, read_rating
from hub.web.signature import push_headers
from schemas.cases.case import MOVES, Move, State
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.reports.raw import RATED_ON_PAGE, RawMessage, Transport
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.intake import Intake, with_intake
from tests.builders.town import NOON, REGISTER
from tests.hub.tracking.test_progress import NAME, reported, store_bodies, store_settled

SEALER = Sealer(b"k" * 32)
LONG_AGO = 100_000
"""Days within which the answers of the tests may be rated: they are of a fixed day."""
FORM = "application/x-www-form-urlencoded"
HIDDEN = re.compile(r'name="(answer|earlier)" value="([^"]*)"')
FILLED = {"settled": "未解决", "satisfaction": "不满意", "text": "灯还是不亮"}


async def shown(intake: Intake, code: str) -> dict[str, str]:
    """Return the hidden fields of the form on the page; none if there is no form."""
    page = await intake.client.get(f"/t/{code}")
    assert page.status == 200
    return dict(HIDDEN.findall(await page.text()))


async def rate(intake: Intake, code: str, fields: dict[str, str]) -> Any:
    """Send a form."""
    return await intake.client.post(f"/t/{code}/rating", data=fields, allow_redirects=False)


def published(raw: RawMessage) -> UnifiedEvent:
    """Return the event that the publisher makes of a message."""
    topics = MemoryTopics()
    Publisher(MemoryJournal(), load_connectors(), {}, REGISTER, SEALER, topics).publish([raw])
    (record,) = topics.all(EVENTS)
    return from_record(UnifiedEvent, record.value)


def test_a_rating_reaches_the_case(store: Store, tmp_path: Path) -> None:
    """It is journalled, published as an evaluation of the channel, and reopens the case."""
    mine = reported("W1", NAME)
    state = store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        page = await (await intake.client.get(f"/t/{mine.tracking}")).text()
        assert "评价这次答复" in page
        assert "<script" not in page
        answer = await rate(intake, mine.tracking, {**FILLED, **await shown(intake, mine.tracking)})
        assert answer.status == 303
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        thanks = await intake.client.get(answer.headers["Location"])
        assert "评价已经收到" in await thanks.text()
        (raw,) = intake.kept
        assert (raw.channel, raw.transport) == ("hotline_12345", Transport.HTTP)
        event = published(raw)
        assert (event.kind, event.native_id) == (Kind.EVALUATION, "W1")
        assert event.content == "灯还是不亮"
        assert event.evaluation is not None
        assert (event.evaluation.settled, event.evaluation.satisfied) == (False, False)
        entries = step(state, event, REGISTER).case_events
        assert [entry.move for entry in entries] == [Move.EVALUATE, Move.REOPEN, Move.ASSIGN]

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


def test_a_form_that_is_sent_twice_is_one_rating(store: Store, tmp_path: Path) -> None:
    """Two messages, one fact; another opinion is another fact."""
    mine = reported("W1", NAME)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        fields = {**FILLED, **await shown(intake, mine.tracking)}
        for sent in (fields, fields, {**fields, "satisfaction": "基本满意"}):
            assert (await rate(intake, mine.tracking, sent)).status == 303
        ids = [published(raw).event_id for raw in intake.kept]
        assert ids[0] == ids[1] != ids[2]

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


def test_a_citizen_changes_his_mind(store: Store, tmp_path: Path) -> None:
    """After 满意 the page asks again, and 不满意 counts; the same opinion again is another fact."""
    mine = reported("W1", NAME)
    state = store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        opinions = ("已解决", "未解决")
        for earlier, settled in enumerate(opinions):
            fields = await shown(intake, mine.tracking)
            assert fields["earlier"] == str(earlier)
            await rate(intake, mine.tracking, {**FILLED, **fields, "settled": settled})
            event = published(intake.kept[-1])
            store_bodies(store, EVENTS, [event])
            state.apply(step(state, event, REGISTER))
        case = state.case_of("hotline_12345", "W1")
        assert case is not None
        assert case.reopenings == 1

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


def test_one_answer_is_rated_five_times_at_most(store: Store, tmp_path: Path) -> None:
    """The sixth rating is refused with the reason, and is not journalled."""
    mine = reported("W1", NAME)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        for number in range(MOST_RATINGS + 1):
            fields = {**FILLED, **await shown(intake, mine.tracking), "text": str(number)}
            answer = await rate(intake, mine.tracking, fields)
            if number < MOST_RATINGS:
                store_bodies(store, EVENTS, [published(intake.kept[-1])])
        assert answer.status == 409
        assert "不能再改" in await answer.text()
        assert len(intake.kept) == MOST_RATINGS

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"settled": ""}, "请选择问题是否已解决"),
        ({"settled": "<b>已解决"}, "请选择问题是否已解决"),
        ({"satisfaction": "非常非常满意"}, "请选择满意"),
        ({"text": "长" * 201}, "最多200个字"),
        ({"answer": "another"}, "已有更新"),
        ({"answer": ""}, "已有更新"),
        ({"text": "长" * 20_000}, "提交的内容有误"),
    ],
)
def test_a_refused_form_says_why(
    store: Store, tmp_path: Path, changed: dict[str, str], problem: str
) -> None:
    """The page comes back with the reason and the form; nothing is journalled."""
    mine = reported("W1", NAME)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        fields = {**FILLED, **await shown(intake, mine.tracking), **changed}
        answer = await rate(intake, mine.tracking, fields)
        assert answer.status == 409
        text = await answer.text()
        assert problem in text
        assert "评价这次答复" in text
        assert intake.kept == []

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


def test_a_late_rating_is_refused(store: Store, tmp_path: Path) -> None:
    """Some days after the answer the page does not ask any more, and takes nothing."""
    mine = reported("W1", NAME)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert await shown(intake, mine.tracking) == {}
        answer = await rate(intake, mine.tracking, {**FILLED, "answer": "x", "earlier": "0"})
        assert answer.status == 409
        assert "现在没有可以评价的答复" in await answer.text()
        assert intake.kept == []

    with_intake(tmp_path, talk, citizen_rating_days=7)


def test_a_report_without_an_answer_is_not_rated(store: Store, tmp_path: Path) -> None:
    """Neither a report that is being handled, nor a code that nobody has."""
    mine = reported("W1", NAME)
    state = PartitionState()
    store_bodies(store, EVENTS, [mine])
    state.apply(step(state, mine, REGISTER))

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        assert await shown(intake, mine.tracking) == {}
        assert (await rate(intake, mine.tracking, FILLED)).status == 409
        assert (await rate(intake, "0" * 16, FILLED)).status == 404
        assert intake.kept == []

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


def test_ratings_are_limited_by_code(store: Store, tmp_path: Path) -> None:
    """Whoever has a code cannot fill the journal with it."""
    mine = reported("W1", NAME)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        fields = {**FILLED, **await shown(intake, mine.tracking)}
        statuses = [(await rate(intake, mine.tracking, fields)).status for _ in range(4)]
        assert statuses == [303, 303, 429, 429]
        assert len(intake.kept) == 2

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO, citizen_rating_limit="2/day")


def test_no_sender_marks_a_message_as_a_rating(tmp_path: Path) -> None:
    """The header of a push is not kept; that of a Kafka topic has no effect."""

    async def talk(intake: Intake) -> None:
        body = b'{"workOrderNo": "1"}'
        secret = intake.credentials.value("hotline_12345", "secret")
        headers = {**push_headers(secret, body), RATED_ON_PAGE: "1"}
        sent = await intake.client.post("/v1/intake/hotline_12345", data=body, headers=headers)
        assert sent.status == 202
        (raw,) = intake.kept
        assert RATED_ON_PAGE.lower() not in {name.lower() for name in raw.headers}
        headers = {RATED_ON_PAGE: "1"}
        by_topic = raw.model_copy(update={"transport": Transport.KAFKA, "headers": headers})
        topics = MemoryTopics()
        publisher = Publisher(MemoryJournal(), load_connectors(), {}, REGISTER, SEALER, topics)
        publisher.publish([by_topic])
        assert list(topics.all(EVENTS)) == []

    with_intake(tmp_path, talk)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("灯还是不亮\r\n\r\n请再来", "灯还是不亮 请再来"),
        ("  好的\u3000谢谢\t ", "好的 谢谢"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("👨\u200d👩\u200d👧好", "👨\u200d👩\u200d👧好"),
        ("好\x00\u200b的", "好的"),
        ("", ""),
    ],
)
def test_the_words_become_one_line(text: str, kept: str) -> None:
    """Line breaks and wide blanks become one blank; joined emoji stay."""
    body = "&".join(f"{name}={quote(value)}" for name, value in {**FILLED, "text": text}.items())
    assert read_rating(body.encode(), FORM).words == kept


def test_a_form_of_an_old_browser_is_read() -> None:
    """Some browsers inside other apps send GBK."""
    body = "&".join(f"{name}={quote(value.encode('gbk'))}" for name, value in FILLED.items())
    rating = read_rating(body.encode(), FORM)
    assert (rating.settled, rating.grade, rating.words) == tuple(FILLED.values())


def test_a_body_that_is_no_form_is_refused() -> None:
    """It has no answers."""
    with pytest.raises(RatingRefusedError, match="请选择"):
        read_rating(b"\x00\x01", FORM)


def test_the_words_of_a_confidential_report_stay_confidential(store: Store, tmp_path: Path) -> None:
    """The event of the rating is marked as its report is; numbers in it are masked."""
    mine = reported("W1", NAME, confidential=True)
    store_settled(store, mine)

    async def talk(intake: Intake) -> None:
        intake.reads(store.named)
        fields = {**FILLED, **await shown(intake, mine.tracking), "text": "请打13871550001"}
        assert (await rate(intake, mine.tracking, fields)).status == 303
        event = published(intake.kept[0])
        assert event.confidential
        assert "13871550001" not in event.model_dump_json()

    with_intake(tmp_path, talk, citizen_rating_days=LONG_AGO)


@pytest.mark.parametrize("connector", load_connectors().values(), ids=lambda c: str(c.channel))
def test_a_rating_is_read_for_every_channel(connector: Connector) -> None:
    """Whatever form a channel sends itself, the rating of the page has one form."""
    body = '{"id":"N1","revision":"rating-1","confidential":false,"settled":"已解决",'
    body += '"satisfaction":"满意","text":""}'
    raw = RawMessage(
        receipt_id="6c7a6f4e-58a5-4c0e-8a3e-0a0a64f4f001",
        channel=connector.channel,
        transport=Transport.HTTP,
        received_at=NOON,
        headers={RATED_ON_PAGE: "1"},
        body=body.encode(),
    )
    event = published(raw)
    assert (event.channel, event.native_id, event.kind) == (
        connector.channel,
        "N1",
        Kind.EVALUATION,
    )
    assert event.evaluation is not None
    assert event.evaluation.settled


def test_a_case_that_is_settled_may_be_rated_until_it_is_closed() -> None:
    """The states in which an evaluation counts are those of the page."""
    assert set(RATEABLE) == {str(state) for state in MOVES[Move.EVALUATE]}
    assert State.CLOSED not in MOVES[Move.EVALUATE]
