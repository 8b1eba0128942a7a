"""Topics: a record that the client cannot read stops neither its partition nor the others."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
from kafka import KafkaProducer
from kafka.errors import CorruptRecordError, KafkaConnectionError, UnsupportedCodecError

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.broker.connection import options
from hub.broker.topics import ensure_topics
from hub.intake.collectors import topics
from hub.intake.collectors.topics import IntakeTopics
from hub.intake.collectors.unreadable import is_unreadable
from hub.settings import Settings
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from tests.builders.collecting import Desk, at_desk
from tests.integration.parts import broker, free_port


class GbkName(str):
    """A header name that its sender writes in GBK."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        """Return the bytes that go over the wire."""
        return super().encode("gbk")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CorruptRecordError("crc"), True),
        (UnsupportedCodecError("snappy"), True),
        (UnicodeDecodeError("utf-8", b"\xc0", 0, 1, "header"), True),
        (KafkaConnectionError("away"), False),
        (TimeoutError(), False),
    ],
    ids=repr,
)
def test_a_faulty_record_is_distinguished_from_an_unavailable_broker(
    error: Exception, expected: bool
) -> None:
    """Only the former sets a partition apart."""
    assert is_unreadable(error) is expected


def test_a_header_name_in_gbk_stops_no_topic(tmp_path: Path) -> None:
    """On a real broker: all records around it arrive, and it is reported once."""
    port = free_port()

    async def talk(desk: Desk) -> None:
        await asyncio.to_thread(_send, desk.settings)
        collector = IntakeTopics(desk.restart())
        with patch.object(topics, "AGAIN_ROUNDS", 1):
            async with asyncio.timeout(90):
                while {raw.body for raw in desk.kept} != {b"1", b"3", b"other"}:
                    await collector.collect()
        assert desk.set_aside("topics") == 1
        collector.close()

    with broker(port):
        at_desk(tmp_path, talk, broker_port=port)


def _send(settings: Settings) -> None:
    ensure_topics(settings)
    producer = KafkaProducer(**options(settings), acks="all", enable_idempotence=False)
    for body, name in ((b"1", "a"), (b"2", GbkName("来源")), (b"3", "a")):
        sent = producer.send("intake.police_110", body, headers=[(name, b"x")], partition=0)
        sent.get(timeout=10)
    producer.send("intake.governance_platform", b"other", partition=0).get(timeout=10)
    producer.close()


def test_a_panic_of_a_decoder_costs_one_message() -> None:
    """A library in Rust raises no Exception when it panics; the bytes are rejected all the same."""

    class PanicException(BaseException):
        """What pyo3 raises."""

    def panics(_: RawMessage, __: DecodeContext) -> Decoded:
        raise PanicException("index out of bounds")

    raw = RawMessage(
        receipt_id=UUID(int=1),
        channel=Channel.LABOUR_12333,
        transport=Transport.FILE,
        received_at=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        body=b"x",
    )
    connector = replace(load_connectors()["labour_12333"], decode=panics)
    (decoded,) = connector.decode_batch([raw], DecodeContext())
    assert [fault.reason for fault in decoded.faults] == [Reason.DECODER_FAULT]
