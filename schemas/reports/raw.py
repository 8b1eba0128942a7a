"""The raw message 原始报文: bytes as they arrived, and where they came from."""

from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant, derive_id


class Transport(StrEnum):
    """How a message reached us."""

    HTTP = "http"
    FILE = "file"
    POLL = "poll"
    MAIL = "mail"
    KAFKA = "kafka"
    DATABASE = "database"


class RawMessage(Frozen):
    """One message as received; made durable before its sender is answered.

    `delivery_id` names the delivery where the transport has a name for it (a file's name and
    hash, a topic's partition and offset, a row's key); empty for plain HTTP, where `receipt_id`
    is drawn at random by the intake.
    """

    receipt_id: UUID
    channel: str
    transport: Transport
    received_at: Instant
    source: str = Field(default="", description="address, file name, or topic-partition-offset")
    content_type: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    body: bytes

    @property
    def replay_of(self) -> UUID | None:
        """Receipt of the rejected message that this one repeats; None where it names none."""
        try:
            return UUID(self.headers.get(REPLAY_OF, ""))
        except ValueError:
            return None

    @property
    def sha256(self) -> str:
        """Hex digest of the body."""
        return sha256(self.body).hexdigest()


REPLAY_OF = "X-Hub-Replay-Of"
"""Header under which a replayed message has the receipt of the first time."""


def receipt_of_delivery(channel: str, delivery: str) -> UUID:
    """Return the receipt id of a delivery that names itself: collected twice, received once."""
    return derive_id("receipt", channel, delivery)
