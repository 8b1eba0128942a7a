"""Telling at the embedded broker 内嵌代理送出: from the redo log, one worker on one machine."""

import asyncio
import sqlite3
from collections.abc import Sequence
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from hub.broker.batches import send_batches
from hub.broker.connection import options
from hub.broker.log_mark import log_id
from hub.broker.topics import LARGEST_RECORD
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.sink.sink import GROUP as SINK
from hub.worker.redo_log import Ends, RedoLog, kept
from schemas.binding import Record
from schemas.topic import TOPICS
from streams.worker.publisher import Kinds, Takeover, flat

BATCH_BYTES = 1024 * 1024
RETRY_SECONDS = 1.0
LOOK_EVERY = 0.5
TIDY_EVERY = 60.0
STORED = frozenset(table.topic for table in TABLES)

log = structlog.get_logger()


class Retelling:
    """Tells of all partitions; the supervisor sees to it that there is one worker."""

    def __init__(self, settings: Settings, redo: RedoLog) -> None:
        self._settings, self._redo = settings, redo
        self._beginning = asyncio.Lock()
        self._log_id = ""
        self._made: AIOKafkaProducer | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def take_over(self, partition: int) -> Takeover:
        """Tell first what the broker's log lacks; raises `KafkaError`.

        A log that has begun anew is waited for until it has what the store knows: a state
        without it would open every case a second time.
        """
        async with self._beginning:
            if self._log_id:
                return Takeover({}, untouched=True)
            while not (found := await asyncio.to_thread(log_id, self._settings)):
                log.info("the store has not told yet what it knows", partition=partition)
                await asyncio.sleep(LOOK_EVERY)
            await self._producer().start()
            await self._retell(found)
            self._log_id = found
            self._tidying = asyncio.create_task(self._tidy())
            return Takeover({}, untouched=False)

    async def tell(self, partition: int, kinds: Kinds) -> None:
        """Return once the broker has all; it is on disk before."""
        del partition
        records = flat(kinds)
        if records:
            seq = await kept(self._redo, records, self._log_id)
            ends: dict[str, int] = {}
            for kind in kinds:
                ends |= await self._send(kind)
            self._redo.told(seq, ends)

    async def forget(self, partition: int, cases: Sequence[UUID]) -> None:
        """Do nothing: its log begins anew at each start, from what the store has."""

    async def let_go(self, partition: int) -> None:
        """Do nothing: there is nobody else."""

    async def _retell(self, found: str) -> None:
        owed = await asyncio.to_thread(self._redo.owed, found)
        for seq in owed:
            records = await asyncio.to_thread(self._redo.batch, seq)
            self._redo.told(seq, await self._send(records))
        await asyncio.to_thread(self._redo.moved, owed, found)
        if owed:
            log.info("told what the broker's log lacked", batches=len(owed))

    async def _send(self, records: list[Record]) -> Ends:
        """Send until the broker has all; return where each partition that is stored ends."""
        while True:
            try:
                ends = await send_batches(self._producer(), records)
            except KafkaError as error:
                log.warning("broker refuses, trying again", error=repr(error), records=len(records))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            return {
                f"{topic}/{partition}": end
                for (topic, partition), end in ends.items()
                if topic in STORED
            }

    def _producer(self) -> AIOKafkaProducer:
        if self._made is None:
            self._made = AIOKafkaProducer(
                acks="all",
                max_request_size=LARGEST_RECORD,
                max_batch_size=BATCH_BYTES,
                **options(self._settings),
            )
        return self._made

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY)
            try:
                gone = await asyncio.to_thread(self._redo.forget, await self._stored())
            except (KafkaError, sqlite3.Error) as error:
                log.info("redo log not tidied", error=repr(error))
                continue
            log.debug("redo log tidied", batches=gone)

    async def _stored(self) -> Ends:
        """Return how far the sink has stored each partition."""
        consumer = AIOKafkaConsumer(
            group_id=SINK, enable_auto_commit=False, **options(self._settings)
        )
        await consumer.start()
        try:
            parts = [TopicPartition(topic.name, n) for topic in TOPICS if topic.name in STORED
                     for n in range(topic.partitions)]  # fmt: skip
            # Assigned by hand, so that it does not join the sink's group.
            consumer.assign(parts)
            return {
                f"{part.topic}/{part.partition}": await consumer.committed(part) or 0
                for part in parts
            }
        finally:
            await consumer.stop()
