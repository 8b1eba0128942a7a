"""12345 政务服务便民热线: signed JSON push of work orders 工单 [O]."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

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
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    decode_each,
    flag,
    inner,
    load_body,
    members,
    names,
    optional,
    require,
    require_moment,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.text import tidy
from connectors.values.unread import Unread
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import local, status

KINDS = {
    "诉求": Kind.REPORT,
    "": Kind.REPORT,
    "催办": Kind.FOLLOW_UP,
    "补充": Kind.FOLLOW_UP,
    "撤诉": Kind.WITHDRAWAL,
    "回访": Kind.EVALUATION,
}
KNOWN = names(
    "workOrderNo revision callType originalNo callTime caller.name caller.phone caller.idCard "
    "secrecy anonymous title content transcript. transcript.speaker transcript.text address "
    "areaCode gridCode lng lat coordType categoryCode categoryName urgency "
    "attachments. attachments.name attachments.url attachments.mediaType"
)
POINT = PlaceFields("lng", "lat", "coordType")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"orders": […]}`, an array of orders, or one order."""
    body = load_body(raw, context.limits)
    fact = partial(_fact, now=raw.received_at)
    if isinstance(body, list):
        return decode_each(body, "", context.limits, fact)
    body = as_object(body, "")
    if "orders" not in body:
        return Decoded(facts=(fact(body, ""),))
    orders = as_list(body["orders"], "/orders")
    return decode_each(orders, "/orders", context.limits, fact)


def _fact(order: Json, position: str, now: datetime) -> Fact:
    unread = Unread()
    number_ = require(order, "workOrderNo", position)
    kind = _kind(order, unread)
    content = "\n".join(part for part in (optional(order, "content"), _transcript(order)) if part)
    title = optional(order, "title")
    if kind is Kind.REPORT and not (title or content):
        raise FaultError(Reason.MISSING_FIELD, "title or content is needed", f"{position}/content")
    evaluation = evaluation_of(order, unread) if kind is Kind.EVALUATION else None
    caller = inner(order, "caller")
    return Fact(
        native_id=number_,
        revision=optional(order, "revision") or "0",
        parent_id=optional(order, "originalNo"),
        kind=kind,
        occurred_at=require_moment(order, "callTime", position, now),
        contact=Contact(
            name=optional(caller, "name"),
            phone=optional(caller, "phone"),
            id_number=optional(caller, "idCard"),
        ),
        anonymous=flag(order, "anonymous", unread, unclear=True),
        # A word that we do not know may ask for secrecy, so it gets it.
        confidential=flag(order, "secrecy", unread, unclear=True),
        place=read_place(
            order,
            POINT,
            Datum.WGS84,
            unread,
            text=optional(order, "address"),
            division_code=optional(order, "areaCode"),
            grid_code=optional(order, "gridCode"),
        ),
        category=category_named(optional(order, "categoryCode"), optional(order, "categoryName")),
        native_category=" ".join(
            filter(None, (optional(order, "categoryCode"), optional(order, "categoryName")))
        ),
        title=title,
        content=content,
        urgency=unread.read("urgency", optional(order, "urgency"), urgency_of, Urgency.ORDINARY),
        attachments=attachments_of(order, "attachments"),
        evaluation=evaluation,
        native=rest(order, KNOWN | FIELDS if evaluation else KNOWN, unread),
    )


def _kind(order: Json, unread: Unread) -> Kind:
    """Return the kind of a call; a word that we do not know is a report, or follows another."""
    word = optional(order, "callType")
    if word in KINDS:
        return KINDS[word]
    unread.note("callType", word, f"{word[:40]!r} is no type of call")
    return Kind.FOLLOW_UP if optional(order, "originalNo") else Kind.REPORT


def _transcript(order: Json) -> str:
    """Return the call's lines `坐席: …`, one a line; a transcript may be plain text instead."""
    lines = []
    for line in members(order, "transcript"):
        if isinstance(line, dict):
            spoken = (optional(line, "speaker"), optional(line, "text"))
            lines.append(": ".join(spoken) if any(spoken) else "")
        elif isinstance(line, str):
            lines.append(tidy(line))
    return "\n".join(filter(None, lines))


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the call-back 回访回告 of one work order."""
    reply = only_reply(replies)
    feedback = reply.feedback
    callback = {
        "workOrderNo": feedback.native_id,
        "callbackId": str(feedback.feedback_id),
        "statusName": status(feedback),
        "handleUnit": feedback.unit_name,
        "handleUnitCode": feedback.unit,
        "content": feedback.text,
        "answer": feedback.answer,
        "deadline": local(feedback.due_at),
        "updateTime": local(feedback.at),
        "queryUrl": reply.link,
    }
    return Outgoing(as_json({"callbacks": [callback]}))


CONNECTOR = Connector(Channel.HOTLINE_12345, (Transport.HTTP,), decode, ReplyForm(Way.HTTP, encode))
