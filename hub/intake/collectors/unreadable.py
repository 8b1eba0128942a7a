"""Unreadable records 读不出的记录: a partition whose next record the client cannot read.

The client raises for a record batch with a wrong checksum or an unknown compression, and for a
record with a header name that is not UTF-8. It would raise again at every poll and stop all
partitions of the consumer. So this partition is read separately. The unreadable offsets are skipped
as soon as a record behind them can be read. Until then nothing is skipped, because the fault may be
ours, for example a missing library.
"""

from collections.abc import Callable, Sequence
from gzip import BadGzipFile
from typing import Any, Protocol

from kafka import TopicPartition
from kafka.errors import CorruptRecordError, KafkaError, UnsupportedCodecError

from hub.broker.consumer import Offsets

POLL_MS = 1000
MOST_OFFSETS = 10_000
"""Offsets that one search looks at."""


class Reader(Protocol):
    """The methods of `hub.broker.consumer.PartitionConsumer` that are used here."""

    def poll(
        self, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """Return the next records."""

    def seek(self, offsets: Offsets) -> None:
        """Continue at these offsets."""

    def position(self, part: TopicPartition) -> int:
        """Return the offset of the next record of a partition."""

    def end(self, part: TopicPartition) -> int | None:
        """Return the end offset of a partition, if it is known."""

    def commit(self, offsets: Offsets) -> None:
        """Commit the offsets of the next records to read."""

    def close(self, timeout_ms: int | None = None) -> None:
        """Close the connection."""


OpenReader = Callable[[Sequence[TopicPartition]], Reader]
"""Opens a reader of partitions, at their committed offsets."""


def is_unreadable(error: Exception) -> bool:
    """Return whether an error of a poll is a fault of a record, not of the connection."""
    if isinstance(error, CorruptRecordError | UnsupportedCodecError | BadGzipFile):
        return True
    return not isinstance(error, KafkaError | OSError)


def unreadable_among(
    parts: Sequence[TopicPartition], open_reader: OpenReader
) -> list[TopicPartition]:
    """Return the partitions whose next records cannot be read; raises `KafkaError`."""
    return [part for part in parts if not _can_read(part, open_reader)]


def _can_read(part: TopicPartition, open_reader: OpenReader) -> bool:
    reader = open_reader([part])
    try:
        return _tried(reader) is not None
    finally:
        reader.close(POLL_MS)


def pass_unreadable(part: TopicPartition, open_reader: OpenReader) -> tuple[int, int] | None:
    """Commit the next offset that can be read; return the first and last skipped offset.

    None if no offset can be read yet. An empty range (last before first) if nothing is wrong.
    Raises `KafkaError`.
    """
    reader = open_reader([part])
    try:
        first = reader.position(part)
        readable = _next_readable(reader, part, first)
        if readable is None:
            return None
        if readable > first:
            reader.commit({part: readable})
        return first, readable - 1
    finally:
        reader.close(POLL_MS)


def _next_readable(reader: Reader, part: TopicPartition, first: int) -> int | None:
    for offset in range(first, first + MOST_OFFSETS):
        reader.seek({part: offset})
        records = _tried(reader)
        if records:
            # Offsets before the record that came may be empty, which is not a fault.
            return offset
        if records is not None:
            # No fault at this offset: the partition ends here, or the broker is slow.
            return offset if offset == first else None
        end = reader.end(part)
        if end is not None and offset + 1 >= end:
            return None
    return None


def _tried(reader: Reader) -> list[Any] | None:
    """Return the next record, if any; None if it cannot be read. Raises `KafkaError`."""
    try:
        batches = reader.poll(POLL_MS, 1)
    except Exception as error:
        if is_unreadable(error):
            return None
        raise
    return [record for batch in batches.values() for record in batch]
