"""The consumer of a worker reads every record of its partitions."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka
from faust.types import TP

from streams.worker.consumer import FULL_TIMEOUT, QUIET_ROUNDS, Consumer

PART, OTHER = TP("events.v1", 5), TP("events.v1", 1)


@dataclass(frozen=True)
class Message:
    """A fetched message."""

    offset: int


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a consumer without a broker; `fetched` is its next round, `seeks` are its seeks."""
    reader = object.__new__(Consumer)
    reader._reread, reader._quiet = {}, Counter()
    reader.flow_active, reader.ends = True, {}
    reader._committed_offset = {PART: 228, OTHER: 40}
    reader.assignment = reader._get_active_partitions = lambda: {PART, OTHER}
    reader.highwater = reader.ends.get
    reader._read_offset = {PART: 227, OTHER: 39}
    reader.fetched, reader.seeks = [], []

    async def getmany(self: Any, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        del timeout
        for part, offset in self.fetched:
            yield part, Message(offset)

    async def seek(part: TP, offset: int) -> None:
        reader.seeks.append((part, offset))
        reader._read_offset[part] = offset

    monkeypatch.setattr(aiokafka.Consumer, "getmany", getmany)
    reader.seek = seek
    return reader


def read(consumer: Any, *fetched: tuple[TP, int]) -> list[tuple[TP, int]]:
    """Read one round, as Faust's fetcher does; return what came."""
    consumer.fetched = fetched

    async def drain() -> list[tuple[TP, int]]:
        seen = []
        async for part, message in consumer.getmany(1.0):
            consumer._read_offset[part] = message.offset
            seen.append((part, message.offset))
        return seen

    return asyncio.run(drain())


def test_dropped_records_are_read_again(consumer: Any) -> None:
    """Where records are missing, the partition is set back and the others go on."""
    assert read(consumer, (PART, 443), (OTHER, 40), (PART, 444)) == [(OTHER, 40)]
    assert consumer.seeks == [(PART, 227)]
    again = [(PART, 227), (PART, 228), (PART, 229)]
    assert read(consumer, *again) == again
    assert consumer.seeks == [(PART, 227)]


def test_records_that_the_broker_has_deleted_are_passed(consumer: Any) -> None:
    """A gap that is there a second time is the broker's: the consumer goes on behind it."""
    read(consumer, (PART, 443))
    assert read(consumer, (PART, 443), (PART, 444)) == [(PART, 443), (PART, 444)]
    assert read(consumer, (PART, 900)) == []
    assert consumer.seeks == [(PART, 227), (PART, 444)]


def test_records_in_order_are_read_as_they_come(consumer: Any) -> None:
    """The first record of a partition and each next record need no seek."""
    fetched = [(OTHER, 40), (OTHER, 41), (PART, 228), (PART, 229)]
    assert read(consumer, *fetched) == fetched
    assert consumer.seeks == []


def test_the_first_records_of_a_partition_are_read_again(consumer: Any) -> None:
    """Without a committed offset, a partition starts at its first record."""
    consumer._read_offset[OTHER] = None
    assert read(consumer, (OTHER, 12)) == []
    assert consumer.seeks == [(OTHER, 0)]


def test_dropped_records_at_the_end_of_a_partition_are_read_again(consumer: Any) -> None:
    """A partition that has more, of which nothing comes for some rounds, is set back once."""
    consumer.ends[PART] = 443
    for _ in range(QUIET_ROUNDS):
        read(consumer)
    assert consumer.seeks == []
    read(consumer)
    assert consumer.seeks == [(PART, 227)]
    for _ in range(3 * QUIET_ROUNDS):
        read(consumer)
    assert consumer.seeks == [(PART, 227)]


def test_a_stopped_flow_and_a_partition_at_its_end_are_no_gap(consumer: Any) -> None:
    """Nothing is read again while Faust is rebalancing, or where all records were read."""
    consumer.ends[PART] = 228
    for _ in range(2 * QUIET_ROUNDS):
        read(consumer)
    consumer.flow_active, consumer.ends[PART] = False, 443
    for _ in range(2 * QUIET_ROUNDS):
        read(consumer)
    assert consumer.seeks == []


def test_a_single_dropped_record_is_read_again(consumer: Any) -> None:
    """After a seek to the committed offset, the record at that offset has not been read."""
    consumer._read_offset[PART], consumer.ends[PART] = 228, 229
    for _ in range(QUIET_ROUNDS + 1):
        read(consumer)
    assert consumer.seeks == [(PART, 228)]


@pytest.mark.parametrize("is_full", [True, False])
def test_commands_are_read_while_the_buffer_of_the_events_is_full(
    monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    """The events stay at the broker meanwhile: Faust would wait with one, and read no command."""
    reader: Any = object.__new__(Consumer)
    reader.transport = SimpleNamespace(is_full=lambda: is_full)
    asked = list[tuple[set[TP], float]]()

    async def getmany(_: Any, active_partitions: set[TP], timeout: float) -> dict[TP, Any]:
        asked.append((active_partitions, timeout))
        return {}

    monkeypatch.setattr(aiokafka.Consumer, "_getmany", getmany)
    command = TP("commands.v1", 5)
    asyncio.run(reader._getmany({PART, command}, 1.0))
    assert asked == [({command}, FULL_TIMEOUT) if is_full else ({PART, command}, 1.0)]
