"""综治平台: disputes 矛盾纠纷 as CloudEvents 1.0 [P] over HTTP and Kafka; their data is ours [O].

Binary mode (attributes as `ce-*` or `ce_*` headers), structured mode and batches are read by the
CloudEvents SDK.
"""

from collections.abc import Callable, Sequence
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
from connectors.formats.evaluation import FIELDS, evaluation_of
from connectors.formats.inflate import payload
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    load_body,
    names,
    number,
    optional,
    parse,
    require,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.formats.tally import Tally
from connectors.values.coordinates import datum_of, place_hint
from connectors.values.moment import parse_moment
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind
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
KNOWN = names(
    "disputeNo type parties level occurredAt address areaCode gridCode lon lat datum description"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one CloudEvent in binary or structured mode, or a batch of them."""
    tally = Tally(context.limits)
    if raw.content_type.lower().startswith(BATCH):
        batch = load_body(raw, context.limits)
        if not isinstance(batch, list):
            raise FaultError(Reason.BAD_SYNTAX, "a batch is an array of events")
        for index, item in enumerate(batch):
            with tally.part(f"/{index}"):
                tally.add(
                    _fact(_structured(item, f"/{index}", raw.received_at), raw, f"/{index}/data")
                )
        return tally.decoded()
    body = payload(raw, context.limits)
    if not body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it")
    tally.add(_fact(_event(raw, body), raw, ""))
    return tally.decoded()


def _event(raw: RawMessage, body: bytes) -> BaseCloudEvent:
    make = _maker(raw.received_at)
    try:
        if raw.transport is Transport.KAFKA:
            headers = {name: value.encode() for name, value in raw.headers.items()}
            return kafka.from_kafka(kafka.KafkaMessage(headers, None, body), JSONFormat(), make)
        headers_of_http = {"content-type": raw.content_type, **raw.headers}
        return http.from_http(http.HTTPMessage(headers_of_http, body), JSONFormat(), make)
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


def _structured(item: object, position: str, now: datetime) -> BaseCloudEvent:
    attributes = dict(as_object(item, position))
    data = attributes.pop("data", None)
    try:
        return http.from_http(
            http.HTTPMessage(
                {"content-type": "application/json"}
                | {f"ce-{name}": str(value) for name, value in attributes.items()},
                JSONFormat().write_data(data, "application/json"),
            ),
            JSONFormat(),
            _maker(now),
        )
    except BaseCloudEventException as error:
        raise FaultError(Reason.MISSING_FIELD, f"no CloudEvent: {error}", position) from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise FaultError(Reason.BAD_VALUE, f"no CloudEvent: {error}", position) from error


def _fact(event: BaseCloudEvent, raw: RawMessage, position: str) -> Fact:
    kind = KINDS.get(event.get_type().removeprefix(PREFIX))
    if not event.get_type().startswith(PREFIX) or kind is None:
        detail = f"type {event.get_type()!r} is none of {PREFIX}{{{', '.join(KINDS)}}}"
        raise FaultError(Reason.UNSUPPORTED_TYPE, detail, position or "ce-type")
    content = event.get_data()
    if isinstance(content, bytes):
        content = content.decode("utf-8", "replace")
    data = as_object(parse(content, position) if isinstance(content, str) else content, position)
    people = _parties(data, position)
    applicants = [contact for role, contact in people if role == APPLICANT] or [Contact()]
    evaluation = evaluation_of(data, position) if kind is Kind.EVALUATION else None
    occurred = data.get("occurredAt") or event.get_time() or raw.received_at
    return Fact(
        native_id=require(data, "disputeNo", position),
        revision=event.get_id(),
        kind=kind,
        occurred_at=parse_moment(
            occurred.isoformat() if hasattr(occurred, "isoformat") else occurred,
            position=f"{position}/occurredAt",
            now=raw.received_at,
        ),
        contact=applicants[0],
        others=tuple(contact for _, contact in people if contact is not applicants[0]),
        place=place_hint(
            number(data, "lon", position),
            number(data, "lat", position),
            datum_of(optional(data, "datum"), Datum.WGS84, f"{position}/datum"),
            f"{position}/lon",
            text=optional(data, "address"),
            division_code=optional(data, "areaCode"),
            grid_code=optional(data, "gridCode"),
        ),
        category=category_named(optional(data, "type")),
        native_category=optional(data, "type"),
        content=_content(data, kind, position),
        urgency=urgency_of(optional(data, "level"), f"{position}/level"),
        evaluation=evaluation,
        native={
            **rest(data, KNOWN | FIELDS if evaluation else KNOWN),
            "source": event.get_source(),
            "parties": [role for role, _ in people],
        },
    )


def _content(data: Json, kind: Kind, position: str) -> str:
    if kind is Kind.REPORT:
        return require(data, "description", position)
    return optional(data, "description")


def _parties(data: Json, position: str) -> list[tuple[str, Contact]]:
    """Return role and contact of each party; a dispute has two sides, and both are people."""
    where = f"{position}/parties"
    parties = []
    for index, item in enumerate(as_list(data.get("parties"), where)):
        party = as_object(item, f"{where}/{index}")
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
