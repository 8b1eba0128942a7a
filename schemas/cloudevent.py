"""CloudEvents 1.0 Kafka binding, binary mode: bodies of ours as records, and back.

Attributes travel as `ce_*` headers, the body is JSON, so that any CloudEvents consumer reads our
topics. Pure mapping: no client is imported. `schemas.topic` knows the attributes of each body.
"""

from datetime import datetime
from functools import cache
from typing import NamedTuple, TypeVar
from zlib import crc32

from pydantic import TypeAdapter

from schemas.base import Frozen
from schemas.dataschema import dataschema_of

SOURCE = "/minqing-hub"
"""`ce_source` of everything that the hub itself publishes."""
_SOURCE = SOURCE.encode()

Body = TypeVar("Body", bound=Frozen)


class Record(NamedTuple):
    """One Kafka record as any client can send it."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Attributes(NamedTuple):
    """The Kafka key and the CloudEvents attributes of a record."""

    key: str
    event_id: str
    time: datetime
    subject: str = ""


@cache
def _adapter(model: type[Frozen]) -> TypeAdapter[Frozen]:
    """Return a serialiser to bytes: the model's own method returns text, to be encoded again."""
    return TypeAdapter(model)


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: CRC-32 modulo, the same for every client we use."""
    return crc32(key.encode()) % partitions


def to_record(
    topic: str, partition: int, event_type: str, body: Frozen, attributes: Attributes
) -> Record:
    """Return `body` as a record of a partition; `event_type` becomes `ce_type`."""
    headers = [
        ("ce_id", attributes.event_id.encode()),
        ("ce_source", _SOURCE),
        ("ce_type", event_type.encode()),
        ("ce_specversion", b"1.0"),
        ("ce_time", _rfc3339(attributes.time).encode()),
        ("ce_dataschema", dataschema_of(type(body))),
        ("content-type", b"application/json"),
    ]
    if attributes.subject:
        headers.append(("ce_subject", attributes.subject.encode()))
    return Record(
        topic=topic,
        partition=partition,
        key=attributes.key.encode(),
        value=_adapter(type(body)).dump_json(body),
        headers=headers,
    )


def _rfc3339(time: datetime) -> str:
    text = time.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def own_headers(model: type[Frozen]) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of all records that a hub with this version of the model has written.

    They are a mark and no signature: who may write to the topics is decided by the broker.
    """
    return ("ce_source", _SOURCE), ("ce_dataschema", dataschema_of(model))


def from_record(model: type[Body], value: bytes) -> Body:
    """Return the body in the value of a record.

    Raises `pydantic.ValidationError` where the value is not a body of this model.
    """
    return model.model_validate_json(value)
