"""The raw message 原始报文: the bytes as they arrived, and their origin."""

from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from pydantic import Field

from schemas.base import Frozen, Instant, derive_id


class Transport(StrEnum):
    """How a message reached the hub."""

    HTTP = "http"
    FILE = "file"
    POLL = "poll"
    MAIL = "mail"
    KAFKA = "kafka"
    DATABASE = "database"


class RawMessage(Frozen):
    """One message as received; durable before its sender gets an answer.

    `receipt_id` is derived from the delivery if the transport identifies it (a file's name and
    hash, a topic's partition and offset, a row's key). For plain HTTP the intake draws it at
    random.
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
        """Receipt of the rejected message that this message repeats, if any."""
        try:
            return UUID(self.headers.get(REPLAY_OF, ""))
        except ValueError:
            return None

    @property
    def sha256(self) -> str:
        """Hex digest of the body."""
        return sha256(self.body).hexdigest()


REPLAY_OF = "X-Hub-Replay-Of"
"""Header of a replayed message: the receipt of the first attempt."""
RATED_ON_PAGE = "X-Hub-Rated-On-Page"
"""Header of the rating of an answer from the tracking page. Of an HTTP request it is not kept."""


def receipt_of_delivery(channel: str, delivery: str) -> UUID:
    """Return the receipt id of an identified delivery: collected twice, it is received once."""
    return derive_id("receipt", channel, delivery)
