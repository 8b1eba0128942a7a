"""A drawn day as labelled unified events, without a running hub: material to measure merging on."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import DecodeContext
from connectors.open311 import REQUEST_ID
from connectors.registry import load_connectors
from hub.lab.simulate.language.wordings import Split
from hub.lab.simulate.native.pack import pack
from hub.lab.simulate.scenario.day import Telling, draw_day
from hub.lab.simulate.scenario.matters import Said, draw_matters, tell
from hub.lab.simulate.scenario.message import Message
from hub.publish.normalise import finish
from hub.security.sealing import KEY_BYTES, Sealer
from hub.settings import Settings
from hub.town.models import load_register
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Attachment, Contact, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport, receipt_of_delivery
from streams.matching.classify import leaf_of
from streams.town.register import Register

END = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""When the period of the hard matters ends: the same for all, so that a seed draws one file."""


def raw_of(message: Message, number: int, received_at: datetime) -> RawMessage:
    """Return a delivery as the intake would keep it; `number` tells deliveries apart."""
    headers, body = dict(message.headers), message.body
    if message.channel is Channel.OPEN311:
        headers[REQUEST_ID] = message.truth[0][0] if message.truth else "refused"
    if message.channel is Channel.LEADER_BOARD:
        body = b'{"posts": [' + body + b"]}"
    return RawMessage(
        receipt_id=receipt_of_delivery(message.channel, str(number)),
        channel=message.channel,
        transport=message.transport,
        received_at=received_at,
        content_type=message.content_type,
        headers=headers,
        body=body,
    )


@dataclass(frozen=True, slots=True)
class Truth:
    """What no channel tells: the matter, its leaf of the category tree, its grid."""

    matter: str
    leaf: str
    grid: str


def label_day(
    tellings: Sequence[Telling], register: Register, end: datetime
) -> Iterator[tuple[UnifiedEvent, Truth]]:
    """Yield each event of a drawn day's deliveries with its truth; what is rubbish has neither.

    An event is taken for received when it occurred. Its seal is by a key of zeros: nobody in it
    exists.
    """
    truths = {t.matter: Truth(t.matter, t.category, t.place.grid_code) for t in tellings}
    connectors, sealer = load_connectors(), Sealer(bytes(KEY_BYTES))
    routes: dict[tuple[str, str], str] = {}

    def route_of(channel: str, *native_ids: str) -> str | None:
        known = (routes.get((channel, native_id)) for native_id in native_ids)
        return next(filter(None, known), None)

    for number, message in enumerate(pack(tellings)):
        raw = raw_of(message, number, end)
        (decoded,) = connectors[message.channel].decode_batch([raw], DecodeContext())
        given = dict(message.truth)
        for fact in decoded.facts:
            event = finish(raw, fact, register, sealer, route_of)
            routes.setdefault((raw.channel, event.native_id), event.route)
            if fact.native_id in given:
                told = event.model_copy(update={"received_at": event.occurred_at})
                yield told, truths[given[fact.native_id]]


def label_matters(
    register: Register, split: Split, seed: int, count: int, end: datetime
) -> Iterator[tuple[UnifiedEvent, Truth]]:
    """Yield the reports of `count` hard matters with the truth about each."""
    sealer = Sealer(bytes(KEY_BYTES))
    for matter in draw_matters(register, split, seed, count, end):
        for number, said in enumerate(tell(matter, split)):
            event = finish(
                _raw_of_said(said, number), _fact_of(said, number), register, sealer, _no_route
            )
            yield event, Truth(matter.name, leaf_of(matter.thing.trouble), matter.place.grid_code)


def _no_route(*_: str) -> None:
    return None


def _raw_of_said(said: Said, number: int) -> RawMessage:
    return RawMessage(
        receipt_id=receipt_of_delivery(said.channel, f"{said.matter.name}-{number}"),
        channel=said.channel,
        transport=Transport.HTTP,
        received_at=said.at,
        body=b"",
    )


def _fact_of(said: Said, number: int) -> Fact:
    lon, lat = said.fix or (None, None)
    return Fact(
        native_id=f"{said.matter.name}-{number}",
        occurred_at=said.at,
        contact=Contact(name=said.person.name, phone=said.person.phone),
        confidential=said.confidential,
        place=PlaceHint(
            text=said.place_text,
            lon=lon,
            lat=lat,
            division_code=said.division,
            grid_code=said.grid,
        ),
        category=said.category,
        title=said.title,
        content=said.text,
        object_name=said.object_name,
        attachments=(Attachment(sha256=said.photo),) if said.photo else (),
    )


def write_labelled(path: Path, told: Iterable[tuple[UnifiedEvent, Truth]]) -> int:
    """Write NDJSON of unified events, each with `matter` and `truth`; return how many."""
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for event, truth in told:
            line = {
                **json.loads(event.model_dump_json()),
                "matter": truth.matter,
                "truth": {"leaf": truth.leaf, "grid": truth.grid},
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1
    return written


def write_day(
    settings: Settings, path: Path, *, seed: int, count: int, end: datetime | None = None
) -> int:
    """Write a day that ends at `end`, or now; return how many events."""
    end, register = end or datetime.now(UTC), load_register(settings)
    places = [place for place in register.town.places if place.lon is not None]
    return write_labelled(path, label_day(draw_day(places, seed, count, end), register, end))


def write_matters(settings: Settings, path: Path, *, split: Split, seed: int, count: int) -> int:
    """Write the reports of `count` hard matters; the same split and seed write the same file."""
    return write_labelled(path, label_matters(load_register(settings), split, seed, count, END))
