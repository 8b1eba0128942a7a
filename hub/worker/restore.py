"""Restoring a partition's state 状态恢复 from `case-state.v1` and `dispositions.v1`.

Both lie in the partition of the events that they come from, so a worker that is given a partition
reads two partitions from their start to their present end.
"""

import asyncio
from collections.abc import Iterable
from types import MappingProxyType
from typing import Protocol

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.broker.connection import consumer_options
from hub.settings import Settings
from schemas.binding import decode
from schemas.case import Case
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.case.state import PartitionState
from streams.worker.publisher import Reach


class Kept(Protocol):
    """A record of a topic, of whatever client."""

    @property
    def key(self) -> bytes | None:
        """What it is kept by: a case, an event's township."""

    @property
    def value(self) -> bytes | None:
        """Its body; none in a mark that a worker has left, or where it let a case go."""


class Restoring:
    """What the topics of a partition tell, in their order.

    Of each case only the last snapshot is read as one: there are many of each, and a worker that
    is given a full partition is waited for.
    """

    def __init__(self) -> None:
        self._state = PartitionState()
        self._latest: dict[bytes, tuple[int, bytes]] = {}

    def take_in(self, topic: str, records: Iterable[Kept]) -> None:
        """Take records of either topic."""
        for record in records:
            if record.key is None:
                continue
            if record.value is None:
                # A case that was settled long ago, or the mark of a worker.
                self._latest.pop(record.key, None)
            elif topic == CASE_STATE.name:
                self._keep(record.key, record.value)
            else:
                self._state.saw(decode(Disposition, record.value))

    def _keep(self, case: bytes, snapshot: bytes) -> None:
        seq, known = _seq(snapshot), self._latest.get(case)
        # What was told again after a crash may stand behind what came later.
        if known is None or known[0] <= seq:
            self._latest[case] = seq, snapshot

    def state(self) -> PartitionState:
        """Return what they tell."""
        while self._latest:
            _, (_, snapshot) = self._latest.popitem()
            self._state.put(decode(Case, snapshot))
        return self._state


async def restore(
    settings: Settings, partition: int, reach: Reach = MappingProxyType({})
) -> PartitionState:
    """Return the state of `partition`, as its topics tell it now.

    What was told in transactions that were not ended is not there. It is read up to `reach` at
    least: a broker that does not know yet that it leads no more tells of an end that is past.
    It is reckoned beside the loop, which has other partitions to see to. Raises `KafkaError`.
    """
    restoring = Restoring()
    parts = [TopicPartition(topic.name, partition) for topic in (CASE_STATE, DISPOSITIONS)]
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, auto_offset_reset="earliest", **consumer_options(settings)
    )
    await consumer.start()
    try:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        for part in parts:
            end = max(ends[part], reach.get(part.topic, 0))
            while await consumer.position(part) < end:
                batches = await consumer.getmany(part, timeout_ms=500, max_records=5000)
                for records in batches.values():
                    await asyncio.to_thread(restoring.take_in, part.topic, records)
    finally:
        await consumer.stop()
    return await asyncio.to_thread(restoring.state)


def _seq(snapshot: bytes) -> int:
    """Return how many entries of its case a snapshot knows."""
    return int(orjson.loads(snapshot)["seq"])
