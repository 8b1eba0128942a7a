"""Labelled unified events 标注数据 of a drawn day or of hard matters, without a running hub.

The evaluation measures merging and assignment on them.
"""

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
from hub.lab.simulate.scenario.day import Submission, draw_day
from hub.lab.simulate.scenario.matters import DrawnReport, draw_matters, draw_reports
from hub.lab.simulate.scenario.message import Message
from hub.publish.normalise import to_unified_event
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
"""End of the period of the hard matters; fixed, so that a seed always gives the same file."""


def to_raw_message(message: Message, number: int, received_at: datetime) -> RawMessage:
    """Return a delivery as the intake would store it; each delivery needs its own `number`."""
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
    """The truth about an event: the matter, its leaf of the category tree, its grid."""

    matter: str
    leaf: str
    grid: str


def label_day(
    submissions: Sequence[Submission], register: Register, end: datetime
) -> Iterator[tuple[UnifiedEvent, Truth]]:
    """Yield each event of a drawn day with its truth; rubbish gives no event.

    `received_at` is the time at which the event occurred. Contacts are sealed with a key of zeros,
    because the persons do not exist.
    """
    truths = {t.matter: Truth(t.matter, t.category, t.place.grid_code) for t in submissions}
    connectors, sealer = load_connectors(), Sealer(bytes(KEY_BYTES))
    routes: dict[tuple[str, str], str] = {}

    def route_of(channel: str, *native_ids: str) -> str | None:
        known = (routes.get((channel, native_id)) for native_id in native_ids)
        return next(filter(None, known), None)

    for number, message in enumerate(pack(submissions)):
        raw = to_raw_message(message, number, end)
        (decoded,) = connectors[message.channel].decode_batch([raw], DecodeContext())
        matters = dict(message.truth)
        for fact in decoded.facts:
            event = to_unified_event(raw, fact, register, sealer, route_of)
            routes.setdefault((raw.channel, event.native_id), event.route)
            if fact.native_id in matters:
                labelled = event.model_copy(update={"received_at": event.occurred_at})
                yield labelled, truths[matters[fact.native_id]]


def label_matters(
    register: Register, split: Split, seed: int, count: int, end: datetime
) -> Iterator[tuple[UnifiedEvent, Truth]]:
    """Yield the reports of `count` hard matters with the truth about each."""
    sealer = Sealer(bytes(KEY_BYTES))
    for matter in draw_matters(register, split, seed, count, end):
        for number, report in enumerate(draw_reports(matter, split)):
            event = to_unified_event(
                _raw_message(report, number), _fact(report, number), register, sealer, _no_route
            )
            yield (
                event,
                Truth(matter.name, leaf_of(matter.thing.issue_class), matter.place.grid_code),
            )


def _no_route(*_: str) -> None:
    return None


def _raw_message(report: DrawnReport, number: int) -> RawMessage:
    return RawMessage(
        receipt_id=receipt_of_delivery(report.channel, f"{report.matter.name}-{number}"),
        channel=report.channel,
        transport=Transport.HTTP,
        received_at=report.at,
        body=b"",
    )


def _fact(report: DrawnReport, number: int) -> Fact:
    lon, lat = report.coordinates or (None, None)
    return Fact(
        native_id=f"{report.matter.name}-{number}",
        occurred_at=report.at,
        contact=Contact(name=report.person.name, phone=report.person.phone),
        confidential=report.confidential,
        place=PlaceHint(
            text=report.place_text,
            lon=lon,
            lat=lat,
            division_code=report.division,
            grid_code=report.grid,
        ),
        category=report.category,
        title=report.title,
        content=report.text,
        object_name=report.object_name,
        attachments=(Attachment(sha256=report.photo),) if report.photo else (),
    )


def write_labelled(path: Path, labelled: Iterable[tuple[UnifiedEvent, Truth]]) -> int:
    """Write unified events as NDJSON, each with `matter` and `truth`; return their number."""
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for event, truth in labelled:
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
    """Write the events of a day that ends at `end` or now; return their number."""
    end, register = end or datetime.now(UTC), load_register(settings)
    places = [place for place in register.town.places if place.lon is not None]
    return write_labelled(path, label_day(draw_day(places, seed, count, end), register, end))


def write_matters(settings: Settings, path: Path, *, split: Split, seed: int, count: int) -> int:
    """Write the reports of `count` hard matters; return their number.

    The same split and seed give the same file.
    """
    return write_labelled(path, label_matters(load_register(settings), split, seed, count, END))
