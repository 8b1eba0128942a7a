"""Only the owner of a partition publishes to it, and a batch is published whole or not at all."""

import asyncio
import os
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from hub.broker.connection import consumer_options
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from hub.worker.restore import restore
from hub.worker.transactional_publisher import EX_TEMPFAIL, TransactionalPublisher
from schemas.cloudevent import Record
from schemas.topic import DELIVERIES, DISPOSITIONS, DUTIES, RECEIPTS
from streams.case.state import Expired, PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event
from tests.integration.parts import await_true

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["apache"], indirect=True),
]
PARTITION = 3


class EndedError(Exception):
    """Simulates the end of a process."""


@pytest.fixture
def mark(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the prefix of one test's records; the end of the process raises an error."""
    ensure_topics(settings)

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(os, "_exit", end)
    return uuid4().hex


def batch(mark: str, *names: str) -> RecordBatch:
    """Return a batch with records in all three groups."""

    def record(topic: str, name: str) -> Record:
        return Record(topic, PARTITION, mark.encode(), f"{mark} {name}".encode(), [])

    return RecordBatch(
        [record(DELIVERIES.name, name) for name in names],
        [record(DUTIES.name, name) for name in names],
        [record(RECEIPTS.name, name) for name in names],
    )


def read(settings: Settings, mark: str, last: str) -> list[str]:
    """Return what a subscriber reads, up to `last`."""
    consumer = KafkaConsumer(**consumer_options(settings))
    part = TopicPartition(DELIVERIES.name, PARTITION)
    consumer.assign([part])
    consumer.seek_to_beginning(part)
    texts: list[str] = []

    def has_last() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            values = [record.value.decode() for record in records]
            texts.extend(value.split()[1] for value in values if value.startswith(mark))
        return last in texts

    await_true(has_last, f"{last} is read")
    consumer.close(autocommit=False)
    return texts


def test_a_former_owner_publishes_nothing(settings: Settings, mark: str) -> None:
    """A former owner that wakes up is fenced and ends; it publishes nothing."""

    async def run() -> None:
        old, new = TransactionalPublisher(settings), TransactionalPublisher(settings)
        await old.acquire(PARTITION)
        await old.publish(PARTITION, batch(mark, "first"))
        await new.acquire(PARTITION)
        with pytest.raises(EndedError, match=str(EX_TEMPFAIL)):
            await old.publish(PARTITION, batch(mark, "stale"))
        await new.publish(PARTITION, batch(mark, "second"))
        for publisher in (old, new):
            await publisher.release(PARTITION)

    asyncio.run(run())
    assert read(settings, mark, "second") == ["first", "second"]


def test_an_uncommitted_batch_is_not_published(settings: Settings, mark: str) -> None:
    """A batch of a worker killed within its transaction is aborted by the next owner."""

    async def run() -> None:
        killed, successor = TransactionalPublisher(settings), TransactionalPublisher(settings)
        await killed.acquire(PARTITION)
        producer = killed._producers[PARTITION]
        await producer.begin_transaction()
        for record in batch(mark, "half").entries:
            sent = await producer.send(
                record.topic, record.value, record.key, record.partition, headers=record.headers
            )
            await sent
        await successor.acquire(PARTITION)
        await successor.publish(PARTITION, batch(mark, "whole"))
        await successor.release(PARTITION)
        await killed.release(PARTITION)

    asyncio.run(run())
    assert read(settings, mark, "whole") == ["whole"]


def test_a_returning_worker_learns_whether_another_has_published(
    settings: Settings, mark: str
) -> None:
    """Another owner's takeover makes the state stale, even without a committed batch."""
    current: list[bool] = []
    opened = RecordBatch.of([step(PartitionState(), event(mark), REGISTER)])
    partition = opened.decisions[0].partition

    async def run() -> None:
        first, other = TransactionalPublisher(settings), TransactionalPublisher(settings)
        for publisher in (first, first, other, first, first):
            current.append((await publisher.acquire(partition)).state_is_current)
            await publisher.publish(partition, opened)
            await publisher.release(partition)
        await first.acquire(partition)
        producer = first._producers[partition]
        await producer.begin_transaction()
        await producer.send_and_wait(DISPOSITIONS.name, None, mark.encode(), partition)
        await producer.abort_transaction()
        await first.publish(partition, opened)
        current.append((await first.acquire(partition)).state_is_current)
        await first.release(partition)

    asyncio.run(run())
    assert current == [False, True, False, False, True, True]


def test_a_released_case_is_not_restored(settings: Settings, mark: str) -> None:
    """A released case is not restored; its events stay known as decided."""
    gone, kept = (step(PartitionState(), event(f"{mark}-{n}"), REGISTER) for n in range(2))
    opened = RecordBatch.of([gone, kept])
    partition = opened.decisions[0].partition
    case_id = gone.case_events[0].case_id

    async def run() -> bool:
        publisher = TransactionalPublisher(settings)
        await publisher.acquire(partition)
        await publisher.publish(partition, opened)
        await publisher.forget(partition, Expired((case_id,), (uuid4(),)))
        await publisher.forget(partition, Expired())
        is_current = (await publisher.acquire(partition)).state_is_current
        await publisher.release(partition)
        return is_current

    assert asyncio.run(run())
    state = asyncio.run(restore(settings, partition))
    assert case_id not in state.cases
    assert kept.case_events[0].case_id in state.cases
    assert gone.disposition is not None
    assert gone.disposition.event_id in state.seen
