"""`hub webhooks` 回调: subscriptions, their messages, and a test message."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hub.admin.ask import render_rows
from hub.notifications.webhooks.delivery import SECONDS, Answer, post
from hub.notifications.webhooks.message import test_body
from hub.notifications.webhooks.queue import Receiver, WebhookQueue
from hub.notifications.webhooks.subscriptions import (
    Subscription,
    SubscriptionError,
    add_subscription,
    load_subscriptions,
    remove_subscription,
    require_known,
)
from hub.runtime.outbox import DEAD, DONE, WAITS, Counts
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.notifications import NotificationSettings
from hub.web.outbound import Destinations, OutboundSession, shown_url
from schemas.base import BEIJING

STANDINGS = {WAITS: "waiting", DONE: "delivered", DEAD: "dead"}


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether the receiver accepted a test message, and what it answered."""

    accepted: bool
    text: str


def add(settings: NotificationSettings, subscription: Subscription) -> str:
    """Add a subscription; return its secret; raises `HubError`."""
    if fault := Destinations(settings.outbound_networks).fault(subscription.url):
        raise SubscriptionError(f"{subscription.url}: {fault}")
    return add_subscription(settings, subscription).secrets[0]


def list_subscriptions(settings: NotificationSettings, *, as_json: bool) -> str:
    """Return the subscriptions with their filters and the state of their receivers."""
    subscriptions = load_subscriptions(settings)
    with _queue(settings) as queue:
        counts = queue.counts() if queue else {}
        receivers = queue.receivers() if queue else {}
    rows = [
        _row(item, counts.get(item.name, Counts()), receivers.get(item.name, Receiver()))
        for item in subscriptions.values()
    ]
    return render_rows(rows, as_json=as_json)


def _row(subscription: Subscription, counts: Counts, receiver: Receiver) -> dict[str, Any]:
    standing = "disabled" if receiver.disabled_at else "failing" if receiver.failures else "works"
    chosen = (subscription.unit, subscription.area, ",".join(subscription.moves))
    return {
        "name": subscription.name,
        "receiver": shown_url(subscription.url),
        "filter": " ".join(filter(None, chosen)) or "all",
        "waiting": counts.waiting,
        "delivered": counts.delivered,
        "dead": counts.dead,
        "state": standing,
        "reason": receiver.reason,
    }


def list_messages(settings: NotificationSettings, name: str, *, limit: int, as_json: bool) -> str:
    """Return the newest messages of a subscription; raises `HubError`."""
    require_known(load_subscriptions(settings), name)
    with _queue(settings) as queue:
        newest = queue.newest(name, limit) if queue else []
    rows = [
        {
            "message_id": str(item.message_id),
            "case_id": item.case_id,
            "at": f"{datetime.fromtimestamp(item.at, BEIJING):%Y-%m-%d %H:%M:%S}",
            "state": STANDINGS[item.ended],
            "failures": item.attempts,
            "reason": item.reason,
        }
        for item in newest
    ]
    return render_rows(rows, as_json=as_json)


def test(settings: NotificationSettings, name: str) -> TestResult:
    """Send a test message now, and return what the receiver answered; raises `HubError`."""
    subscription = require_known(load_subscriptions(settings), name)
    answer = asyncio.run(_send_test(settings, subscription))
    return TestResult(answer.accepted, answer.text)


async def _send_test(settings: NotificationSettings, subscription: Subscription) -> Answer:
    destinations = Destinations(settings.outbound_networks)
    async with OutboundSession(destinations, SECONDS) as session:
        body = test_body(datetime.now(UTC))
        return await post(session, subscription, str(uuid4()), body)


def replay_since(settings: NotificationSettings, name: str, since: datetime) -> str:
    """Send the messages since a time (Beijing time) once more; raises `HubError`."""
    require_known(load_subscriptions(settings), name)
    moment = since.replace(tzinfo=BEIJING).timestamp()
    with _queue(settings) as queue:
        count = queue.replay_since(name, moment) if queue else 0
    return f"{count} messages will be sent once more"


def replay_one(settings: NotificationSettings, name: str, message_id: UUID) -> str:
    """Send one message once more; raises `HubError`."""
    require_known(load_subscriptions(settings), name)
    with _queue(settings) as queue:
        if not queue or not queue.replay_one(name, message_id):
            raise SubscriptionError(
                f"{name} has no ended message {message_id}; hub webhooks messages shows them"
            )
    return "the message will be sent once more"


def enable(settings: NotificationSettings, name: str) -> str:
    """Send to a disabled or failing receiver again, at once; raises `HubError`."""
    require_known(load_subscriptions(settings), name)
    with _queue(settings) as queue:
        if queue:
            queue.enable(name)
    return f"{name} is enabled; what waits is sent now"


def remove(settings: NotificationSettings, name: str) -> str:
    """Remove a subscription with its messages; raises `HubError`."""
    remove_subscription(settings, name)
    with _queue(settings) as queue:
        waiting = queue.remove(name) if queue else 0
    return f"{name} is removed, with {waiting} waiting messages"


@contextmanager
def _queue(settings: NotificationSettings) -> Iterator[WebhookQueue | None]:
    """Yield the queue; None if nothing was ever queued."""
    path = DataPaths(settings.data).webhook_queue
    if not path.exists():
        yield None
        return
    queue = WebhookQueue(path)
    try:
        yield queue
    finally:
        queue.close()
