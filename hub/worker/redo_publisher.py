"""Publishing at the embedded broker 内嵌代理发布: through a redo log, by the only worker."""

import asyncio
import sqlite3

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from hub.broker.batches import send_batches
from hub.broker.connection import options
from hub.broker.consumer import partitions_of
from hub.broker.log_mark import log_id
from hub.broker.topics import LARGEST_RECORD
from hub.broker.wakeup import wake
from hub.settings.worker import WorkerSettings
from hub.sink.rows import TABLES
from hub.sink.sink import GROUP as SINK
from hub.worker.partition_reader import PartitionReader
from hub.worker.redo_log import BatchEnds, RedoLog, append_with_retry
from schemas.cloudevent import Record
from schemas.topic import TOPICS
from streams.case.state import Expired
from streams.worker.publisher import Acquired, RecordBatch

BATCH_BYTES = 1024 * 1024
RETRY_SECONDS = 1.0
POLL_SECONDS = 0.5
TIDY_SECONDS = 60.0
STORED_TOPICS = frozenset(table.topic for table in TABLES)

log = structlog.get_logger()


class RedoLogPublisher:
    """Publishes to all partitions; the supervisor makes sure that there is only one worker."""

    def __init__(self, settings: WorkerSettings, redo: RedoLog) -> None:
        self._settings, self._redo = settings, redo
        self._starting = asyncio.Lock()
        self._log_id = ""
        self._connected: AIOKafkaProducer | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def acquire(self, partition: int) -> Acquired:
        """Publish what the broker's log lacks, at the first call; raises `KafkaError`.

        A log that is new is not used until the store has published to it all that it knows: a
        state restored from an empty log would open every case a second time.
        """
        async with self._starting:
            if self._log_id:
                return Acquired({}, state_is_current=True)
            while not (current := await asyncio.to_thread(log_id, self._settings)):
                log.info("waiting_for_republish", partition=partition)
                await asyncio.sleep(POLL_SECONDS)
            await self._producer().start()
            await self._publish_missing(current)
            self._log_id = current
            self._tidying = asyncio.create_task(self._tidy())
            return Acquired({}, state_is_current=False)

    async def publish(self, partition: int, batch: RecordBatch) -> None:
        """Write a batch to the redo log, then publish it; return once the broker has all."""
        del partition
        if len(batch):
            seq = await append_with_retry(self._redo, list(batch), self._log_id)
            ends: dict[str, int] = {}
            for group in batch.groups():
                ends |= await self._send(group)
            self._redo.mark_published(seq, ends)

    async def forget(self, partition: int, expired: Expired) -> None:
        """Do nothing: the embedded log is new at each start, filled from the store."""

    async def release(self, partition: int) -> None:
        """Do nothing: there is no other worker."""

    async def _publish_missing(self, current: str) -> None:
        missing = await asyncio.to_thread(self._redo.unpublished, current)
        for seq in missing:
            records = await asyncio.to_thread(self._redo.batch, seq)
            self._redo.mark_published(seq, await self._send(records))
        await asyncio.to_thread(self._redo.mark_published_to, missing, current)
        if missing:
            log.info("redo_log_published", batches=len(missing))

    async def _send(self, records: list[Record]) -> BatchEnds:
        """Send until the broker has all; return the end offsets of the stored topics."""
        while True:
            try:
                ends = await send_batches(self._producer(), records)
            except KafkaError as error:
                log.warning("publish_retry", error=repr(error), records=len(records))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            wake(self._settings, {topic for topic, _ in ends})
            return {
                f"{topic}/{partition}": end
                for (topic, partition), end in ends.items()
                if topic in STORED_TOPICS
            }

    def _producer(self) -> AIOKafkaProducer:
        if self._connected is None:
            self._connected = AIOKafkaProducer(
                acks="all",
                max_request_size=LARGEST_RECORD,
                max_batch_size=BATCH_BYTES,
                **options(self._settings),
            )
        return self._connected

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            try:
                deleted = await asyncio.to_thread(self._redo.forget, await self._stored())
            except (KafkaError, sqlite3.Error) as error:
                log.info("redo_log_not_tidied", error=repr(error))
                continue
            log.debug("redo_log_tidied", batches=deleted)

    async def _stored(self) -> BatchEnds:
        """Return the offsets that the sink has committed, by topic and partition."""
        parts = partitions_of(topic for topic in TOPICS if topic.name in STORED_TOPICS)
        async with PartitionReader(options(self._settings), parts, group=SINK) as reader:
            committed = await reader.committed()
        return {f"{topic}/{partition}": offset for (topic, partition), offset in committed.items()}
