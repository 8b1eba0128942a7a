"""Delivery of notices: once each, together, not at night, and again after a failure."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller

from hub.notifications.notices import delivery as module
from hub.notifications.notices.delivery import NoticeDelivery, NotSentError, Transport, send_text
from hub.notifications.notices.entries import NoticeEntries
from hub.notifications.notices.notice import Notice, NoticeKind
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import NoticeRules, Receiver, Rule
from hub.notifications.notices.text import Line, Text
from schemas.base import BEIJING
from schemas.cases.case import CaseEvent
from tests.hub.notifications.cases import entries_of
from tests.hub.notifications.receiver import Receiver as Server
from tests.hub.notifications.receiver import running
from tests.integration.parts import free_port

OK = json.dumps({"errcode": 0})
Scene = Callable[[Server, NoticeDelivery, Transport], Awaitable[None]]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[NoticeQueue]:
    """Return an empty queue."""
    queue = NoticeQueue(tmp_path / "notices.db")
    yield queue
    queue.close()


def notice(kind: NoticeKind = NoticeKind.NEW, hours_ago: float = 0) -> Notice:
    """Return a notice about some case."""
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    return Notice(
        notice_id=uuid4(), kind=kind, case_id=uuid4(), at=at, title="路灯不亮", units=("U-T",)
    )


def play(queue: NoticeQueue, scene: Scene, **fields: Any) -> Server:
    """Run a scene with a robot that accepts everything, and the delivery to it."""

    async def run() -> Server:
        async with running() as (server, session):
            server.body = OK
            receiver = Receiver(robot="wecom", url=server.url, **{"gather": 0, **fields})
            delivery = NoticeDelivery("desk", receiver, queue, {"U-T": "城管所"}, "")
            await scene(server, delivery, Transport(session, "", ""))
            return server

    return asyncio.run(run())


def test_what_waits_goes_out_as_one_message_and_once(queue: NoticeQueue) -> None:
    """A hundred notices are one digest; the same notice again is not sent."""
    many = [notice() for _ in range(100)]
    assert queue.put_notices([("desk", item) for item in many]) == 100
    assert queue.put_notices([("desk", many[0])]) == 0

    async def scene(_: Server, delivery: NoticeDelivery, transport: Transport) -> None:
        assert await delivery.step(transport) == 100
        assert await delivery.step(transport) == 0

    server = play(queue, scene)
    assert len(server.requests) == 1
    assert "新派单100件" in server.requests[0].body.decode()


def test_an_error_of_the_platform_keeps_the_notices(
    queue: NoticeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They go out with the next attempt; very old ones are given up."""
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0)
    queue.put_notices([("desk", notice()), ("desk", notice(hours_ago=100))])

    async def scene(server: Server, delivery: NoticeDelivery, transport: Transport) -> None:
        busy = json.dumps({"errcode": 45009, "errmsg": "api freq out of limit"})
        server.answers = [web.Response(text=busy), web.Response(status=502)]
        assert [await delivery.step(transport) for _ in range(3)] == [0, 0, 1]

    assert len(play(queue, scene).requests) == 3
    assert queue.waiting() == {}


def test_notices_are_gathered_and_urgent_ones_take_the_others_along(queue: NoticeQueue) -> None:
    """For some minutes nothing is sent, unless something cannot wait."""
    queue.put_notices([("desk", notice())])

    async def scene(_: Server, delivery: NoticeDelivery, transport: Transport) -> None:
        assert await delivery.step(transport) == 0
        queue.put_notices([("desk", notice(NoticeKind.URGENT))])
        assert await delivery.step(transport) == 2

    play(queue, scene, gather=30)


@pytest.mark.parametrize(
    ("span", "quiet", "loud"),
    [("20:00-07:30", (20, 23, 0, 7), (8, 12, 19)), ("12:00-14:00", (12, 13), (11, 14, 0))],
)
def test_quiet_hours_may_span_midnight(
    span: str, quiet: tuple[int, ...], loud: tuple[int, ...]
) -> None:
    """They are those of Beijing; what cannot wait is sent all the same."""
    receiver = Receiver(mail=("a@x.example",), quiet=span, gather=0)

    def at(hour: int) -> datetime:
        return datetime(2026, 3, 2, hour, tzinfo=BEIJING)

    assert [receiver.is_quiet(at(hour)) for hour in quiet] == [True] * len(quiet)
    assert [receiver.is_quiet(at(hour)) for hour in loud] == [False] * len(loud)
    assert not receiver.is_time([notice()], 0.0, at(quiet[0]))
    assert receiver.is_time([notice(NoticeKind.UP)], 0.0, at(quiet[0]))
    assert receiver.is_time([notice()], 0.0, at(loud[0]))


def taken(queue: NoticeQueue, entries: list[CaseEvent], *rules: Rule) -> int:
    """Queue the notices of entries whose time is moved to now; return how many are new."""
    receivers = {rule.to: Receiver(robot="wecom", url="https://x.example") for rule in rules}
    known = NoticeRules(receivers=receivers, rules=rules)
    now = datetime.now(UTC)
    moved = [entry.model_copy(update={"at": now}) for entry in entries]
    return NoticeEntries(queue, lambda: known).take(moved)


def test_rules_choose_by_kind_unit_and_area(queue: NoticeQueue) -> None:
    """A receiver of two rules gets a notice once; entries that are read twice bring none."""
    every = (NoticeKind.NEW, NoticeKind.RETURNED)
    rules = (
        Rule(to="both", when=every, unit="U-T"),
        Rule(to="both", when=every),
        Rule(to="other-unit", when=every, unit="U-V"),
        Rule(to="other-area", when=every, area="999999"),
        Rule(to="other-kind", when=(NoticeKind.RED,)),
        Rule(to="grid", when=every, area="G1"),
    )
    assert taken(queue, entries_of(), *rules) == 2
    assert taken(queue, entries_of(), *rules) == 0
    assert queue.waiting() == {"both": 1, "grid": 1}


def test_a_history_that_is_read_again_is_no_news(queue: NoticeQueue) -> None:
    """Entries of last week bring no notice, and their reminders have passed."""
    rules = NoticeRules(
        receivers={"desk": Receiver(robot="wecom", url="https://x.example")},
        rules=(Rule(to="desk", when=(NoticeKind.NEW, NoticeKind.DUE)),),
    )
    entries = NoticeEntries(queue, lambda: rules)
    assert entries.take(entries_of()) == 0
    assert entries.remind() == 0
    assert queue.waiting() == {}


def test_a_reminder_is_sent_when_its_time_has_come_and_once(queue: NoticeQueue) -> None:
    """A later deadline replaces it, an older entry does not."""
    case, now = entries_of()[-1].case, datetime.now(UTC)
    rules = NoticeRules(
        receivers={"desk": Receiver(robot="wecom", url="https://x.example")},
        rules=(Rule(to="desk", when=(NoticeKind.DUE,)),),
    )
    entries = NoticeEntries(queue, lambda: rules)
    due = notice(NoticeKind.DUE).model_copy(update={"case_id": case.case_id})
    later = due.model_copy(update={"at": now + timedelta(hours=1), "notice_id": uuid4()})
    queue.keep_reminders([(case, later)])
    assert entries.remind() == 0
    queue.keep_reminders([(case.model_copy(update={"seq": 1}), due)])
    assert entries.remind() == 0
    queue.keep_reminders([(case.model_copy(update={"seq": case.seq + 1}), due)])
    assert [entries.remind(), entries.remind()] == [1, 0]


def test_mails_go_to_every_mailbox(queue: NoticeQueue) -> None:
    """Subject and text are readable; machines see that a machine wrote it."""
    queue.put_notices([("desk", notice())])
    mails: list[Any] = []

    class Handler:
        async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
            mails.append(envelope)
            return "250 taken"

    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port())
    controller.start()
    text = Text("事项提醒：新派单1件", (Line("路灯不亮", "https://hub.example/cases/1"),))
    receiver = Receiver(mail=("a@x.example", "b@x.example"))
    url = f"smtp://127.0.0.1:{controller.port}"

    async def scene(_: Server, __: NoticeDelivery, transport: Transport) -> None:
        by_mail = Transport(transport.session, url, "民情枢纽 <hub@city.example>")
        assert await send_text(receiver, text, by_mail) == "taken"

    play(queue, scene)
    controller.stop()
    assert mails[0].rcpt_tos == ["a@x.example", "b@x.example"]
    assert b"Auto-Submitted: auto-generated" in mails[0].content


def test_no_error_shows_the_key_of_a_robot(queue: NoticeQueue) -> None:
    """The key is in the URL, which would be in the message of a refused connection."""

    async def scene(_: Server, __: NoticeDelivery, transport: Transport) -> None:
        dead = Receiver(robot="wecom", url="http://127.0.0.1:1/send?key=topsecret")
        with pytest.raises(NotSentError) as raised:
            await send_text(dead, Text("x", ()), transport)
        assert "topsecret" not in str(raised.value)

    play(queue, scene)
