"""The mark on the embedded broker's log 日志标记: the log holds all that the store knows.

The embedded broker keeps its log in memory, so each start begins an empty log. Once the store has
published to it what it knows, the log gets a random name. The name is kept as a committed offset,
which is the only place at the broker that goes with its log.
"""

import secrets

from kafka import TopicPartition

from hub.broker.connection import options
from hub.broker.consumer import PartitionConsumer
from hub.settings.kafka import KafkaSettings
from schemas.topic import CASE_STATE

MARK = "minqing-hub-republished"
"""Group whose committed offset is the name of the log."""

_MARKED = TopicPartition(CASE_STATE.name, 0)


def log_id(settings: KafkaSettings) -> str:
    """Return the name of the embedded broker's log; empty if the store has not published to it.

    Raises `KafkaError`.
    """
    with PartitionConsumer(options(settings), group=MARK) as consumer:
        return str(consumer.committed(_MARKED) or "")


def mark_republished(settings: KafkaSettings) -> None:
    """Name this log, so that workers restore their state from it; raises `KafkaError`."""
    with PartitionConsumer(options(settings), group=MARK) as consumer:
        # Nobody reads from this offset: it is a number that the broker keeps for us.
        consumer.commit({_MARKED: 1 + secrets.randbits(48)})
