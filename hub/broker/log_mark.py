"""The mark on the embedded broker's log: it holds all that the store knows."""

import secrets

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from hub.broker.connection import options
from hub.settings.kafka import KafkaSettings
from schemas.topic import CASE_STATE

MARK = "minqing-hub-republished"
"""Group that has committed an offset where the log has all that the store knows."""

_MARKED = TopicPartition(CASE_STATE.name, 0)


def log_id(settings: KafkaSettings) -> str:
    """Return the name of the embedded broker's log, or empty before it has what the store knows.

    Raises `KafkaError`.
    """
    consumer = _marker(settings)
    try:
        return str(consumer.committed(_MARKED) or "")
    finally:
        consumer.close(autocommit=False)


def mark_republished(settings: KafkaSettings) -> None:
    """Name this log, and let workers restore their state from it; raises `KafkaError`."""
    consumer = _marker(settings)
    try:
        # An offset is a number that the broker keeps for us; nothing is read by it.
        consumer.commit({_MARKED: OffsetAndMetadata(1 + secrets.randbits(48), "", -1)})
    finally:
        consumer.close(autocommit=False)


def _marker(settings: KafkaSettings) -> KafkaConsumer:
    return KafkaConsumer(group_id=MARK, enable_auto_commit=False, **options(settings))
