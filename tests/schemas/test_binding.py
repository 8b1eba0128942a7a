"""Our records are CloudEvents."""

from datetime import UTC, datetime
from uuid import uuid4

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from schemas.cloudevent import decode, encode, partition_of
from schemas.reports.receipt import Receipt
from schemas.topic import RECEIPTS, TOPICS

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
RECEIPT = Receipt(receipt_id=uuid4(), channel="open311", received_at=NOW, size=12)


def test_a_cloudevents_consumer_reads_our_record() -> None:
    """The SDK's own reader finds the attributes and the body that we wrote."""
    record = encode(RECEIPTS, RECEIPT, event_id="r-1", time=NOW, key="open311", subject="案")
    event = from_binary(
        KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value),
        JSONFormat(),
    )
    assert event.get_id() == "r-1"
    assert event.get_type() == RECEIPTS.event_type
    assert event.get_time() == NOW
    assert event.get_subject() == "案"
    assert event.get_data()["channel"] == "open311"


def test_a_body_survives_the_way_there_and_back() -> None:
    """What is decoded equals what was encoded."""
    record = encode(RECEIPTS, RECEIPT, event_id="r-1", time=NOW, key="open311")
    assert decode(Receipt, record.value) == RECEIPT


def test_the_route_decides_the_partition_and_the_key_stays() -> None:
    """A snapshot keyed by case lies in the partition of its township."""
    record = encode(RECEIPTS, RECEIPT, event_id="1", time=NOW, key="case", route="421281001")
    assert record.key == b"case"
    assert record.partition == partition_of("421281001", RECEIPTS.partitions)


def test_topic_names_are_unique_and_typed() -> None:
    """No two topics share a name or an event type, and every one has a body."""
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert len({topic.event_type for topic in TOPICS}) == len(TOPICS)
    assert all(topic.body is not None for topic in TOPICS)
