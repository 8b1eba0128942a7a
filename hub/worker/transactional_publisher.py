"""Publishing in transactions 事务发布: on a Kafka cluster, each batch as a whole or not at all.

There is one transactional producer for each partition. Acquiring a partition fences its former
owner: a worker that hung, and wakes up after it lost its partitions, cannot publish any more.
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
from hub.settings.worker import WorkerSettings
from schemas.topic import CASE_REPORTS, CASE_STATE, DISPOSITIONS
from streams.case.state import Expired
from streams.worker.app import APP_ID
from streams.worker.publisher import Acquired, RecordBatch

RESTORED_TOPICS = (CASE_STATE, CASE_REPORTS, DISPOSITIONS)
BARRIER = b"taken-over"
"""Key of the barrier records, which have no value: one each time that a partition is acquired."""
BATCH_BYTES = 1024 * 1024
EX_TEMPFAIL = 75
"""Exit code after which a supervisor starts the process again (sysexits.h)."""
RETRY_SECONDS = 0.5
TOMBSTONES_PER_TRANSACTION = 5000

EndOffsets = Mapping[Part, int]

log = structlog.get_logger()


class TransactionalPublisher:
    """Publishes to the partitions that this worker owns, on a cluster."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._producers: dict[int, AIOKafkaProducer] = {}
        self._ends: dict[Part, int] = {}
        """End offset of each partition after this worker's last transaction."""

    async def acquire(self, partition: int) -> Acquired:
        """Fence the former owner and abort its open transaction; raises `KafkaError`.

        The barrier records that are written here mark the end of everything published before. A
        stale leader may report an older end offset, so a restore must read up to them. A worker
        that acquired the partition in between has left a barrier too: then these do not follow
        directly on this worker's last records, and its state is not current.
        """
        await self.release(partition)
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
        sent = [
            await producer.send(topic.name, None, BARRIER, partition) for topic in RESTORED_TOPICS
        ]
        barriers = await asyncio.gather(*sent)
        await producer.commit_transaction()
        minimum_offsets = {barrier.topic: barrier.offset + 1 for barrier in barriers}
        before = {(barrier.topic, partition): barrier.offset for barrier in barriers}
        is_current = all(self._ends.get(part) == offset for part, offset in before.items())
        self._remember_ends({(topic, partition): end for topic, end in minimum_offsets.items()})
        return Acquired(minimum_offsets, is_current)

    def _remember_ends(self, ends: EndOffsets) -> None:
        """Remember the end of a transaction: its commit marker takes one more offset."""
        self._ends.update({part: end + 1 for part, end in ends.items()})

    async def publish(self, partition: int, batch: RecordBatch) -> None:
        """Publish a batch in one transaction; end the process if another worker has fenced it."""
        if len(batch):
            await self._in_transaction(partition, partial(send_batches, records=list(batch)))

    async def forget(self, partition: int, expired: Expired) -> None:
        """Write a tombstone for each case and filed report: compaction then drops their records."""
        for topic, ids in ((CASE_STATE, expired.cases), (CASE_REPORTS, expired.reports)):
            for start in range(0, len(ids), TOMBSTONES_PER_TRANSACTION):
                part, keys = (
                    (topic.name, partition),
                    ids[start : start + TOMBSTONES_PER_TRANSACTION],
                )
                await self._in_transaction(
                    partition, partial(_send_tombstones, part=part, keys=keys)
                )

    async def _in_transaction(
        self, partition: int, send: Callable[[Any], Awaitable[EndOffsets]]
    ) -> None:
        """Retry until the transaction is committed."""
        producer = self._producers[partition]
        while True:
            try:
                await producer.begin_transaction()
                ends = await send(producer)
                await producer.commit_transaction()
            except (ProducerFenced, IllegalStateError, AssertionError) as error:
                _exit(partition, error)
            except KafkaError as error:
                log.warning("publish_retry", partition=partition, error=repr(error))
                await self._abort(partition, producer)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._remember_ends(ends)
                return

    async def _abort(self, partition: int, producer: Any) -> None:
        try:
            await producer.abort_transaction()
        except (KafkaError, AssertionError) as error:
            _exit(partition, error)

    async def release(self, partition: int) -> None:
        """Close the producer of a partition."""
        producer = self._producers.pop(partition, None)
        if producer is not None:
            await producer.stop()


async def _send_tombstones(producer: Any, part: Part, keys: Sequence[UUID]) -> EndOffsets:
    topic, partition = part
    sent = [await producer.send(topic, None, str(key).encode(), partition) for key in keys]
    tombstones = await asyncio.gather(*sent)
    return {part: tombstones[-1].offset + 1}


def _exit(partition: int, error: BaseException) -> NoReturn:
    """End this process at once: its state in memory differs from what is published.

    Nothing is lost: the next owner of the partition reprocesses all that is not committed.
    """
    log.error("worker_fenced", partition=partition, error=repr(error), advice="it is restarted")
    os._exit(EX_TEMPFAIL)
