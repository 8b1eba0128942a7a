"""Stores of records under test: either broker, or the in-memory double of `hub.testing`."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from hub.broker.connection import consumer_options
from hub.broker.producer import KafkaSender
from hub.settings import Settings
from hub.testing import MemoryHub
from hub.worker.restore import restore
from schemas.base import Frozen
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.topic import EVENTS, Topic
from streams.case.state import PartitionState
from tests.integration.parts import await_true, kill, start
from tests.integration.test_worker import Reader

B = TypeVar("B", bound=Frozen)


class Place(ABC):
    """The operations that the contract tests need."""

    @abstractmethod
    def send_all(self, records: Sequence[Record]) -> None:
        """Send, as the intake and the worker do."""

    @abstractmethod
    def records(self, topic: Topic, key: bytes, count: int) -> list[Record]:
        """Return the records of a key once there are enough, each partition in its order."""

    @abstractmethod
    def read(self, topic: Topic, body: type[B]) -> list[B]:
        """Return all bodies on a topic so far."""

    @abstractmethod
    def restore(self, partition: int) -> PartitionState:
        """Return the state of a partition, as a new worker would restore it."""

    @abstractmethod
    def working(self) -> AbstractContextManager[None]:
        """Let a worker decide incoming events."""

    def publish(self, events: Sequence[UnifiedEvent]) -> None:
        """Send events."""
        self.send_all([EVENTS.record(event) for event in events])


class Broker(Place):
    """A broker, as processes reach it."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._sender = settings, KafkaSender(settings)
        self._readers: dict[str, Reader] = {}

    def close(self) -> None:
        """Close all clients."""
        self._sender.close()
        for reader in self._readers.values():
            reader.close()

    def send_all(self, records: Sequence[Record]) -> None:
        """Send by kafka-python."""
        self._sender.send_all(records)

    def records(self, topic: Topic, key: bytes, count: int) -> list[Record]:
        """Read from the start."""
        reader, records_of_key = Reader(consumer_options(self._settings), topic), list[Record]()

        def all_there() -> bool:
            for records in reader.consumer.poll(timeout_ms=200).values():
                records_of_key.extend(
                    Record(
                        record.topic,
                        record.partition,
                        record.key,
                        record.value,
                        list(record.headers),
                    )
                    for record in records
                    if record.key == key
                )
            return len(records_of_key) >= count

        await_true(all_there, f"{count} records of {key!r}")
        reader.close()
        return records_of_key

    def read(self, topic: Topic, body: type[B]) -> list[B]:
        """Continue to read."""
        reader = self._readers.setdefault(
            topic.name, Reader(consumer_options(self._settings), topic)
        )
        return [from_record(body, value) for value in reader.read()]

    def restore(self, partition: int) -> PartitionState:
        """Restore as a worker does."""
        return asyncio.run(restore(self._settings, partition))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run a worker as a process."""
        settings = self._settings
        access = (
            {"kafka": settings.kafka} if settings.kafka else {"broker_port": settings.broker_port}
        )
        worker = start("hub.processes.worker", settings.data, **access)
        try:
            yield
        finally:
            kill(worker)


class Memory(Place):
    """The in-memory double."""

    def __init__(self) -> None:
        self._hub, self._works = MemoryHub(), False

    def send_all(self, records: Sequence[Record]) -> None:
        """Store the records; a running worker processes them at once."""
        self._hub.topics.send_all(records)
        if self._works:
            self._hub.work()

    def records(self, topic: Topic, key: bytes, count: int) -> list[Record]:
        """Return stored records."""
        records = [record for record in self._hub.topics.all(topic) if record.key == key]
        assert len(records) >= count
        return records

    def read(self, topic: Topic, body: type[B]) -> list[B]:
        """Return stored records."""
        return self._hub.read(topic, body)

    def restore(self, partition: int) -> PartitionState:
        """Restore from the stored records."""
        return self._hub.restore(partition)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Process stored records and those that arrive meanwhile."""
        self._works = True
        self._hub.work()
        yield
        self._works = False
