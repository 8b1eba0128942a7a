"""Public tracking: the parts that a code shows, those that it never shows, and the rate limit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.publish.normalise import to_unified_event
from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.store.client import Store
from hub.store.reader import StoreAwayError
from hub.tracking.code import ALPHABET, LENGTH, code_of, normal_code
from hub.tracking.http import HEADERS, UNKNOWN, ProgressHttp
from hub.tracking.progress import WAITING, find_progress
from hub.web.problem import answer_problems
from schemas.base import Frozen
from schemas.cases.case import Move
from schemas.deliberation.topic import Step as DeliberationStep
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Contact, Fact, Kind, PlaceHint
from schemas.reports.raw import RawMessage, Transport, receipt_of_delivery
from schemas.topic import CASES, DELIBERATIONS, DISPOSITIONS, EVENTS, FEEDBACK, Topic
from streams.case.notices import feedback_for
from streams.case.state import Effects, PartitionState
from streams.steps.command import step as step_command
from streams.steps.event import step as step_event
from tests.builders.commands import command
from tests.builders.town import NOON, REGISTER
from tests.hub.deliberations.built import DETAILS, advanced

SEALER = Sealer(b"k" * 32)
NAME, OTHER, PHONE = "张建国", "欧阳锋", "13871550001"
ANSWER = f"已与{NAME}（{PHONE}）和{OTHER}联系，路灯已修好"


def reported(native_id: str, name: str, **more: Any) -> UnifiedEvent:
    """Return the event of a report by the named person."""
    raw = RawMessage(
        receipt_id=receipt_of_delivery("hotline_12345", native_id),
        channel="hotline_12345",
        transport=Transport.HTTP,
        received_at=NOON,
        body=b"",
    )
    fields = {
        "native_id": native_id,
        "occurred_at": NOON,
        "contact": Contact(name=name, phone=PHONE),
        "place": PlaceHint(text="幸福小区", grid_code="G1"),
        "title": "路灯不亮",
        "content": "幸福小区门口的路灯不亮三天了",
    }
    return to_unified_event(
        raw, Fact.model_validate(fields | more), REGISTER, SEALER, lambda *_: None
    )


def store_bodies(store: Store, topic: Topic, bodies: list[Frozen]) -> None:
    """Store the bodies of a topic as the sink does."""
    for table in (table for table in TABLES if table.topic == topic.name):
        rows = [table.row_of(body.model_dump_json().encode()) for body in bodies]
        if rows:
            store.insert(table.name, list(rows[0]), [list(row.values()) for row in rows])


def store_effects(store: Store, state: PartitionState, effects: Effects) -> None:
    """Store the entries of a step, and the feedback about them."""
    state.apply(effects)
    store_bodies(store, CASES, list(effects.case_events))
    store_bodies(store, FEEDBACK, list(feedback_for(effects.case_events, REGISTER)))


def disposed(store: Store, event: UnifiedEvent) -> None:
    """Store the disposition of the first report of a case."""
    effects = step_event(PartitionState(), event, REGISTER)
    assert effects.disposition is not None
    store_bodies(store, DISPOSITIONS, [effects.disposition])


def store_settled(store: Store, *events: UnifiedEvent) -> PartitionState:
    """Store reports, settle their cases, and return the state of the worker."""
    state = PartitionState()
    store_bodies(store, EVENTS, list(events))
    for event in events:
        store_effects(store, state, step_event(state, event, REGISTER))
    for case_id in list(state.cases):
        for move in (Move.ACCEPT, Move.RESOLVE):
            order = command(state.cases[case_id], move, reason=ANSWER)
            store_effects(store, state, step_command(state, order, REGISTER, NOON))
    return state


def test_each_report_has_its_code_which_can_be_read_aloud() -> None:
    """A report always has the same code; letters that look like digits are read as digits."""
    code = code_of(SEALER, "hotline_12345", "W1")
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert code == code_of(SEALER, "hotline_12345", "W1")
    assert code != code_of(SEALER, "wechat_official", "W1")
    assert code != code_of(Sealer(b"q" * 32), "hotline_12345", "W1")
    assert normal_code(f" {code[:4]}-{code[4:].lower()} ") == code
    assert normal_code("oil0 0000 0000 0000") == "0110000000000000"
    assert not normal_code(code[:-1])
    assert not normal_code("U" * LENGTH)


def test_reports_wishes_and_service_items_have_a_code() -> None:
    """Reports, wishes and service items have a code; follow-ups, visits and all others none."""
    codes = {kind: reported("W1", NAME, kind=kind).tracking for kind in Kind}
    assert {kind for kind, code in codes.items() if code} == {
        Kind.REPORT,
        Kind.WISH,
        Kind.SERVICE_STAGE,
    }


def test_every_step_is_shown_and_no_person(store: Store) -> None:
    """Names and numbers of all reporters are masked, also in the text of a unit."""
    mine, others = reported("W1", NAME), reported("W2", OTHER)
    store_settled(store, mine, others)
    progress = find_progress(store.named, SEALER, mine.tracking)
    assert progress is not None
    assert [step.status for step in progress.steps] == ["已受理", "已派单", "办理中", "已办结"]
    assert (progress.status, progress.unit, progress.category) == ("已办结", "城管所", "路灯")
    assert progress.due_at is None
    assert "张**（138****0001）和欧**" in progress.steps[-1].text
    body = progress.model_dump_json()
    secrets = (NAME, OTHER, PHONE, mine.content, mine.reporter.key, str(mine.event_id))
    assert not [secret for secret in secrets if secret in body]


def on_agenda(store: Store, state: PartitionState) -> str:
    """Put the cases on the agenda, up to a decision; return the code of the deliberation."""
    details = DETAILS.model_copy(update={"cases": tuple(state.cases)})
    records = advanced(DeliberationStep.DECISION, details)
    store_bodies(store, DELIBERATIONS, list(records))
    return records[0].code


def test_a_report_whose_case_is_on_the_agenda_says_so(store: Store) -> None:
    """Step, day of the meeting and result, with the way to the public page."""
    event = reported("1", NAME)
    code = on_agenda(store, store_settled(store, event))
    disposed(store, event)
    progress = find_progress(store.named, SEALER, event.tracking)
    assert progress is not None
    (item,) = progress.agenda
    assert (item.code, item.step, item.result) == (code, "决定", "通过")
    assert item.meeting_on is not None

    async def talk(client: Any, _: CountingReader) -> None:
        page = await (await client.get(f"/t/{event.tracking}")).text()
        assert "已列入议事" in page
        assert f"/d/{code}" in page

    served(store, talk)


def test_a_confidential_report_says_nothing_of_an_agenda(store: Store) -> None:
    """Its case may have become confidential after it was put on the agenda."""
    event = reported("1", NAME, confidential=True)
    on_agenda(store, store_settled(store, event))
    disposed(store, event)
    progress = find_progress(store.named, SEALER, event.tracking)
    assert progress is not None
    assert progress.agenda == ()


def test_a_confidential_report_shows_its_status_only(store: Store) -> None:
    """A confidential 保密 report shows its status, but no category, unit or answer."""
    mine = reported("W3", NAME, confidential=True)
    store_settled(store, mine)
    progress = find_progress(store.named, SEALER, mine.tracking)
    assert progress is not None
    assert progress.status == "已办结"
    assert (progress.unit, progress.category) == ("", "")
    assert {step.text for step in progress.steps} == {""}


def test_a_text_that_cannot_be_masked_is_not_shown(store: Store) -> None:
    """If the names cannot be decrypted, the steps are shown without their text."""
    mine = reported("W4", NAME)
    store_settled(store, mine)
    progress = find_progress(store.named, Sealer(b"q" * 32), mine.tracking)
    assert progress is not None
    assert progress.status == "已办结"
    assert {step.text for step in progress.steps} == {""}


def test_a_report_without_a_disposition_is_received(store: Store) -> None:
    """A report that is stored but not processed yet has the status 已收到."""
    mine = reported("W5", NAME)
    store_bodies(store, EVENTS, [mine])
    progress = find_progress(store.named, SEALER, mine.tracking)
    assert progress is not None
    assert (progress.status, progress.steps) == (WAITING, ())


class CountingReader:
    """A store reader that counts its queries, and that a test can make unavailable."""

    def __init__(self, store: Store) -> None:
        self.store, self.count, self.away = store, 0, False

    def rows(self, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Count a query and return its rows."""
        self.count += 1
        if self.away:
            raise StoreAwayError("the store at secret-host does not answer")
        return self.store.named(sql, parameters)


Talk = Callable[[TestClient[web.Request, web.Application], CountingReader], Awaitable[None]]


def served(store: Store, talk: Talk, **settings: Any) -> None:
    """Serve public tracking, and run a test."""

    async def scenario() -> None:
        reader = CountingReader(store)
        app = web.Application(middlewares=[answer_problems])
        ProgressHttp(Settings(**settings), reader, SEALER).add_to(app)  # type: ignore[arg-type]
        async with TestClient(TestServer(app)) as client:
            await talk(client, reader)

    asyncio.run(scenario())


def test_page_and_api_show_the_same(store: Store) -> None:
    """The page has the text of every step, no script, and headers against caches and indexes."""
    mine = reported("W6", NAME)
    store_settled(store, mine)

    async def talk(client: Any, _: CountingReader) -> None:
        answer = await client.get(f"/v1/progress/{mine.tracking.lower()}")
        body = await answer.json()
        assert answer.status == 200
        page = await client.get(f"/t/{mine.tracking}")
        text = await page.text()
        assert page.content_type == "text/html"
        assert "<script" not in text
        assert " ".join(mine.tracking[at : at + 4] for at in range(0, LENGTH, 4)) in text
        for step in body["steps"]:
            assert step["text"] in text
        assert NAME not in text
        for name, value in HEADERS.items():
            assert page.headers[name] == answer.headers[name] == value
        form = await client.get("/t", params={"code": f"{mine.tracking[:8]} {mine.tracking[8:]}"})
        assert str(form.url).endswith(f"/t/{mine.tracking}")
        assert "已办结" in await form.text()

    served(store, talk)


def test_an_unknown_code_looks_like_an_invalid_one(store: Store) -> None:
    """A valid code without a report and a text that is no code get the same page."""

    async def talk(client: Any, reader: CountingReader) -> None:
        for code in ("0" * LENGTH, "nonsense", "<script>"):
            page = await client.get(f"/t/{code}")
            assert page.status == 404
            assert UNKNOWN in await page.text()
            answer = await client.get(f"/v1/progress/{code}")
            assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
        assert reader.count == 2

    served(store, talk)


def test_requests_are_limited_by_address(store: Store) -> None:
    """An address at its limit gets 429 with `Retry-After`; another address is not affected."""

    async def talk(client: Any, reader: CountingReader) -> None:
        sent = {"X-Forwarded-For": "198.51.100.7"}
        for expected in (404, 404, 429):
            answer = await client.get(f"/v1/progress/{'0' * LENGTH}", headers=sent)
            assert answer.status == expected
        assert (await answer.json())["code"] == "too_often"
        assert 1 <= int(answer.headers["Retry-After"]) <= 3601
        page = await client.get(f"/t/{'0' * LENGTH}", headers=sent)
        assert (page.status, page.headers["Retry-After"] >= "1") == (429, True)
        assert reader.count == 2
        other = await client.get(
            f"/v1/progress/{'0' * LENGTH}", headers={"X-Forwarded-For": "198.51.100.8"}
        )
        assert other.status == 404

    served(store, talk, tracking_limit="2/hour", proxies=1)


def test_an_error_of_the_store_does_not_reveal_its_address(store: Store) -> None:
    """If the store is down, the public gets 503 with `Retry-After` and no internal detail."""

    async def talk(client: Any, reader: CountingReader) -> None:
        reader.away = True
        for path in (f"/t/{'0' * LENGTH}", f"/v1/progress/{'0' * LENGTH}"):
            answer = await client.get(path)
            assert answer.status == 503
            assert "Retry-After" in answer.headers
            assert "secret-host" not in await answer.text()

    served(store, talk)
