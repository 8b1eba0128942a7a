"""Sending records 发送 to the broker, by kafka-python."""

from collections.abc import Sequence
from typing import Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from hub.kafka_access import producer_options
from hub.settings import Settings
from hub.topics import LARGEST_RECORD
from schemas.binding import Record


class Sender(Protocol):
    """Sends records; returns once the broker has them all, or raises."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Send; raises `KafkaError` where any record was not taken."""


class KafkaSender:
    """kafka-python producer: acks=all, explicit partitions, no reordering by a retry."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: KafkaProducer | None = None

    def send_all(self, records: Sequence[Record]) -> None:
        """Send; on a failure the producer is made anew next time."""
        try:
            if self._producer is None:
                self._producer = KafkaProducer(
                    linger_ms=5,
                    max_request_size=LARGEST_RECORD,
                    **producer_options(self._settings),
                )
            futures = [
                self._producer.send(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=record.headers,
                )
                for record in records
            ]
            self._producer.flush(timeout=30)
            for future in futures:
                future.get(timeout=30)
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        """Close the producer."""
        if self._producer is not None:
            self._producer.close(timeout=1)
            self._producer = None
