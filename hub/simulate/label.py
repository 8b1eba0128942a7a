"""A drawn day as labelled unified events, without a running hub: material to measure merging on."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import DecodeContext
from connectors.open311 import REQUEST_ID
from connectors.registry import load_connectors
from hub.finish import finish
from hub.seal import KEY_BYTES, Sealer
from hub.settings import Settings
from hub.simulate.message import Message
from hub.simulate.run import messages_of
from hub.town_files import load_town
from schemas.channel import Channel
from schemas.event import UnifiedEvent
from schemas.raw import RawMessage, receipt_of_delivery
from streams.register import Register


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


def label(
    messages: Sequence[Message], register: Register, end: datetime
) -> Iterator[tuple[UnifiedEvent, str]]:
    """Yield each event of the deliveries with its matter; what is rubbish has neither.

    An event is taken for received when it occurred. Its seal is by a key of zeros: nobody in it
    exists.
    """
    connectors, sealer = load_connectors(), Sealer(bytes(KEY_BYTES))
    routes: dict[tuple[str, str], str] = {}

    def route_of(channel: str, *native_ids: str) -> str | None:
        known = (routes.get((channel, native_id)) for native_id in native_ids)
        return next(filter(None, known), None)

    for number, message in enumerate(messages):
        raw = raw_of(message, number, end)
        (decoded,) = connectors[message.channel].decode_batch([raw], DecodeContext())
        given = dict(message.truth)
        for fact in decoded.facts:
            event = finish(raw, fact, register, sealer, route_of)
            routes.setdefault((raw.channel, event.native_id), event.route)
            if fact.native_id in given:
                told = event.model_copy(update={"received_at": event.occurred_at})
                yield told, given[fact.native_id]


def write_labelled(settings: Settings, path: Path, *, seed: int, count: int, end: datetime) -> int:
    """Write a day as NDJSON of unified events, each with `matter`; return how many."""
    register = Register.of(load_town(settings.town))
    messages = messages_of(settings, seed, count, end)
    with path.open("w", encoding="utf-8") as file:
        written = 0
        for event, matter in label(messages, register, end):
            line = {**json.loads(event.model_dump_json()), "matter": matter}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1
    return written


def write_today(settings: Settings, path: Path, *, seed: int, count: int) -> int:
    """Write a day that ends now; return how many events."""
    return write_labelled(settings, path, seed=seed, count=count, end=datetime.now(UTC))
