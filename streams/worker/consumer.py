"""Faust's consumer and assignor 消费者, with four faults mended."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar

import structlog
from faust.assignor.partition_assignor import PartitionAssignor
from faust.transport.drivers import aiokafka
from faust.types import TP
from faust.types.transports import ConsumerT

from schemas.topic import EVENTS, keyed_partitions

QUIET_ROUNDS = 10
"""Rounds of a fetch, of up to a second each, in which nothing came of a partition that has more."""

FULL_TIMEOUT = 0.1
"""Longest wait for commands, in seconds, while the buffer of the events is full."""

log = structlog.get_logger()


# Faust's drivers have no types.
class ConsumerThread(aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Faust's thread of aiokafka's consumer, which the caller prepares."""

    async def on_start(self) -> None:
        """Start, then prepare the consumer in the event loop of its thread."""
        await super().on_start()
        self.transport.prepare(self._consumer)


class Consumer(aiokafka.Consumer):  # type: ignore[misc]
    """Reads every record of its partitions, also around a rebalance; does not watch for stalls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reread: dict[TP, int] = {}
        """By partition: the offset to which it was set back last."""
        self._quiet: Counter[TP] = Counter()
        """By partition: rounds without a message although the broker has more."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Leave the events at the broker while their buffer is full, so that commands pass them.

        Faust would else wait with the next event in its hand, and read no command.
        """
        if active_partitions and self.transport.is_full():
            commands = {part for part in active_partitions if part.topic != EVENTS.name}
            if commands:
                active_partitions, timeout = commands, min(timeout, FULL_TIMEOUT)
        return await super()._getmany(active_partitions, timeout)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """Yield fetched messages; set a partition back where messages are missing.

        A fetch that is under way during a rebalance reads with the partitions of before. Faust
        drops its messages, but the position of aiokafka stays behind them, so nobody would ever
        read them. They are missing before a later message, or at the end of the partition. The
        topics of the workers have no gaps of their own: they are neither compacted nor written in
        transactions.
        """
        set_back: set[TP] = set()
        async for part, message in super().getmany(timeout):
            self._quiet.pop(part, None)
            if part in set_back:
                continue
            if self._is_gap(part, message.offset):
                set_back.add(part)
                await self._set_back(part, message.offset)
            else:
                yield part, message
        for part in self._quiet_for_long():
            await self._set_back(part, self._end(part))

    def _quiet_for_long(self) -> list[TP]:
        """Return the partitions that have had more for `QUIET_ROUNDS`, and were not set back."""
        if not self.flow_active:
            return []
        active = self.assignment() & set(self._get_active_partitions())
        behind = {part for part in active if self._has_more(part)}
        self._quiet = Counter({part: self._quiet[part] + 1 for part in behind})
        return [part for part, rounds in self._quiet.items() if rounds > QUIET_ROUNDS]

    def _is_gap(self, part: TP, offset: int) -> bool:
        """Whether messages are missing before `offset`, and were not asked for again yet.

        If they are missing a second time, the broker has deleted them.
        """
        read = self._read_offset[part] or 0
        return offset > read + 1 and self._reread.get(part) != read

    def _has_more(self, part: TP) -> bool:
        """Whether the broker has messages that were not read, nor asked for again."""
        read = self._read_offset[part] or 0
        # After a seek, `read` is the next offset; it is then the committed one.
        last = read - 1 if read == (self._committed_offset[part] or 0) else read
        return self._end(part) > last + 1 and self._reread.get(part) != read

    def _end(self, part: TP) -> int:
        """Return the end offset of the last fetch; 0 where the assignment changes meanwhile."""
        try:
            return self.highwater(part) or 0
        except (AssertionError, AttributeError):
            return 0

    async def _set_back(self, part: TP, offset: int) -> None:
        read = self._read_offset[part] or 0
        log.warning(
            "records_read_again",
            topic=part.topic,
            partition=part.partition,
            after=read,
            before=offset,
            detail="they were fetched during a rebalance and dropped",
        )
        self._reread[part] = read
        self._quiet.pop(part, None)
        # The record at `read` may come twice; the worker recognises it by its id.
        await self.seek(part, read)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek all partitions; return the committed offset of each (None or 0: none).

        After each rebalance Faust seeks to the committed offsets, because it drops the records
        that were fetched meanwhile. For a partition without a committed offset, aiokafka leaves
        the position behind the dropped records: the records of the first seconds of a new city
        would never be read. This partition is therefore read from its start.
        """
        committed: Mapping[TP, int] = await super().seek_to_committed()
        fresh = [part for part, offset in committed.items() if not offset]
        if fresh:
            # aiokafka's own `seek_to_beginning` makes Faust fail while it asks for a position.
            await self.seek_wait(await self.earliest_offsets(*fresh))
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: `hub.runtime.health` detects a worker that hangs.

        Faust reports a partition that was quiet for five minutes as stalled as soon as a record
        arrives. It also fails where a partition was revoked, or its position is unknown.
        """


class Transport(aiokafka.Transport):  # type: ignore[misc]
    """Faust's transport with this consumer."""

    Consumer: ClassVar[type[ConsumerT]] = Consumer
    prepare: Callable[[Any], None]
    """Called with aiokafka's consumer when it has started."""
    is_full: Callable[[], bool]
    """Whether no more events may be read for now."""


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Assigns the same partition of all topics to the same worker."""

    @classmethod
    def _get_copartitioned_groups(
        cls, topics: set[str], cluster: Any, subscriptions: Any
    ) -> dict[int, list[set[str]]]:
        """Return all topics as one group, with the partitions that the hub writes to.

        Faust groups topics by their number of partitions. If somebody adds partitions to one
        topic, the events of a township would go to one worker and its commands to another, which
        does not know its cases. The hub never writes to added partitions: a key keeps its own.
        """
        del cluster, subscriptions
        return {keyed_partitions(): [topics]}
