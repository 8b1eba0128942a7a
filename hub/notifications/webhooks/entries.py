"""Entries for webhooks 事项动态: filtered for each subscription, and put into the queue."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from hub.notifications.webhooks.message import body_of
from hub.notifications.webhooks.queue import WebhookQueue
from hub.notifications.webhooks.subscriptions import Subscription
from hub.runtime.outbox import Message
from schemas.cases.case import CaseEvent


class WebhookEntries:
    """Puts a message into the queue for each subscription that wants an entry."""

    def __init__(
        self, queue: WebhookQueue, subscriptions: Callable[[], Sequence[Subscription]]
    ) -> None:
        self._queue, self._subscriptions = queue, subscriptions

    def take(self, entries: Sequence[CaseEvent]) -> int:
        """Queue messages of entries; return how many are new."""
        newest = max(entry.at for entry in entries).timestamp()
        # A wrong clock of a channel must not move the mark into the future.
        return self._queue.put_entries(list(self._messages(entries)), min(newest, time.time()))

    def read_to(self) -> float:
        """Return the time of the newest entry that was taken, in epoch seconds; 0 if none was."""
        return self._queue.read_to()

    def _messages(self, entries: Iterable[CaseEvent]) -> Iterator[tuple[Message, int]]:
        subscriptions = self._subscriptions()
        for entry in entries:
            wanting = [item for item in subscriptions if item.wants(entry)]
            body = body_of(entry) if wanting else b""
            for subscription in wanting:
                message = Message(
                    message_id=entry.case_event_id,
                    lane=subscription.name,
                    key=str(entry.case_id),
                    at=entry.at.timestamp(),
                    body=body,
                )
                yield message, entry.seq
