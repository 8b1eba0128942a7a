"""The worker as a process, on the embedded broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from hub.broker.connection import options
from hub.broker.log_mark import mark_republished
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from schemas.cases.case import CaseEvent
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.receipt import Disposition, Outcome
from schemas.topic import CASES, DISPOSITIONS, EVENTS, Topic
from tests.builders.town import event
from tests.integration.parts import await_true, broker, free_port, kill, start
from tests.integration.stuck_work import STARTED


def event_ids(values: list[bytes]) -> set[UUID]:
    """Return the events of records of `dispositions.v1`."""
    return {from_record(Disposition, value).event_id for value in values}


def publish(access: dict[str, Any], events: list[UnifiedEvent]) -> None:
    """Send events as the intake does."""
    producer = KafkaProducer(**access, acks="all", enable_idempotence=False)
    for report in events:
        record = EVENTS.record(report)
        producer.send(
            record.topic, record.value, record.key, record.headers, partition=record.partition
        ).get(timeout=10)
    producer.close()


class Reader:
    """Reads a topic from its start, all partitions."""

    def __init__(self, access: dict[str, Any], topic: Topic) -> None:
        self.consumer = KafkaConsumer(
            enable_auto_commit=False, auto_offset_reset="earliest", **access
        )
        parts = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        self.consumer.assign(parts)
        self.consumer.seek_to_beginning(*parts)
        self.values: list[bytes] = []

    def close(self) -> None:
        """Close the consumer."""
        self.consumer.close()

    def read(self) -> list[bytes]:
        """Return all values so far."""
        for records in self.consumer.poll(timeout_ms=200).values():
            self.values.extend(record.value for record in records if record.value is not None)
        return self.values


@contextmanager
def new_city() -> Iterator[tuple[int, dict[str, Any]]]:
    """Run a broker with the hub's topics; yields its port and the address in settings."""
    port = free_port()
    with broker(port):
        settings = Settings(broker_port=port)
        ensure_topics(settings)
        mark_republished(settings)
        yield port, options(settings)


def just_now(report: UnifiedEvent) -> UnifiedEvent:
    """Return an event that was received a moment ago, so that no deadline of it is past."""
    return report.model_copy(update={"received_at": datetime.now(UTC)})


def decode_disposition(value: bytes) -> Disposition:
    """Return the disposition of a record."""
    return from_record(Disposition, value)


def decided_by(worker: str, data: Path, port: int, dispositions: Reader, count: int) -> None:
    """Run a worker until a number of events are decided; stop it, and return the dispositions."""
    process = start(worker, data, broker_port=port)
    try:
        await_true(
            lambda: len(event_ids(dispositions.read())) == count,
            "dispositions of all",
        )
    finally:
        kill(process)
        dispositions.close()


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(tmp_path: Path) -> None:
    """Events sent before and after kill -9, some twice, are each decided once."""
    first = [just_now(event(f"a{n}", confidential=True)) for n in range(40)]
    second = [just_now(event(f"b{n}", confidential=True)) for n in range(40)]
    with new_city() as (port, access):
        dispositions, cases = Reader(access, DISPOSITIONS), Reader(access, CASES)
        worker = start("hub.processes.worker", tmp_path, broker_port=port)
        try:
            publish(access, first)
            await_true(lambda: len(dispositions.read()) >= len(first), "first dispositions")
        finally:
            kill(worker)
        worker = start("hub.processes.worker", tmp_path, broker_port=port)
        try:
            publish(access, [*first, *second])
            await_true(
                lambda: len(event_ids(dispositions.read())) == 80,
                "second dispositions",
            )
        finally:
            kill(worker)
        await_true(lambda: len(set(cases.read())) >= 160, "case events")
        decided = {
            disposition.event_id: disposition
            for disposition in map(decode_disposition, dispositions.values)
        }
        entries = {from_record(CaseEvent, value).model_dump_json() for value in cases.values}
        dispositions.close()
        cases.close()
    assert len(decided) == 80
    assert {disposition.outcome for disposition in decided.values()} == {Outcome.OPENED}
    by_case: dict[object, set[int]] = {}
    for entry in map(CaseEvent.model_validate_json, entries):
        by_case.setdefault(entry.case_id, set()).add(entry.seq)
    assert len(by_case) == 80
    assert all(seqs == {1, 2} for seqs in by_case.values())


@pytest.mark.slow
def test_records_that_were_fetched_in_a_rebalance_are_read_again(tmp_path: Path) -> None:
    """Records fetched before the first commit are read again, and each is decided."""
    sent = [just_now(event(f"r{n}", confidential=True)) for n in range(40)]
    with new_city() as (port, access):
        publish(access, sent)
        dispositions = Reader(access, DISPOSITIONS)
        decided_by("tests.integration.interrupted_work", tmp_path, port, dispositions, 40)


@pytest.mark.slow
def test_an_interrupted_batch_is_decided_by_the_next_worker(tmp_path: Path) -> None:
    """A worker stopped within a batch commits nothing of it; the next decides it."""
    sent = [just_now(event(f"s{n}", confidential=True)) for n in range(40)]
    with new_city() as (port, access):
        dispositions = Reader(access, DISPOSITIONS)
        worker = start("tests.integration.stuck_work", tmp_path, broker_port=port)
        try:
            publish(access, sent)
            await_true((tmp_path / STARTED).exists, "it has started to publish")
            worker.terminate()
            assert worker.wait(timeout=180) == 0
        finally:
            kill(worker)
        decided_by("hub.processes.worker", tmp_path, port, dispositions, 40)


@pytest.mark.slow
def test_a_worker_that_fails_ends_with_a_fault(tmp_path: Path) -> None:
    """A worker that fails exits with an error, so that its supervisor restarts it."""
    with new_city() as (port, access):
        worker = start("tests.integration.broken_work", tmp_path, broker_port=port)
        try:
            publish(access, [just_now(event("f"))])
            assert worker.wait(timeout=180) == 1
        finally:
            kill(worker)
