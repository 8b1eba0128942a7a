"""Outbox, store, broker and receiver of the tests of feedback, which fail as a test sets them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kafka.errors import KafkaError

from connectors.contract import Outgoing
from connectors.registry import load_connectors
from hub.feedback.delivery import (
    ChannelDelivery,
    DeliveryContext,
)
from hub.feedback.outbox import Outbox
from hub.security.sealing import Sealer
from hub.store.reader import StoreAwayError
from schemas.cases.case import Move, State
from schemas.cases.feedback import Delivery, Feedback
from schemas.channel import Channel
from schemas.cloudevent import Record, from_record
from schemas.topic import DELIVERIES
from tests.builders.town import NOON

FAR = 1e10
"""Epoch seconds: a time long after these tests."""


def make_feedback(native_id: str = "N-1", move: Move = Move.OPEN, **more: Any) -> Feedback:
    """Return a feedback."""
    fields = {
        "feedback_id": uuid4(),
        "case_id": UUID(int=1),
        "channel": Channel.HOTLINE_12345,
        "native_id": native_id,
        "event_id": uuid4(),
        "state": State.RECEIVED,
        "text": "已受理",
        "at": NOON,
        "move": move,
        "route": "421299001",
    }
    return Feedback.model_validate(fields | more)


class World:
    """The outbox, a store, a broker and a receiver that fail as a test sets them."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "feedback.db")
        self.sent: list[Record] = []
        self.handed: list[str] = []
        self.fails: list[Exception] = []
        self.unstored: set[str] = set()
        self.away = self.broken = False

    def delivery(self, channel: Channel = Channel.HOTLINE_12345, **more: Any) -> ChannelDelivery:
        """Return the delivery to a channel."""
        context = DeliveryContext(
            self.outbox, self, self.rows, Sealer(bytes(32)), lambda _: "", 0.0
        )
        return ChannelDelivery(load_connectors()[channel], more.get("transport", self), context)

    def rows(self, _: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of stored events."""
        if self.away:
            raise StoreAwayError("away")
        return [
            {"id": item, "title": "", "reporter_sealed": "", "native": "{}"}
            for item in fields["ids"]
            if item not in self.unstored
        ]

    def send_all(self, records: Sequence[Record]) -> None:
        """Accept records, unless the broker is broken."""
        if self.broken:
            raise KafkaError("broken")
        self.sent += records

    async def deliver(self, message: Outgoing, key: str) -> str:
        """Accept a message, or raise the next failure."""
        if self.fails:
            raise self.fails.pop(0)
        self.handed.append(message.body.decode())
        return f"taken {key}"

    def deliveries(self) -> list[Delivery]:
        """Return the published outcomes."""
        return [from_record(Delivery, r.value) for r in self.sent if r.topic == DELIVERIES.name]


def step(delivery: ChannelDelivery) -> int:
    """Run one round."""
    return asyncio.run(delivery.step())
