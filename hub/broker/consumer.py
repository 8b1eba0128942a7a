"""Reading partitions 读取分区 with kafka-python: assigned by hand, offsets committed by hand.

No consumer of the hub joins a group: a join takes seconds, and each topic has one reader. A group
only names where the offsets are kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

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


class PartitionConsumer:
    """A consumer of fixed partitions; a context manager. Every method may raise `KafkaError`.

    With a `group` it starts at the group's committed offsets, or at the beginning. Without a
    `group` the caller seeks first.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        partitions: Sequence[TopicPartition] = (),
        *,
        group: str | None = None,
        **more: Any,
    ) -> None:
        """Connect. `options` come from `hub.broker.connection`; `more` are for `KafkaConsumer`."""
        self.partitions = tuple(partitions)
        self._consumer = KafkaConsumer(
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
        records: dict[TopicPartition, list[Any]] = self._consumer.poll(timeout_ms, max_records)
        return records

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
