"""Delivery of webhooks: signed, in order for each case, retried, never held up by others."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from hub.notifications.webhooks import delivery as module
from hub.notifications.webhooks.delivery import ATTEMPTS, SCHEDULE, WebhookDelivery
from hub.notifications.webhooks.entries import WebhookEntries
from hub.notifications.webhooks.queue import WebhookQueue
from hub.notifications.webhooks.subscriptions import Subscription, new_secret
from hub.web.outbound import OutboundSession
from schemas.cases.case import CaseEvent
from tests.hub.notifications.cases import entries_of
from tests.hub.notifications.receiver import Receiver, running

FAR = 1e10
SECRET = new_secret()
Scene = Callable[[Receiver, WebhookDelivery], Awaitable[None]]


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[WebhookQueue]:
    """Return an empty queue."""
    queue = WebhookQueue(tmp_path / "webhooks.db")
    yield queue
    queue.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rounds follow at once, so that a test need not wait."""
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0)


def put(queue: WebhookQueue, entries: list[CaseEvent], *names: str) -> int:
    """Queue entries for subscriptions of these names."""
    subscriptions = [Subscription(name, "https://x.example", (SECRET,)) for name in names or ["a"]]
    return WebhookEntries(queue, lambda: subscriptions).take(entries)


def play(queue: WebhookQueue, scene: Scene) -> Receiver:
    """Run a scene with a receiver and the delivery to it."""

    async def run() -> Receiver:
        async with running() as (receiver, session):
            await scene(receiver, delivery_to(receiver.url, queue, session))
            return receiver

    return asyncio.run(run())


def delivery_to(url: str, queue: WebhookQueue, session: OutboundSession) -> WebhookDelivery:
    """Return the delivery of the subscription `a`."""
    return WebhookDelivery(Subscription("a", url, (SECRET,)), queue, session)


async def deliver_all(delivery: WebhookDelivery) -> None:
    """Deliver until nothing is due."""
    while await delivery.step():
        pass


def seqs(receiver: Receiver) -> list[int]:
    """Return the numbers of the entries that a receiver got."""
    return [json.loads(request.body)["data"]["seq"] for request in receiver.requests]


def test_messages_of_a_case_come_in_order_and_count_once(queue: WebhookQueue) -> None:
    """An entry that is read twice is sent once."""
    entries = entries_of()
    assert put(queue, entries) == 3
    assert put(queue, entries[:2]) == 0
    receiver = play(queue, lambda _, delivery: deliver_all(delivery))
    assert seqs(receiver) == [1, 2, 3]
    assert receiver.requests[0].headers["webhook-id"] == str(entries[0].case_event_id)
    assert queue.counts()["a"].delivered == 3


def test_a_message_that_fails_delays_only_its_own_case(queue: WebhookQueue) -> None:
    """The other case goes on, and the failed message keeps its id and its place."""
    put(queue, entries_of("a"))
    put(queue, entries_of("b"))

    async def scene(receiver: Receiver, delivery: WebhookDelivery) -> None:
        receiver.answers = [web.Response(status=500)]
        await deliver_all(delivery)
        assert sorted(seqs(receiver)) == [1, 1, 2, 3]
        queue._db.execute("UPDATE outbox SET next_at = 0")
        await deliver_all(delivery)

    receiver = play(queue, scene)
    cases = [json.loads(request.body)["data"]["case_id"] for request in receiver.requests]
    failed = cases[0]
    of_failed = [seq for case, seq in zip(cases, seqs(receiver), strict=True) if case == failed]
    assert of_failed == [1, 1, 2, 3]
    assert sorted(seqs(receiver)) == [1, 1, 1, 2, 2, 3, 3]


def test_a_dead_receiver_is_probed_and_gets_everything_after_its_return(
    queue: WebhookQueue,
) -> None:
    """While nothing succeeds only two messages are tried in a round."""
    for number in range(20):
        put(queue, entries_of(f"n{number}")[:1])

    async def scene(receiver: Receiver, delivery: WebhookDelivery) -> None:
        receiver.answers = [web.Response(status=503) for _ in range(8 + 2 + 2)]
        assert [await delivery.step() for _ in range(3)] == [8, 2, 2]
        assert queue.receivers()["a"].failures == 3
        await deliver_all(delivery)

    receiver = play(queue, scene)
    assert queue.receivers() == {}
    assert queue.counts()["a"].delivered == 20
    assert len(receiver.requests) == 12 + 20


def test_pauses_follow_the_schedule_and_the_last_attempt_gives_up(queue: WebhookQueue) -> None:
    """Retry-After may only lengthen a pause; what is given up stays, and can be replayed."""
    (first, *_) = entries = entries_of()
    put(queue, entries[:1])

    async def scene(receiver: Receiver, delivery: WebhookDelivery) -> None:
        receiver.answers = [web.Response(status=429, headers={"Retry-After": "60"})]
        receiver.answers += [web.Response(status=404) for _ in range(ATTEMPTS - 1)]
        for _ in range(ATTEMPTS):
            queue._db.execute("UPDATE outbox SET next_at = 0")
            assert await delivery.step() == 1
            if queue.counts()["a"].waiting:
                pauses.append(queue.newest("a", 1)[0].next_at - module.time.time())

    pauses: list[float] = []
    with capture_logs() as logs:
        play(queue, scene)
    wanted = [60.0, *SCHEDULE[1:]]
    assert [round(pause, -1) for pause in pauses] == [round(pause, -1) for pause in wanted]
    assert queue.counts()["a"].dead == 1
    assert "webhook_dead" in [line["event"] for line in logs]
    assert queue.replay_one("a", first.case_event_id) == 1
    assert queue.counts()["a"].waiting == 1


def test_a_receiver_without_success_for_days_is_disabled_and_keeps_its_messages(
    queue: WebhookQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent until it is enabled; then all that waited comes."""
    put(queue, entries_of())
    monkeypatch.setattr(module, "DISABLED_AFTER", -1.0)

    async def scene(receiver: Receiver, delivery: WebhookDelivery) -> None:
        receiver.answers = [web.Response(status=500)]
        assert await delivery.step() == 1
        assert await delivery.step() == 0
        assert queue.receivers()["a"].disabled_at > 0
        queue.enable("a")
        await deliver_all(delivery)

    assert seqs(play(queue, scene)) == [1, 1, 2, 3]


def test_410_disables_at_once_and_a_redirect_is_not_followed(queue: WebhookQueue) -> None:
    """Gone means that the receiver wants no more; elsewhere is not the address that was set."""
    put(queue, entries_of())

    async def scene(receiver: Receiver, delivery: WebhookDelivery) -> None:
        receiver.answers = [
            web.Response(status=302, headers={"Location": "/elsewhere"}),
            web.Response(status=410),
        ]
        await delivery.step()
        queue._db.execute("UPDATE outbox SET next_at = 0")
        await delivery.step()

    receiver = play(queue, scene)
    assert [request.path for request in receiver.requests] == ["/hook", "/hook"]
    assert "wants no more" in queue.receivers()["a"].reason


def test_messages_can_be_replayed_from_a_time(queue: WebhookQueue) -> None:
    """They keep their ids; those of other subscriptions stay as they are."""
    entries = entries_of()
    put(queue, entries, "a", "b")
    receiver = play(queue, lambda _, delivery: deliver_all(delivery))
    since = entries[0].at.timestamp()
    assert queue.replay_since("a", since + 60) == 0
    assert queue.replay_since("a", since) == 3
    again = play(queue, lambda _, delivery: deliver_all(delivery))
    assert [r.headers["webhook-id"] for r in again.requests] == [
        r.headers["webhook-id"] for r in receiver.requests
    ]
    assert queue.counts()["b"].waiting == 3


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    """The queue is on disk, with the time up to which entries were read."""
    queue, entries = WebhookQueue(tmp_path / "webhooks.db"), entries_of()
    put(queue, entries)
    queue.close()
    queue = WebhookQueue(tmp_path / "webhooks.db")
    assert queue.read_to() == entries[-1].at.timestamp()
    assert seqs(play(queue, lambda _, delivery: deliver_all(delivery))) == [1, 2, 3]
    queue.close()


def test_an_unreachable_receiver_is_a_failure_with_its_reason(queue: WebhookQueue) -> None:
    """A refused connection counts like an error of the receiver."""
    put(queue, entries_of())

    async def scene(_: Receiver, delivery: WebhookDelivery) -> None:
        elsewhere = Subscription("a", "http://127.0.0.1:1/", (SECRET,))
        session = delivery._session
        assert await WebhookDelivery(elsewhere, queue, session).step() == 1

    play(queue, scene)
    assert "nothing listens at" in queue.newest("a", 9)[-1].reason
