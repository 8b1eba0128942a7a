"""Records follow the Kafka binding of CloudEvents."""

from datetime import UTC, datetime
from uuid import uuid4

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from schemas.cloudevent import Attributes, from_record, to_record
from schemas.reports.receipt import Receipt
from schemas.topic import RECEIPTS

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
RECEIPT = Receipt(receipt_id=uuid4(), channel="open311", received_at=NOW, size=12)
ATTRIBUTES = Attributes(key="open311", event_id="r-1", time=NOW, subject="案")


def test_a_cloudevents_consumer_reads_our_record() -> None:
    """The SDK reads the attributes and the body that we wrote."""
    record = to_record(RECEIPTS.name, 0, RECEIPTS.event_type, RECEIPT, ATTRIBUTES)
    event = from_binary(
        KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value),
        JSONFormat(),
    )
    assert event.get_id() == "r-1"
    assert event.get_type() == RECEIPTS.event_type
    assert event.get_time() == NOW
    assert event.get_subject() == "案"
    assert event.get_data()["channel"] == "open311"


def test_a_body_survives_a_round_trip() -> None:
    """The body that is read from a record equals the body that was written."""
    record = to_record(RECEIPTS.name, 0, RECEIPTS.event_type, RECEIPT, ATTRIBUTES)
    assert from_record(Receipt, record.value) == RECEIPT
