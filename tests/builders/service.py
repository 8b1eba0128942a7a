"""Builders of stages of service items, and a store that knows the working days."""

from datetime import datetime, timedelta
from typing import Any

from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.event import Place, Reporter, UnifiedEvent, event_id_of
from schemas.reports.fact import Kind
from schemas.reports.raw import receipt_of_delivery
from schemas.reports.service import Service, ServiceStage
from schemas.topic import EVENTS
from schemas.town.patrol import Patrols
from tests.builders.stored import keep
from tests.builders.town import NOON, TOWN, VILLAGE


def moment(written: str) -> datetime:
    """Return a time of 2026 in Beijing: `02-27`, at nine o'clock, or `02-27 15:30`."""
    day, _, clock = written.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{clock or '09:00'}:00").replace(tzinfo=BEIJING)


def stage(
    number: str, name: ServiceStage, at: str | datetime, *, received: int = 0, **service: Any
) -> UnifiedEvent:
    """Return the event of a stage, received `received` minutes after noon."""
    when = moment(at) if isinstance(at, str) else at
    fields = {"item_name": "社保卡补换", "item_code": "S-1", "department": "人社局", **service}
    revision = f"{name}-{when.isoformat()}-{received}"
    return UnifiedEvent(
        event_id=event_id_of(Channel.SERVICE_ITEMS, number, revision),
        receipt_id=receipt_of_delivery(Channel.SERVICE_ITEMS, number + revision),
        channel=Channel.SERVICE_ITEMS,
        native_id=number,
        revision=revision,
        kind=Kind.SERVICE_STAGE,
        occurred_at=when,
        received_at=NOON + timedelta(minutes=received),
        reporter=Reporter(masked="张*"),
        place=Place(division_code=VILLAGE, settled_by="division_code"),
        tracking=f"CODE{number:0>12}",
        title=str(fields["item_name"]),
        service=Service(stage=name, **fields),
    )


def keep_stages(store: Store, *stages: UnifiedEvent) -> None:
    """Store stages and the calendar."""
    store_registers(store, TOWN, Patrols((), (), (), ()), NOON)
    keep(store, EVENTS.name, *stages)
