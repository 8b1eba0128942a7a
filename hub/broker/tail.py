"""Reads a topic from its end 读取末尾: the answers that come after a question was sent."""

import time
from collections.abc import Iterator
from typing import TypeVar

from kafka import KafkaConsumer, TopicPartition

from hub.broker.connection import consumer_options
from hub.settings.kafka import KafkaSettings
from schemas.base import Frozen
from schemas.cloudevent import from_record
from schemas.topic import Topic

WAIT = 20.0
"""Seconds that an answer is waited for."""

Body = TypeVar("Body", bound=Frozen)


class Answers:
    """Reads a topic from its end, as it was before anything was asked."""

    def __init__(self, settings: KafkaSettings, topic: Topic) -> None:
        self._parts = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        self._consumer = KafkaConsumer(enable_auto_commit=False, **consumer_options(settings))
        self._consumer.assign(self._parts)
        self._consumer.seek_to_end(*self._parts)
        for part in self._parts:
            # The end is looked up lazily: what is asked next must not move it.
            self._consumer.position(part)

    def bodies(self, model: type[Body], seconds: float = WAIT) -> Iterator[Body]:
        """Yield bodies as they come, until `seconds` have passed."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            for records in self._consumer.poll(timeout_ms=200).values():
                for record in records:
                    yield from_record(model, record.value)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()
