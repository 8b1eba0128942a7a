"""The base of all models 模型基类: frozen, without unknown fields, with one JSON form."""

from datetime import timedelta, timezone
from hashlib import sha1
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

SCHEMA_VERSION = 1
"""Version of every body on the topics; only backward compatible changes raise it."""

NAMESPACE = UUID("6f1d3c1e-8a55-5a0f-9a5e-3a2c6e1b7d10")
"""Namespace of all deterministic ids (UUIDv5, RFC 9562)."""

BEIJING = timezone(timedelta(hours=8), "CST")
"""Beijing time 北京时间: UTC+8, without daylight saving time."""
TIME_ZONE = "Asia/Shanghai"
"""The same in the IANA time zone database, for browsers."""

Instant = AwareDatetime
"""A timezone-aware time; shown in Beijing time."""


class Frozen(BaseModel):
    """Base of all models: immutable; unknown fields are an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


def release_fields_set(*bodies: Frozen) -> None:
    """Drop the `fields_set` of models that stay in memory.

    pydantic stores with each model the set of fields that were passed explicitly. The set takes as
    much memory as a case itself. The hub never uses it: models are serialised with all fields.
    """
    for body in bodies:
        object.__setattr__(body, "__pydantic_fields_set__", _NO_FIELDS)


_NO_FIELDS: set[str] = set()


_NAMESPACE_HASH = sha1(NAMESPACE.bytes, usedforsecurity=False)
_VERSION_5 = 0x5000_8000_0000_0000_0000
"""Version 5 and the variant of RFC 9562, at their bits of the 128."""
_OTHER_BITS = ~0xF000_C000_0000_0000_0000


def derive_id(*parts: str) -> UUID:
    """Return the id of `parts`: equal parts always have the same id. Parts may be any text.

    It is `uuid5(NAMESPACE, …)`, in half its time: the namespace is hashed once.
    """
    digest = _NAMESPACE_HASH.copy()
    digest.update("\x1f".join(parts).encode())
    number = int.from_bytes(digest.digest()[:16], "big")
    return UUID(int=number & _OTHER_BITS | _VERSION_5)
