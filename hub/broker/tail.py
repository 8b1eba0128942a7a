"""Reads a topic from its end 读取末尾: the answers to a question that is sent next."""

import time
from collections.abc import Iterator
from typing import TypeVar

from hub.broker.connection import consumer_options, woken_options
from hub.broker.consumer import PartitionConsumer, partitions_of
from hub.broker.wakeup import WakeUp
from hub.settings.kafka import KafkaSettings
from schemas.base import Frozen
from schemas.cloudevent import from_record
from schemas.topic import Topic

WAIT = 20.0
"""Seconds to wait for answers."""

Body = TypeVar("Body", bound=Frozen)


class Answers:
    """Reads a topic from the end that it has when this object is created.

    A process that reads for as long as it lives waits at a `wakeup`.
    """

    def __init__(self, settings: KafkaSettings, topic: Topic, wakeup: WakeUp | None = None) -> None:
        client = consumer_options(settings) if wakeup is None else woken_options(settings)
        self._consumer = PartitionConsumer(client, partitions_of([topic]), wakeup=wakeup)
        self._consumer.seek_to_end()

    def bodies(self, model: type[Body], seconds: float = WAIT) -> Iterator[Body]:
        """Yield bodies as they come, until `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for records in self._consumer.poll(timeout_ms=200).values():
                for record in records:
                    yield from_record(model, record.value)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()
