"""Rejected messages 退件: raw bytes, a reason of a closed set, the position of the fault."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant, derive_id
from schemas.reports.raw import Transport


class Reason(StrEnum):
    """Why a message or a part of it cannot become an event. A closed set."""

    UNKNOWN_CHANNEL = "unknown_channel"
    UNSUPPORTED_TYPE = "unsupported_type"
    BAD_CHARSET = "bad_charset"
    BAD_SYNTAX = "bad_syntax"
    MISSING_FIELD = "missing_field"
    BAD_VALUE = "bad_value"
    BAD_TIME = "bad_time"
    BAD_SIGNATURE = "bad_signature"
    BAD_CIPHER = "bad_cipher"
    FORBIDDEN_CONTENT = "forbidden_content"
    TOO_LARGE = "too_large"
    NO_CONTENT = "no_content"
    DECODER_FAULT = "decoder_fault"


REASON_MEANINGS: dict[Reason, str] = {
    Reason.UNKNOWN_CHANNEL: "no connector has this name",
    Reason.UNSUPPORTED_TYPE: "the channel does not send this content type or message type",
    Reason.BAD_CHARSET: "so many bytes belong to no character that this is no text",
    Reason.BAD_SYNTAX: "not well-formed JSON, XML, CSV, ZIP, mail …",
    Reason.MISSING_FIELD: "a field that the channel's contract requires is absent or empty",
    Reason.BAD_VALUE: "a field holds a value outside its domain",
    Reason.BAD_TIME: "a time is unreadable, or absurd (before 2000, or over a day ahead)",
    Reason.BAD_SIGNATURE: "the signature inside the message does not match",
    Reason.BAD_CIPHER: "the channel's key does not decrypt the message",
    Reason.FORBIDDEN_CONTENT: "XML entities, a path inside a ZIP, a formula cell …",
    Reason.TOO_LARGE: "the message, or its unpacked content, exceeds the limit",
    Reason.NO_CONTENT: "the message has no content",
    Reason.DECODER_FAULT: "the connector failed: a fault of the hub; replay after the fix",
}


class Fault(Frozen):
    """A fault that a decoder found in one part of a raw message.

    `position` is a JSON pointer, `line 7`, `row 3 column 身份证号`, `byte 120`,
    `entry 信访件.xml`. `part` has the bytes of that part, unless it is the whole message.
    """

    reason: Reason
    detail: str
    position: str = ""
    part: bytes | None = None


class SealedRaw(Frozen):
    """The whole message as received: its origin, and its sealed bytes."""

    transport: Transport
    source: str = ""
    content_type: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    size: int = Field(description="bytes")
    sha256: str
    body: str = Field(description="sealed bytes, bound to the receipt id")


class Rejected(Frozen):
    """One fault on `rejected.v1`, with the bytes that the sender sent, never re-serialised.

    The bytes may contain personal data, so they are sealed. If a message has many faults, only the
    first carries the message; the others have its `receipt_id`.
    """

    rejected_id: UUID
    receipt_id: UUID
    channel: str
    reason: Reason
    detail: str
    position: str = ""
    received_at: Instant
    raw: SealedRaw | None = None
    part: str = Field(default="", description="sealed bytes of the faulty part, if any")
    schema_version: int = Field(default=SCHEMA_VERSION)


def rejected_id_of(receipt_id: UUID, reason: Reason, position: str) -> UUID:
    """Return the id of a fault: the same fault of a receipt always has the same id."""
    return derive_id("rejected", str(receipt_id), reason, position)
