"""`intake.<channel>` topics: channels that publish to our broker, read with kafka-python."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError

from hub.broker.connection import woken_options
from hub.broker.consumer import PartitionConsumer, offsets_after, partitions_of
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.intake.collectors.source import Source
from hub.intake.collectors.stuck import Stuck
from hub.intake.collectors.unreadable import is_unreadable, pass_unreadable, unreadable_among
from hub.journal.journal import JournalFullError
from schemas.reports.raw import Transport
from schemas.topic import INTAKE_TOPICS

GROUP = "minqing-intake"
MOST = 500
PREFIX = "intake."
POLL_MS = 1000
AGAIN_ROUNDS = 20
"""Rounds until a partition with an unreadable record is tried again."""

log = structlog.get_logger()


class IntakeTopics:
    """All intake topics; offsets are committed once the journal has the records."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wakeup = wakeup_of(source.settings, TopicReader.INTAKE)
        self._consumer: PartitionConsumer | None = None
        self._stuck = Stuck()
        self._round = 0
        self._apart: dict[TopicPartition, int] = {}
        """Partitions whose next record is unreadable, each with the round that tries it again."""

    async def collect(self) -> int:
        """Read available records; raises `OSError` if the broker is away."""
        self._round += 1
        try:
            if self._apart:
                await asyncio.to_thread(self._try_again)
            records = await asyncio.to_thread(self._poll)
            await self._keep(records)
        except Exception as error:
            # The consumer has read records that are not in the journal: it starts again from the
            # committed offsets.
            await asyncio.to_thread(self.close)
            if isinstance(error, KafkaError):
                raise OSError(f"broker: {error}") from error
            raise
        return len(records)

    def _open(self, parts: Sequence[TopicPartition]) -> PartitionConsumer:
        return PartitionConsumer(
            woken_options(self._source.settings),
            parts,
            group=GROUP,
            wakeup=self._wakeup,
            max_partition_fetch_bytes=self._source.settings.max_body,
        )

    def _poll(self) -> list[Any]:
        parts = [part for part in partitions_of(INTAKE_TOPICS) if part not in self._apart]
        if not parts:
            return []
        if self._consumer is None:
            self._consumer = self._open(parts)
        try:
            batches = self._consumer.poll(timeout_ms=POLL_MS, max_records=MOST)
        except Exception as error:
            if not is_unreadable(error):
                raise
            self.close()
            self._set_apart(parts, error)
            return []
        return [record for batch in batches.values() for record in batch]

    def _set_apart(self, parts: Sequence[TopicPartition], error: Exception) -> None:
        """Leave the partitions out whose next record is unreadable, so that the others go on."""
        for part in unreadable_among(parts, self._open):
            self._apart[part] = self._round + AGAIN_ROUNDS
            log.warning(
                "partition_unreadable",
                topic=part.topic,
                partition=part.partition,
                error=repr(error),
            )

    def _try_again(self) -> None:
        """Continue partitions that were left out, after their unreadable records."""
        for part, again in list(self._apart.items()):
            if again > self._round:
                continue
            passed = pass_unreadable(part, self._open)
            if passed is None:
                self._apart[part] = self._round + AGAIN_ROUNDS
                continue
            first, last = passed
            if last >= first:
                item = f"{part.topic}-{part.partition} offsets {first} to {last}"
                state = "the client cannot read these records"
                self._source.set_aside("topics", item, state, identity=item)
            del self._apart[part]
            self.close()

    async def _keep(self, records: list[Any]) -> None:
        faults = [fault for record in records if (fault := await self._take(record))]
        if faults:
            # They are read again; those that were kept are kept once.
            raise OSError(f"records not kept: {faults[0]}")
        if records:
            await asyncio.to_thread(self._commit, records)

    async def _take(self, record: Any) -> str:
        """Make one record durable; return what failed, if it is to be tried again.

        A record whose headers cannot be kept is kept without them.
        """
        channel = str(record.topic).removeprefix(PREFIX)
        place = f"{record.topic}-{record.partition}-{record.offset}"
        body = record.value or b""
        # The embedded broker counts from 0 again after a restart, so an offset is not unique.
        delivery = f"kafka:{place}:{record.timestamp}:{sha256(body).hexdigest()}"
        headers = {
            str(name): (value or b"").decode("utf-8", "replace")
            for name, value in record.headers or ()
        }
        for kept in (headers, {}) if headers else ({},):
            try:
                await self._source.receiver.take(
                    channel,
                    Transport.KAFKA,
                    body,
                    delivery=delivery,
                    source=place,
                    content_type=kept.get("content-type", "application/json"),
                    headers=kept,
                )
            except JournalFullError:
                raise
            except Exception as error:  # noqa: BLE001 - the next record must be read
                fault = error
            else:
                return ""
        if not self._stuck.failed(delivery):
            return f"{place}: {type(fault).__name__}"
        self._source.set_aside(
            "topics", place, f"not kept: {type(fault).__name__}", identity=delivery
        )
        return ""

    def _commit(self, records: list[Any]) -> None:
        if self._consumer is not None:
            self._consumer.commit(offsets_after(records))

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close(timeout_ms=1000)
            self._consumer = None
