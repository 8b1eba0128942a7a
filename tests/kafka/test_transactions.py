"""Workers at a cluster: who has a partition tells of it alone, all of a batch or nothing."""

import asyncio
import os
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from hub.broker.connection import consumer_options
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from hub.worker.restore import restore
from hub.worker.transactional_publisher import EX_TEMPFAIL, Transactions
from schemas.binding import Record
from schemas.topic import DELIVERIES, DISPOSITIONS, DUTIES, RECEIPTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import Kinds, kinds_of
from tests.integration.parts import await_true
from tests.streams.town import REGISTER, event

pytestmark = pytest.mark.parametrize("settings", ["apache"], indirect=True)
PARTITION = 3


class EndedError(Exception):
    """Stands for the end of a process."""


@pytest.fixture
def mark(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the records of one test begin with; an end of the process is raised."""
    ensure_topics(settings)

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(os, "_exit", end)
    return uuid4().hex


def batch(mark: str, *names: str) -> Kinds:
    """Return records of all three kinds."""

    def record(topic: str, name: str) -> Record:
        return Record(topic, PARTITION, mark.encode(), f"{mark} {name}".encode(), [])

    return (
        [record(DELIVERIES.name, name) for name in names],
        [record(DUTIES.name, name) for name in names],
        [record(RECEIPTS.name, name) for name in names],
    )


def read(settings: Settings, mark: str, last: str) -> list[str]:
    """Return what a subscriber is told, up to `last`."""
    consumer = KafkaConsumer(**consumer_options(settings))
    part = TopicPartition(DELIVERIES.name, PARTITION)
    consumer.assign([part])
    consumer.seek_to_beginning(part)
    found: list[str] = []

    def told() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            texts = [record.value.decode() for record in records]
            found.extend(text.split()[1] for text in texts if text.startswith(mark))
        return last in found

    await_true(told, f"{last} is told")
    consumer.close(autocommit=False)
    return found


def test_whoever_had_a_partition_tells_nothing_more(settings: Settings, mark: str) -> None:
    """It wakes up, finds that another has taken over, and ends; nothing of it is told."""

    async def run() -> None:
        old, new = Transactions(settings), Transactions(settings)
        await old.take_over(PARTITION)
        await old.tell(PARTITION, batch(mark, "first"))
        await new.take_over(PARTITION)
        with pytest.raises(EndedError, match=str(EX_TEMPFAIL)):
            await old.tell(PARTITION, batch(mark, "stale"))
        await new.tell(PARTITION, batch(mark, "second"))
        for one in (old, new):
            await one.let_go(PARTITION)

    asyncio.run(run())
    assert read(settings, mark, "second") == ["first", "second"]


def test_what_was_not_told_to_its_end_is_not_told_at_all(settings: Settings, mark: str) -> None:
    """Its worker was killed within the transaction; whoever takes over ends it."""

    async def run() -> None:
        killed, next_one = Transactions(settings), Transactions(settings)
        await killed.take_over(PARTITION)
        producer = killed._producers[PARTITION]
        await producer.begin_transaction()
        for record in batch(mark, "half")[0]:
            sent = await producer.send(
                record.topic, record.value, record.key, record.partition, headers=record.headers
            )
            await sent
        await next_one.take_over(PARTITION)
        await next_one.tell(PARTITION, batch(mark, "whole"))
        await next_one.let_go(PARTITION)
        await killed.let_go(PARTITION)

    asyncio.run(run())
    assert read(settings, mark, "whole") == ["whole"]


def test_whoever_comes_back_learns_whether_another_has_told(settings: Settings, mark: str) -> None:
    """What was not told to its end is nothing; that another has taken over is something."""
    told: list[bool] = []
    opened = kinds_of([step(PartitionState(), event(mark), REGISTER)])
    partition = opened[2][0].partition

    async def run() -> None:
        one, other = Transactions(settings), Transactions(settings)
        for who in (one, one, other, one, one):
            told.append((await who.take_over(partition)).untouched)
            await who.tell(partition, opened)
            await who.let_go(partition)
        await one.take_over(partition)
        producer = one._producers[partition]
        await producer.begin_transaction()
        await producer.send_and_wait(DISPOSITIONS.name, None, mark.encode(), partition)
        await producer.abort_transaction()
        await one.tell(partition, opened)
        told.append((await one.take_over(partition)).untouched)
        await one.let_go(partition)

    asyncio.run(run())
    assert told == [False, True, False, False, True, True]


def test_a_case_that_was_let_go_is_not_restored(settings: Settings, mark: str) -> None:
    """Whoever let it go still knows what he was told last; its events stay known as decided."""
    gone, kept = (step(PartitionState(), event(f"{mark}-{n}"), REGISTER) for n in range(2))
    opened = kinds_of([gone, kept])
    partition = opened[2][0].partition
    case_id = gone.case_events[0].case_id

    async def run() -> bool:
        one = Transactions(settings)
        await one.take_over(partition)
        await one.tell(partition, opened)
        await one.forget(partition, [case_id])
        await one.forget(partition, [])
        untouched = (await one.take_over(partition)).untouched
        await one.let_go(partition)
        return untouched

    assert asyncio.run(run())
    state = asyncio.run(restore(settings, partition))
    assert case_id not in state.cases
    assert kept.case_events[0].case_id in state.cases
    assert gone.disposition is not None
    assert gone.disposition.event_id in state.seen
