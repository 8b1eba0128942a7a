"""综治平台: disputes 矛盾纠纷 as CloudEvents 1.0 over HTTP and Kafka; `data` has our own format.

Binary mode (attributes as `ce-*` or `ce_*` headers), structured mode and batches are read by the
CloudEvents SDK.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import http, kafka
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.attachments import attachments_of
from connectors.formats.evaluation import FIELDS, evaluation_of
from connectors.formats.inflate import charset_of, payload
from connectors.formats.json_body import (
    Json,
    as_object,
    identifier,
    load_body,
    members,
    names,
    optional,
    parse,
    require,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.formats.tally import Tally
from connectors.values.blank import is_blank
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.moment import parse_moment
from connectors.values.spellings import respelled, respelled_members, spellings
from connectors.values.text import decode_text, half_width
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import status

PREFIX = "cn.zongzhi.dispute."
KINDS = {
    "reported": Kind.REPORT,
    "updated": Kind.FOLLOW_UP,
    "withdrawn": Kind.WITHDRAWAL,
    "evaluated": Kind.EVALUATION,
}
BATCH = "application/cloudevents-batch+json"
APPLICANT = "申请人"
READ = frozenset(("specversion", "id", "source", "type", "time", "datacontenttype"))
"""Attributes that the fact has; the others go to `native`."""
DATA = ("data", "data_base64")
ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
KNOWN = names(
    "disputeNo type parties. parties.role parties.name parties.phone parties.idCard title "
    "occurredAt address areaCode gridCode lon lat datum description "
    "attachments. attachments.name attachments.url attachments.mediaType"
)
NAMES = spellings("""
disputeNo: disputeCode disputeId code 矛盾纠纷编号 纠纷编号
title: disputeName disputeTitle name 矛盾纠纷名称 纠纷名称
description: disputeContent disputeDesc content contradictionsSituation 矛盾纠纷内容 纠纷内容
type: disputeType category 矛盾纠纷类型 纠纷类型
level: disputeLevel emergency 矛盾纠纷级别 纠纷级别
occurredAt: occurTime happenTime happenDate contradictionsDate 发生时间
parties: partyList litigants 当事人
address: disputeAddress happenAddress 发生地点
areaCode: divisionCode regionCode
gridCode: gridNum orgCode
lon: lng longitude lnglat
lat: latitude
datum: coordType
attachments: attachmentList dataFiles files contradictPhoto 附件
acceptTime: acceptedAt acceptDate 受理时间
peopleCount: involvedCount personCount relatePeopleCount numbers 涉及人数
""")
PARTY = spellings("""
role: partyRole partyType 身份
name: partyName 姓名
phone: mobile tel contactPhone partyPhone 联系电话
idCard: idNumber idNo certNo 身份证号
""")
MOST_PEOPLE = 1_000_000


class _Verbatim(JSONFormat):
    """The SDK's JSON, which leaves the data as bytes: it would round numbers and drop keys."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes | None:  # noqa: ARG002
        return body or None


FORMAT = _Verbatim()


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one CloudEvent in binary or structured mode, or a batch of them."""
    tally = Tally(context.limits)
    body = payload(raw, context.limits)
    if not body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it")
    if any(name.lower().startswith(("ce-", "ce_")) for name in raw.headers):
        tally.add(_fact(_binary(raw, body), {}, raw, ""))
        return tally.decoded()
    items = load_body(raw, context.limits)
    if not isinstance(items, list):
        if raw.content_type.lower().startswith(BATCH):
            raise FaultError(Reason.BAD_SYNTAX, "a batch is an array of events")
        tally.add(_fact(*_structured(items, "", raw.received_at), raw, ""))
        return tally.decoded()
    for index, item in enumerate(items):
        with tally.part(f"/{index}"):
            event, left = _structured(item, f"/{index}", raw.received_at)
            tally.add(_fact(event, left, raw, f"/{index}/data"))
    return tally.decoded()


def _binary(raw: RawMessage, body: bytes) -> BaseCloudEvent:
    make = _maker(raw.received_at)
    try:
        if raw.transport is Transport.KAFKA:
            headers = {name: value.encode() for name, value in raw.headers.items()}
            return kafka.from_kafka(kafka.KafkaMessage(headers, None, body), FORMAT, make)
        headers_of_http = {"content-type": raw.content_type, **raw.headers}
        return http.from_http(http.HTTPMessage(headers_of_http, body), FORMAT, make)
    except BaseCloudEventException as error:
        raise FaultError(Reason.MISSING_FIELD, f"no CloudEvent: {error}") from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise FaultError(Reason.BAD_SYNTAX, f"no CloudEvent: {error}") from error


def _maker(now: datetime) -> Callable[[dict[str, Any], Any], CloudEvent]:
    """Return what makes an event of attributes; the SDK's own would draw an id and a time."""

    def make(attributes: dict[str, Any], data: Any) -> CloudEvent:
        for name in ("id", "specversion"):
            if name not in attributes:
                raise FaultError(Reason.MISSING_FIELD, f"no CloudEvent: {name} is needed")
        return CloudEvent({"time": now, **attributes}, data)

    return make


def _structured(item: object, position: str, now: datetime) -> tuple[BaseCloudEvent, Json]:
    """Return the event of the JSON format; its data is in `data` or `data_base64` (section 3.1).

    Attributes that the SDK would refuse are returned beside it: odd names, an unreadable time.
    The event then has the time of its receipt.
    """
    fields = as_object(item, position)
    data = fields.get("data")
    if data is None and fields.get("data_base64") is not None:
        data = _unpacked(fields["data_base64"], f"{position}/data_base64")
    attributes: dict[str, Any] = {
        name: str(value)
        for name, value in fields.items()
        if name not in DATA and ATTRIBUTE.fullmatch(name) and value not in (None, "")
    }
    if "time" in attributes:
        with suppress(FaultError):
            attributes["time"] = parse_moment(attributes.pop("time"), position="", now=now)
    try:
        event = _maker(now)(attributes, data)
    except BaseCloudEventException as error:
        raise FaultError(Reason.MISSING_FIELD, f"no CloudEvent: {error}", position) from error
    left = {name: value for name, value in fields.items() if name not in {*attributes, *DATA}}
    return event, {name: value for name, value in left.items() if value not in (None, "")}


def _unpacked(packed: object, position: str) -> bytes:
    try:
        return base64.b64decode(str(packed), validate=True)
    except binascii.Error as error:
        raise FaultError(Reason.BAD_VALUE, f"no base64: {error}", position) from error


def _data(event: BaseCloudEvent, position: str) -> Json:
    """Return the data as an object, parsed where it came as bytes or text."""
    content = event.get_data()
    if isinstance(content, bytes):
        declared = charset_of(str(event.get_attributes().get("datacontenttype") or ""))
        content = decode_text(content, declared=declared)
    return as_object(parse(content, position) if isinstance(content, str) else content, position)


def _fact(event: BaseCloudEvent, left: Json, raw: RawMessage, position: str) -> Fact:
    kind = KINDS.get(event.get_type().removeprefix(PREFIX))
    if not event.get_type().startswith(PREFIX) or kind is None:
        detail = f"type {event.get_type()!r} is none of {PREFIX}{{{', '.join(KINDS)}}}"
        raise FaultError(Reason.UNSUPPORTED_TYPE, detail, position or "ce-type")
    data, unread = respelled(_data(event, position), NAMES), Unread()
    if "parties" in data:
        data["parties"] = respelled_members(members(data, "parties"), PARTY)
    people, arrived = _parties(data), event.get_time() or raw.received_at
    applicants = [contact for role, contact in people if role == APPLICANT] or [Contact()]
    evaluation = evaluation_of(data, unread) if kind is Kind.EVALUATION else None
    return Fact(
        native_id=identifier(data, "disputeNo", position),
        revision=event.get_id(),
        kind=kind,
        occurred_at=unread.read(
            "occurredAt",
            arrived if is_blank(data.get("occurredAt")) else data["occurredAt"],
            lambda value, name: parse_moment(value, position=name, now=raw.received_at),
            arrived,
        ),
        contact=applicants[0],
        others=tuple(contact for _, contact in people if contact is not applicants[0]),
        place=read_place(
            data,
            PlaceFields("lon", "lat", "datum", "areaCode"),
            Datum.WGS84,
            unread,
            text=optional(data, "address"),
            grid_code=optional(data, "gridCode"),
        ),
        category=category_named(optional(data, "type")),
        native_category=optional(data, "type"),
        title=optional(data, "title"),
        content=_content(data, kind, position),
        signatories=_people_count(data, unread),
        attachments=attachments_of(data, "attachments"),
        urgency=unread.read("level", optional(data, "level"), urgency_of, Urgency.ORDINARY),
        evaluation=evaluation,
        native={
            **_native(data, KNOWN | FIELDS if evaluation else KNOWN, unread),
            **_attributes(event, left),
            "parties": [role for role, _ in people],
        },
    )


def _native(data: Json, known: frozenset[str], unread: Unread) -> Json:
    """Return what had no place; of parties, what is more than their role and contact."""
    left = rest(data, known, unread)
    more = left.pop("parties", None)
    return {**left, "parties_more": more} if more else left


def _attributes(event: BaseCloudEvent, left: Json) -> Json:
    """Return `source`, and the attributes that the fact has no place for."""
    others = {
        name: str(value)
        for name, value in event.get_attributes().items()
        if name not in READ and value is not None
    } | left
    return {"source": event.get_source(), **({"attributes": others} if others else {})}


def _people_count(data: Json, unread: Unread) -> int:
    """Return how many people a dispute concerns; `native` has the number as it was sent."""
    sent = optional(data, "peopleCount")
    digits = half_width(sent).removesuffix("人").removesuffix(".0").strip()
    if digits.isdecimal() and 1 <= int(digits) <= MOST_PEOPLE:
        return int(digits)
    if not is_blank(sent) and digits != "0":
        unread.note("peopleCount", data["peopleCount"], f"{sent[:40]!r} is no number of people")
    return 1


def _content(data: Json, kind: Kind, position: str) -> str:
    if kind is Kind.REPORT:
        return require(data, "description", position)
    return optional(data, "description")


def _parties(data: Json) -> list[tuple[str, Contact]]:
    """Return role and contact of each party; a dispute has two sides, and both are people.

    A party that is only a text is a name.
    """
    parties = []
    for item in members(data, "parties"):
        party = {"name": item} if isinstance(item, str) else item
        if not isinstance(party, dict):
            continue
        contact = Contact(
            name=optional(party, "name"),
            phone=optional(party, "phone"),
            id_number=optional(party, "idCard"),
        )
        parties.append((optional(party, "role"), contact))
    return parties


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a CloudEvent 1.0 in structured mode about one dispute."""
    reply = only_reply(replies)
    feedback = reply.feedback
    event = {
        "specversion": "1.0",
        "id": str(feedback.feedback_id),
        "source": "/minqing-hub",
        "type": f"{PREFIX}feedback",
        "subject": feedback.native_id,
        "time": feedback.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "disputeNo": feedback.native_id,
            "status": status(feedback),
            "unit": feedback.unit_name,
            "unitCode": feedback.unit,
            "content": feedback.text,
            "answer": feedback.answer,
            "queryUrl": reply.link,
        },
    }
    return Outgoing(as_json(event), "application/cloudevents+json")


CONNECTOR = Connector(
    Channel.GOVERNANCE_PLATFORM,
    (Transport.HTTP, Transport.KAFKA),
    decode,
    ReplyForm(Way.HTTP, encode),
)
