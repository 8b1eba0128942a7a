"""Reading partitions 读取分区 with kafka-python: assigned by hand, offsets committed by hand.

No consumer of the hub joins a group: a join takes seconds, and each topic has one reader. A group
only names where the offsets are kept.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.util import Timer

from hub.broker.wakeup import WakeUp
from schemas.topic import Topic

Offsets = Mapping[TopicPartition, int]
"""Partition → offset."""


def partitions_of(topics: Iterable[Topic]) -> list[TopicPartition]:
    """Return all partitions of topics."""
    return [
        TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)
    ]


def offsets_after(records: Iterable[Any]) -> dict[TopicPartition, int]:
    """Return for each partition the offset after its last record."""
    offsets: dict[TopicPartition, int] = {}
    for record in records:
        part = TopicPartition(record.topic, record.partition)
        offsets[part] = max(offsets.get(part, 0), record.offset + 1)
    return offsets


ANSWER_MS = 1000
"""Longest wait for the answer to a fetch."""


def _flat(records: Mapping[TopicPartition, list[Any]]) -> list[Any]:
    return [record for of_partition in records.values() for record in of_partition]


class SingleFetchConsumer(KafkaConsumer):  # type: ignore[misc]
    """The client, with a poll that ends with the first answer of the broker, empty or not."""

    def fetch(self, max_records: int | None) -> dict[TopicPartition, list[Any]]:
        """Return the next records that the broker has now."""
        records: dict[TopicPartition, list[Any]] = self._poll_once(
            Timer(ANSWER_MS), max_records or self.config["max_poll_records"]
        )
        return records


class PartitionConsumer:
    """A consumer of fixed partitions; a context manager. Every method may raise `KafkaError`.

    With a `group` it starts at the group's committed offsets, or at the beginning. Without a
    `group` the caller seeks first. With a `wakeup` it waits for new records there and not at the
    broker; then its options must come from `hub.broker.connection.woken_options`.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        partitions: Sequence[TopicPartition] = (),
        *,
        group: str | None = None,
        wakeup: WakeUp | None = None,
        **more: Any,
    ) -> None:
        """Connect. `options` come from `hub.broker.connection`; `more` are for `KafkaConsumer`."""
        self.partitions = tuple(partitions)
        self._wakeup, self._has_more = wakeup, True
        self._consumer = SingleFetchConsumer(
            **options,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if group else "latest",
            **more,
        )
        if partitions:
            self._consumer.assign(list(partitions))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def poll(
        self, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """Return the next records of each partition; waits up to `timeout_ms` for the first."""
        records: dict[TopicPartition, list[Any]] = {}
        if self._wakeup is None:
            records = self._consumer.poll(timeout_ms, max_records)
        elif self._has_more or self._wakeup.wait(timeout_ms / 1000):
            records = self._consumer.fetch(max_records)
            self._has_more = bool(records)
        return records

    def gather(self, first_ms: int, linger: float, most: int) -> list[Any]:
        """Wait up to `first_ms` for records, and collect up to `most` for `linger` seconds more."""
        batch = _flat(self.poll(first_ms))
        deadline = time.monotonic() + linger
        while batch and len(batch) < most and (left := deadline - time.monotonic()) > 0:
            more = _flat(self.poll(min(first_ms, 100)))
            if not more and self._wakeup is not None:
                # One fetch at the end of the time, and not one for each producer that wakes us.
                time.sleep(left)
                more = _flat(self.poll(0))
            batch += more
        return batch

    def seek(self, offsets: Offsets) -> None:
        """Continue at these offsets."""
        for part, offset in offsets.items():
            self._consumer.seek(part, offset)

    def seek_to_end(self) -> None:
        """Continue behind the last record that the broker has now."""
        self._consumer.seek_to_end(*self.partitions)
        for part in self.partitions:
            # The client looks up the end lazily: records that are sent next must not move it.
            self._consumer.position(part)

    def position(self, part: TopicPartition) -> int:
        """Return the offset of the next record of a partition."""
        return int(self._consumer.position(part))

    def end(self, part: TopicPartition) -> int | None:
        """Return the end offset that the last poll reported; None if it reported none."""
        end: int | None = self._consumer.highwater(part)
        return end

    def offsets_at(self, moment: datetime) -> dict[TopicPartition, int]:
        """Return the first offset at or after a moment in each partition, or the end offset."""
        times = dict.fromkeys(self.partitions, int(moment.timestamp() * 1000))
        first, ends = (
            self._consumer.offsets_for_times(times),
            self._consumer.end_offsets(self.partitions),
        )
        return {
            part: first[part].offset if first.get(part) else ends[part] for part in self.partitions
        }

    def committed(self, part: TopicPartition) -> int | None:
        """Return the offset that the group has committed, if any."""
        offset: int | None = self._consumer.committed(part)
        return offset

    def commit(self, offsets: Offsets) -> None:
        """Commit the offsets of the next records to read."""
        self._consumer.commit(
            {part: OffsetAndMetadata(offset, "", -1) for part, offset in offsets.items()}
        )

    def close(self, timeout_ms: int | None = None) -> None:
        """Close the connection; commits nothing."""
        self._consumer.close(autocommit=False, timeout_ms=timeout_ms)
