"""CloudEvents 1.0 Kafka binding, binary mode: bodies of ours as records, and back.

Attributes travel as `ce_*` headers, the body is JSON, so that any CloudEvents consumer reads our
topics. Pure mapping: no client is imported.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zlib import crc32

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas.base import Frozen
from schemas.topic import Topic

SOURCE = "/minqing-hub"
"""`ce_source` of everything that the hub itself publishes."""

Body = TypeVar("Body", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as any client can send it."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class _Verbatim(JSONFormat):
    """Body bytes are already JSON, written by pydantic; they are passed as they are."""

    def write_data(self, data: object, datacontenttype: str | None) -> bytes:
        """Return `data`, which is bytes."""
        if not isinstance(data, bytes):
            raise TypeError(f"{datacontenttype}: expected bytes, got {type(data).__name__}")
        return data


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: CRC-32 modulo, the same for every client we use."""
    return crc32(key.encode()) % partitions


def encode(
    topic: Topic,
    body: Frozen,
    *,
    event_id: str,
    time: datetime,
    key: str,
    subject: str = "",
    route: str = "",
) -> Record:
    """Return the record of `body`; `route` decides the partition where it is not the key."""
    attributes: dict[str, object] = {
        "id": event_id,
        "source": SOURCE,
        "type": topic.event_type,
        "specversion": "1.0",
        "time": time,
        "datacontenttype": "application/json",
    }
    if subject:
        attributes["subject"] = subject
    event = CloudEvent(attributes, body.model_dump_json().encode())
    message = to_binary(event, _Verbatim(), key_mapper=lambda _: key)
    return Record(
        topic=topic.name,
        partition=partition_of(route or key, topic.partitions),
        key=key.encode(),
        value=message.value,
        headers=list(message.headers.items()),
    )


def decode(model: type[Body], value: bytes) -> Body:
    """Return the body of a record; raises `pydantic.ValidationError` where it is not one."""
    return model.model_validate_json(value)
