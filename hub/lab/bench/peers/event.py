"""The event that every peer parses, and the line that it sends."""

import argparse
import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Place(BaseModel):
    """Where it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lon: float | None = None
    lat: float | None = None
    division_code: str = ""
    grid_code: str = ""
    settled_by: str = ""
    name: str = ""


class Reporter(BaseModel):
    """Who tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = ""


class Event(BaseModel):
    """One report, as `events.v1` has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: UUID
    receipt_id: UUID
    channel: str
    native_id: str
    kind: str
    occurred_at: datetime
    received_at: datetime
    reporter: Reporter
    place: Place
    route: str
    category: str = ""
    title: str = ""
    content: str = ""


def parsed(value: bytes) -> Event:
    """Return the event of a record; raises `pydantic.ValidationError`."""
    return Event.model_validate_json(value)


def line(event: Event) -> bytes:
    """Return what is sent of an event."""
    told = {"event_id": str(event.event_id), "channel": event.channel, "outcome": "opened"}
    return json.dumps(told).encode()


def arguments() -> argparse.Namespace:
    """Return what a peer is told: broker, topics, how many, and a folder for its state."""
    asked = argparse.ArgumentParser()
    for name in ("bootstrap", "source", "target", "folder"):
        asked.add_argument(f"--{name}", required=True)
    asked.add_argument("--count", type=int, required=True)
    return asked.parse_args()
