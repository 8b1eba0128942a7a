"""The event that every peer parses, and the line that it sends for it."""

import argparse
import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Place(BaseModel):
    """The place of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lon: float | None = None
    lat: float | None = None
    division_code: str = ""
    grid_code: str = ""
    settled_by: str = ""
    name: str = ""


class Reporter(BaseModel):
    """The reporter of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = ""


class Event(BaseModel):
    """One report, as on `events.v1`."""

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


def parse_event(value: bytes) -> Event:
    """Return the event of a record; raises `pydantic.ValidationError`."""
    return Event.model_validate_json(value)


def result_line(event: Event) -> bytes:
    """Return the line to send for an event, as JSON."""
    fields = {"event_id": str(event.event_id), "channel": event.channel, "outcome": "opened"}
    return json.dumps(fields).encode()


def parse_arguments() -> argparse.Namespace:
    """Parse the command line: broker, topics, number of events, and a folder for the state."""
    parser = argparse.ArgumentParser()
    for name in ("bootstrap", "source", "target", "folder"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--count", type=int, required=True)
    return parser.parse_args()
