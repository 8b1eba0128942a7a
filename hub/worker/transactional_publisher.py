"""Telling in transactions 事务送出: on a Kafka cluster, all that a batch has led to, or nothing.

One transactional producer for each partition. Whoever takes a partition over fences off whoever
had it: a worker that hung, and wakes up when another has its partitions, tells nothing any more.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalStateError, KafkaError, ProducerFenced

from hub.broker.batches import Part, send_batches
from hub.broker.connection import options
from hub.broker.topics import LARGEST_RECORD
from hub.settings import Settings
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.worker.app import APP_ID
from streams.worker.publisher import Kinds, Takeover, flat

RESTORED = (CASE_STATE, DISPOSITIONS)
BARRIER = b"taken-over"
"""Key of records without a value, one each time that a partition is taken over."""
BATCH_BYTES = 1024 * 1024
EX_TEMPFAIL = 75
"""Exit code after which a supervisor starts us again (sysexits.h)."""
RETRY_SECONDS = 0.5
FORGOTTEN_AT_ONCE = 5000
"""Cases that one transaction lets go of."""

Ends = Mapping[Part, int]

log = structlog.get_logger()


class Transactions:
    """Tells of partitions at a cluster."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producers: dict[int, AIOKafkaProducer] = {}
        self._ends: dict[Part, int] = {}
        """Where each ended after what this worker told there last."""

    async def take_over(self, partition: int) -> Takeover:
        """Fence off whoever told of it, and end what he left open; raises `KafkaError`.

        Its reach is where our own first records are: all that was told before lies before them. A
        broker that was deposed while it hung may tell of an earlier end. And whoever took it over
        meanwhile has left a record too, so that ours would not follow on what we told last.
        """
        await self.let_go(partition)
        producer = AIOKafkaProducer(
            transactional_id=f"{APP_ID}-{partition}",
            max_request_size=LARGEST_RECORD,
            max_batch_size=BATCH_BYTES,
            **options(self._settings),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producers[partition] = producer
        await producer.begin_transaction()
        sent = [await producer.send(topic.name, None, BARRIER, partition) for topic in RESTORED]
        marks = await asyncio.gather(*sent)
        await producer.commit_transaction()
        reach = {mark.topic: mark.offset + 1 for mark in marks}
        before = {(mark.topic, partition): mark.offset for mark in marks}
        untouched = all(self._ends.get(part) == offset for part, offset in before.items())
        self._ended({(topic, partition): end for topic, end in reach.items()})
        return Takeover(reach, untouched)

    def _ended(self, ends: Ends) -> None:
        """Remember where a transaction of ours has ended: its own mark takes one offset more."""
        self._ends.update({part: end + 1 for part, end in ends.items()})

    async def tell(self, partition: int, kinds: Kinds) -> None:
        """Return once the broker has all of it; ends the process where another worker has it."""
        records = flat(kinds)
        if records:
            await self._until_told(partition, partial(send_batches, records=records))

    async def forget(self, partition: int, cases: Sequence[UUID]) -> None:
        """Leave a record without a value for each: compaction drops what was kept of it."""
        for start in range(0, len(cases), FORGOTTEN_AT_ONCE):
            gone = cases[start : start + FORGOTTEN_AT_ONCE]
            await self._until_told(partition, partial(_forget, partition=partition, cases=gone))

    async def _until_told(self, partition: int, send: Callable[[Any], Awaitable[Ends]]) -> None:
        producer = self._producers[partition]
        while True:
            try:
                await producer.begin_transaction()
                ends = await send(producer)
                await producer.commit_transaction()
            except (ProducerFenced, IllegalStateError, AssertionError) as error:
                _end(partition, error)
            except KafkaError as error:
                log.warning("the brokers did not take it: again", error=repr(error))
                await self._aborted(partition, producer)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._ended(ends)
                return

    async def _aborted(self, partition: int, producer: Any) -> None:
        try:
            await producer.abort_transaction()
        except (KafkaError, AssertionError) as error:
            _end(partition, error)

    async def let_go(self, partition: int) -> None:
        """Close its producer."""
        producer = self._producers.pop(partition, None)
        if producer is not None:
            await producer.stop()


async def _forget(producer: Any, partition: int, cases: Sequence[UUID]) -> Ends:
    sent = [await producer.send(CASE_STATE.name, None, str(case_id).encode(), partition)
            for case_id in cases]  # fmt: skip
    marks = await asyncio.gather(*sent)
    return {(CASE_STATE.name, partition): marks[-1].offset + 1}


def _end(partition: int, error: BaseException) -> NoReturn:
    """End this process at once: what it holds in memory is no longer what was told.

    Nothing is lost: whatever is not committed is stepped again by whoever has the partition.
    """
    log.error("this worker starts anew", partition=partition, error=repr(error))
    os._exit(EX_TEMPFAIL)
