"""`intake.<channel>` topics: channels that publish to our broker, read with kafka-python."""

import asyncio
from hashlib import sha256
from typing import Any

import structlog
from kafka.errors import KafkaError

from hub.broker.connection import options
from hub.broker.consumer import PartitionConsumer, offsets_after, partitions_of
from hub.intake.collectors.source import Source
from schemas.reports.raw import Transport
from schemas.topic import INTAKE_TOPICS

GROUP = "minqing-intake"
MOST = 500
PREFIX = "intake."

log = structlog.get_logger()


class IntakeTopics:
    """All intake topics; offsets are committed once the journal has the records."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._consumer: PartitionConsumer | None = None

    async def collect(self) -> int:
        """Read available records; raises `OSError` if the broker is away."""
        try:
            records = await asyncio.to_thread(self._poll)
            for record in records:
                await self._take(record)
            if records:
                await asyncio.to_thread(self._commit, records)
        except Exception as error:
            # The consumer is past records that are not in the journal: it begins anew, from what
            # is committed.
            await asyncio.to_thread(self.close)
            if isinstance(error, KafkaError):
                raise OSError(f"broker: {error}") from error
            raise
        return len(records)

    def _poll(self) -> list[Any]:
        if self._consumer is None:
            self._consumer = PartitionConsumer(
                options(self._source.settings),
                partitions_of(INTAKE_TOPICS),
                group=GROUP,
                max_partition_fetch_bytes=self._source.settings.max_body,
            )
        batches = self._consumer.poll(timeout_ms=500, max_records=MOST)
        return [record for batch in batches.values() for record in batch]

    async def _take(self, record: Any) -> None:
        channel = str(record.topic).removeprefix(PREFIX)
        place = f"{record.topic}-{record.partition}-{record.offset}"
        body = record.value or b""
        # The embedded broker counts from 0 again after a restart: an offset alone names nothing.
        delivery = f"kafka:{place}:{record.timestamp}:{sha256(body).hexdigest()}"
        headers = {
            name: (value or b"").decode("utf-8", "replace") for name, value in record.headers
        }
        await self._source.receiver.take(
            channel,
            Transport.KAFKA,
            body,
            delivery=delivery,
            source=place,
            content_type=headers.get("content-type", "application/json"),
            headers=headers,
        )

    def _commit(self, records: list[Any]) -> None:
        if self._consumer is not None:
            self._consumer.commit(offsets_after(records))

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close(timeout_ms=1000)
            self._consumer = None
