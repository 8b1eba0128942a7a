"""110 非警务警情分流: JSON on the topic `intake.police_110`, docs/channels/police_110.md."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from connectors.contract import Connector, DecodeContext, Outgoing, Reply, ReplyForm, Way
from connectors.formats.json_body import (
    Json,
    as_object,
    decode_each,
    flag,
    identifier,
    load_body,
    names,
    optional,
    require,
    rest,
)
from connectors.formats.reply import only_reply
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.moment import parse_moment
from connectors.values.unread import Unread
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Urgency
from schemas.reports.raw import RawMessage, Transport

KNOWN = names("jqbh bbh zbjqbh bjsj bjdh bjrxm jqlb bjnr sfdd jd wd jjbz xzqh")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one alarm, or an array of them."""
    body = load_body(raw, context.limits)
    fact = partial(_fact, now=raw.received_at)
    if not isinstance(body, list):
        return Decoded(facts=(fact(as_object(body, ""), ""),))
    return decode_each(body, "", context.limits, fact)


def _fact(alarm: Json, position: str, now: datetime) -> Fact:
    unread = Unread()
    return Fact(
        native_id=identifier(alarm, "jqbh", position),
        revision=optional(alarm, "bbh") or "0",
        # A repeated call 重复报警 names the alarm that it repeats, which we may not have seen: it
        # is a report, and joins that alarm's case where there is one.
        parent_id=optional(alarm, "zbjqbh"),
        occurred_at=parse_moment(alarm.get("bjsj"), position=f"{position}/bjsj", now=now),
        contact=Contact(name=optional(alarm, "bjrxm"), phone=optional(alarm, "bjdh")),
        place=read_place(
            alarm,
            PlaceFields("jd", "wd", division="xzqh"),
            Datum.GCJ02,
            unread,
            text=optional(alarm, "sfdd"),
        ),
        category=category_named(optional(alarm, "jqlb")),
        native_category=optional(alarm, "jqlb"),
        content=require(alarm, "bjnr", position),
        urgency=Urgency.URGENT if flag(alarm, "jjbz", unread) else Urgency.ORDINARY,
        native=rest(alarm, KNOWN, unread),
    )


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return what stands on `feedback.v1`, which the police platform reads itself."""
    feedback = only_reply(replies).feedback
    return Outgoing(feedback.model_dump_json().encode())


CONNECTOR = Connector(Channel.POLICE_110, (Transport.KAFKA,), decode, ReplyForm(Way.TOPIC, encode))
