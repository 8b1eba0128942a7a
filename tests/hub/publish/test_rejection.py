"""Rejected messages: the whole message once, sealed, and returned byte for byte."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from hub.publish.rejection import reject, reopen
from hub.security.sealing import Sealer, SealError
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Fault, Reason

SEALER = Sealer(bytes(32))
BODY = "诉求人电话13812345678".encode("gb18030")
RAW = RawMessage(
    receipt_id=UUID(int=1),
    channel="hotline_12345",
    transport=Transport.HTTP,
    received_at=datetime(2026, 3, 2, tzinfo=UTC),
    source="10.0.0.1",
    content_type="application/json",
    headers={"ce-id": "1"},
    body=BODY,
)


def fault(position: str, part: bytes | None = None) -> Fault:
    """Return a fault at a position."""
    detail = "'13812345678' is no time"
    return Fault(reason=Reason.BAD_TIME, detail=detail, position=position, part=part)


def test_a_message_with_many_faults_travels_once() -> None:
    """Its size does not grow with the number of its faults; each fault has its own part."""
    message = reject(RAW, [fault(f"line {n}", b"part %d" % n) for n in range(100)], SEALER)
    assert [entry.raw is not None for entry in message] == [True] + [False] * 99
    assert len({entry.rejected_id for entry in message}) == 100
    assert SEALER.open(str(RAW.receipt_id), message[7].part) == b"part 7"


def test_a_rejection_has_no_personal_data_in_clear() -> None:
    """Neither the bytes nor a number that an error quotes is in clear."""
    (message,) = reject(RAW, [fault("")], SEALER)
    written = message.model_dump_json()
    assert "13812345678" not in written
    assert "138****5678" in message.detail


def test_a_rejected_message_opens_unchanged() -> None:
    """It opens with bytes and source, but not with another key or a ring without the key."""
    first, second = reject(RAW, [fault("a"), fault("b")], SEALER)
    assert reopen(first, SEALER) == RAW
    with pytest.raises(SealError, match="sealed with key"):
        reopen(first, Sealer(bytes([1]) * 32))
    with pytest.raises(ValueError, match="does not carry"):
        reopen(second, SEALER)


def test_the_same_faults_have_the_same_records() -> None:
    """Decoding again after a crash counts nothing twice."""
    faults = [fault("a"), fault("b"), fault("a")]
    assert reject(RAW, faults, SEALER) == reject(RAW, faults, SEALER)
    assert len(reject(RAW, faults, SEALER)) == 2
