"""Receiving 接收: makes a message of any transport durable before its sender gets an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hub.journal.writer import JournalWriter
from hub.runtime.metrics import Meters, Metric
from schemas.reports.raw import RawMessage, Transport, receipt_of_delivery


@dataclass(frozen=True, slots=True)
class Receiver:
    """The one way into the journal for HTTP and for all collectors."""

    writer: JournalWriter
    meters: Meters

    async def take(
        self,
        channel: str,
        transport: Transport,
        body: bytes,
        *,
        delivery: str = "",
        source: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        receipt_id: UUID | None = None,
        received_at: datetime | None = None,
    ) -> RawMessage:
        """Return the message once it is durable; raises `JournalFullError`.

        `delivery` identifies a message that a transport may bring twice (a file's name and hash, a
        topic's partition and offset): the journal keeps it once.
        """
        drawn = receipt_of_delivery(channel, delivery) if delivery else uuid4()
        raw = RawMessage(
            receipt_id=receipt_id or drawn,
            channel=channel,
            transport=transport,
            received_at=received_at or datetime.now(UTC),
            source=source,
            content_type=content_type,
            headers=dict(headers or {}),
            body=body,
        )
        if await self.writer.submit(raw):
            self.meters.count(Metric.RECEIVED, channel, transport)
        return raw
