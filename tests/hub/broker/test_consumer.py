"""Partitions and offsets of `PartitionConsumer`, and the options that it gives to its client."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import OffsetAndMetadata, TopicPartition

from hub.broker import consumer as consuming
from hub.broker.consumer import PartitionConsumer, offsets_after, partitions_of
from schemas.topic import EVENTS, RULES

FIRST = TopicPartition(EVENTS.name, 0)


class Client:
    """A `KafkaConsumer` that records its options and its calls."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.assigned: list[TopicPartition] = []
        self.committed: dict[TopicPartition, OffsetAndMetadata] = {}
        self.closed_with: dict[str, Any] = {}

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Remember the partitions."""
        self.assigned = partitions

    def commit(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        """Remember the offsets."""
        self.committed |= offsets

    def close(self, **options: Any) -> None:
        """Remember the arguments of the close."""
        self.closed_with = options


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Return the clients that the test opens."""
    opened: list[Client] = []

    def connect(**options: Any) -> Client:
        opened.append(Client(**options))
        return opened[-1]

    monkeypatch.setattr(consuming, "SingleFetchConsumer", connect)
    return opened


def test_all_partitions_of_the_topics_are_listed() -> None:
    """Each topic has the partitions of the catalogue."""
    parts = partitions_of([EVENTS, RULES])
    assert len(set(parts)) == EVENTS.partitions + RULES.partitions


def test_the_next_offset_follows_the_last_record_in_any_order() -> None:
    """Records that are passed in the wrong order do not move the offset back."""
    records = [SimpleNamespace(topic=EVENTS.name, partition=0, offset=n) for n in (4, 7, 5)]
    assert offsets_after(records) == {FIRST: 8}


def test_a_consumer_with_a_group_starts_at_the_beginning(clients: list[Client]) -> None:
    """Without committed offsets a group reads everything; nothing is committed automatically."""
    with PartitionConsumer({"bootstrap_servers": "b"}, [FIRST], group="g") as consumer:
        consumer.commit({FIRST: 8})
    (client,) = clients
    assert client.options == {
        "bootstrap_servers": "b",
        "group_id": "g",
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
    }
    assert client.assigned == [FIRST]
    assert client.committed == {FIRST: OffsetAndMetadata(8, "", -1)}
    assert client.closed_with == {"autocommit": False, "timeout_ms": None}


def test_a_consumer_without_a_group_starts_at_the_end(clients: list[Client]) -> None:
    """The caller seeks before it reads."""
    PartitionConsumer({}, [FIRST]).close(timeout_ms=1000)
    (client,) = clients
    assert client.options["group_id"] is None
    assert client.options["auto_offset_reset"] == "latest"
    assert client.closed_with == {"autocommit": False, "timeout_ms": 1000}


class Broker:
    """A client and a wake-up in one: each fetch returns the next batch, each wait is recorded."""

    def __init__(self, *batches: list[int]) -> None:
        self.batches, self.log = list(batches), list[str]()

    def fetch(self, max_records: int | None) -> dict[TopicPartition, list[int]]:
        """Return the next batch."""
        del max_records
        self.log.append("fetch")
        batch = self.batches.pop(0) if self.batches else []
        return {FIRST: batch} if batch else {}

    def wait(self, most: float) -> bool:
        """Return at once, as if a producer had woken the reader."""
        self.log.append(f"wait {most:g}")
        return bool(self.batches)


def woken(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> PartitionConsumer:
    """Return a consumer that reads and waits at `broker`, and never sleeps."""
    monkeypatch.setattr(consuming.time, "sleep", lambda _: broker.log.append("sleep"))
    consumer = PartitionConsumer({}, wakeup=broker)  # type: ignore[arg-type]
    consumer._consumer = broker
    return consumer


def test_a_woken_consumer_waits_only_after_an_empty_fetch(
    clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks until nothing is left, and then waits to be woken."""
    broker = Broker([1], [], [2])
    consumer = woken(broker, monkeypatch)
    polled = [consumer.poll(500) for _ in range(4)]
    assert polled == [{FIRST: [1]}, {}, {FIRST: [2]}, {}]
    assert broker.log == ["fetch", "fetch", "wait 0.5", "fetch", "fetch"]
    assert consumer.poll(500) == {}
    assert broker.log[5:] == ["wait 0.5"]
    assert clients


def test_a_woken_consumer_gathers_in_one_fetch(
    clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sleeps for the rest of the time, so that a batch of many producers costs three fetches."""
    broker = Broker([1], [], [2, 3])
    consumer = woken(broker, monkeypatch)
    assert consumer.gather(500, linger=60.0, most=3) == [1, 2, 3]
    assert broker.log == ["fetch", "fetch", "sleep", "wait 0", "fetch"]
    assert consumer.gather(500, linger=60.0, most=3) == []
    assert clients
