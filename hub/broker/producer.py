"""Sending records 发送 to the broker, by kafka-python."""

import contextlib
import time
from collections.abc import Sequence
from typing import Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from hub.broker.connection import producer_options
from hub.broker.topics import LARGEST_RECORD
from hub.settings.kafka import KafkaSettings
from schemas.cloudevent import Record

SENT_WITHIN = 30.0


class Sender(Protocol):
    """Sends records; returns once the broker has them all, or raises."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Send; raises `KafkaError` where any record was not taken."""


class KafkaSender:
    """kafka-python producer: acks=all, explicit partitions, no reordering by a retry."""

    def __init__(self, settings: KafkaSettings) -> None:
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
            # One deadline for all of them: a producer that hangs is made anew after it.
            give_up = time.monotonic() + SENT_WITHIN
            for future in futures:
                future.get(timeout=max(0.0, give_up - time.monotonic()))
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        """Let the producer go, whatever it has still to send."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # One that hangs says so once more; it must go all the same.
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)


def send(settings: KafkaSettings, record: Record) -> None:
    """Send one record; raises `KafkaError` where the broker does not take it."""
    sender = KafkaSender(settings)
    try:
        sender.send_all([record])
    finally:
        sender.close()


def no_broker(settings: KafkaSettings, error: Exception) -> str:
    """Return what is wrong where the broker does not answer."""
    return f"no broker at {settings.bootstrap} ({error!r}); start it with hub up"
