"""CloudEvents 1.0 Kafka binding, binary mode: bodies of ours as records, and back.

Attributes travel as `ce_*` headers, the body is JSON, so that any CloudEvents consumer reads our
topics. Pure mapping: no client is imported.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar
from zlib import crc32

from pydantic import TypeAdapter

from schemas.base import Frozen
from schemas.topic import Topic

SOURCE = "/minqing-hub"
"""`ce_source` of everything that the hub itself publishes."""
_SOURCE = SOURCE.encode()

Body = TypeVar("Body", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as any client can send it."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@cache
def _adapter(model: type[Frozen]) -> TypeAdapter[Frozen]:
    """Return what writes a body as bytes: a model itself writes text, to be encoded once more."""
    return TypeAdapter(model)


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
    said = time.isoformat()
    headers = [
        ("ce_id", event_id.encode()),
        ("ce_source", _SOURCE),
        ("ce_type", topic.event_type.encode()),
        ("ce_specversion", b"1.0"),
        ("ce_time", (f"{said[:-6]}Z" if said.endswith("+00:00") else said).encode()),
        ("content-type", b"application/json"),
    ]
    if subject:
        headers.append(("ce_subject", subject.encode()))
    return Record(
        topic=topic.name,
        partition=partition_of(route or key, topic.partitions),
        key=key.encode(),
        value=_adapter(type(body)).dump_json(body),
        headers=headers,
    )


def decode(model: type[Body], value: bytes) -> Body:
    """Return the body of a record; raises `pydantic.ValidationError` where it is not one."""
    return model.model_validate_json(value)
