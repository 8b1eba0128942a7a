"""What every model here shares: frozen, closed, and one way to be written as JSON."""

from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict

SCHEMA_VERSION = 1
"""Version of every body on our topics; raised only by a backward compatible change."""

NAMESPACE = UUID("6f1d3c1e-8a55-5a0f-9a5e-3a2c6e1b7d10")
"""Namespace of all deterministic ids (UUIDv5, RFC 9562)."""


Instant = AwareDatetime
"""A timezone-aware moment; shown in Asia/Shanghai."""


class Frozen(BaseModel):
    """Base of all models: immutable, and unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


def forget_what_was_given(*bodies: Frozen) -> None:
    """Let go of which fields were given and which are defaults, of bodies that stay in memory.

    Each has a set of names for it, which takes as much as all that a case says. Nothing here asks
    for it: bodies are written whole.
    """
    for body in bodies:
        object.__setattr__(body, "__pydantic_fields_set__", _NOTHING_GIVEN)


_NOTHING_GIVEN: set[str] = set()


def derive_id(*parts: str) -> UUID:
    """Return the id that the same `parts` always have; parts may hold any text."""
    return uuid5(NAMESPACE, "\x1f".join(parts))
