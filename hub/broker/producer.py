"""Sending records 发送 to the broker with kafka-python."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from hub.broker.connection import producer_options
from hub.broker.topics import LARGEST_RECORD
from hub.broker.wakeup import wake
from hub.settings.kafka import KafkaSettings
from schemas.cloudevent import Record

SEND_TIMEOUT = 30.0
"""Seconds in which the broker must acknowledge all records of one call."""

_Send = tuple[str, bytes, bytes | None, int, list[tuple[str, bytes]]]
"""Topic, key, value, partition and headers."""


class Sender(Protocol):
    """Sends records."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Send; raises `KafkaError` if the broker did not acknowledge every record."""


class KafkaSender:
    """Sends to explicit partitions with acks=all; a retry does not reorder records.

    It wakes the readers of the embedded broker.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: KafkaProducer | None = None

    def send_all(self, records: Sequence[Record]) -> None:
        """Send and wait for all acknowledgements; after a failure the next call reconnects.

        Raises `KafkaError` if the broker did not acknowledge every record.
        """
        sends = ((r.topic, r.key, r.value, r.partition, r.headers) for r in records)
        self._send_and_wait(sends)

    def delete_all(self, topic: str, keys: Iterable[tuple[bytes, int]]) -> None:
        """Send a tombstone, which has no value, for each key and partition of a compacted topic.

        Raises `KafkaError` if the broker did not acknowledge every one.
        """
        self._send_and_wait((topic, key, None, partition, []) for key, partition in keys)

    def _send_and_wait(self, sends: Iterable[_Send]) -> None:
        try:
            if self._producer is None:
                self._producer = KafkaProducer(
                    linger_ms=5,
                    max_request_size=LARGEST_RECORD,
                    **producer_options(self._settings),
                )
            producer = self._producer
            futures, topics = [], set()
            for topic, key, value, partition, headers in sends:
                sent = producer.send(
                    topic, value=value, key=key, partition=partition, headers=headers
                )
                futures.append(sent)
                topics.add(topic)
            # One deadline for all records, so that a producer that hangs is replaced after it.
            deadline = time.monotonic() + SEND_TIMEOUT
            for future in futures:
                future.get(timeout=max(0.0, deadline - time.monotonic()))
            wake(self._settings, topics)
        except KafkaError:
            self.close()
            raise
        except ValueError as error:
            # A broker that has just started may list too few partitions, and the producer would
            # remember them for minutes.
            self.close()
            raise UnknownTopicOrPartitionError(str(error)) from error

    def close(self) -> None:
        """Close the producer, even if it has unsent records."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # A producer that hangs raises again when it is closed.
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)


def send(settings: KafkaSettings, record: Record) -> None:
    """Send one record; raises `KafkaError` if the broker does not acknowledge it."""
    sender = KafkaSender(settings)
    try:
        sender.send_all([record])
    finally:
        sender.close()


def no_broker(settings: KafkaSettings, error: Exception) -> str:
    """Return the error message for a broker that does not answer."""
    return f"no broker at {settings.bootstrap} ({error!r}); start it with hub up"
