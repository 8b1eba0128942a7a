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
from connectors.formats.evaluation import FIELDS, evaluation_of
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    decode_each,
    flag,
    load_body,
    names,
    number,
    optional,
    require,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.values.coordinates import datum_of, place_hint
from connectors.values.moment import parse_moment
from connectors.values.text import tidy
from connectors.values.urgency import urgency_of
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Datum, Decoded, Fact, Kind, PlaceHint
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
    "workOrderNo revision callType originalNo callTime caller secrecy anonymous title content "
    "transcript address areaCode gridCode lng lat coordType categoryCode categoryName urgency "
    "attachments"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"orders": […]}` or one order."""
    body = as_object(load_body(raw, context.limits), "")
    fact = partial(_fact, now=raw.received_at)
    if "orders" not in body:
        return Decoded(facts=(fact(body, ""),))
    orders = as_list(body["orders"], "/orders")
    return decode_each(orders, "/orders", context.limits, fact)


def _fact(order: Json, position: str, now: datetime) -> Fact:
    number_ = require(order, "workOrderNo", position)
    kind = KINDS.get(optional(order, "callType"))
    if kind is None:
        detail = f"{optional(order, 'callType')!r} is no type of call"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/callType")
    content = "\n".join(
        part for part in (optional(order, "content"), _transcript(order, position)) if part
    )
    title = optional(order, "title")
    if kind is Kind.REPORT and not (title or content):
        raise FaultError(Reason.MISSING_FIELD, "title or content is needed", f"{position}/content")
    evaluation = evaluation_of(order, position) if kind is Kind.EVALUATION else None
    caller = as_object(order.get("caller") or {}, f"{position}/caller")
    return Fact(
        native_id=number_,
        revision=optional(order, "revision") or "0",
        parent_id=optional(order, "originalNo"),
        kind=kind,
        occurred_at=parse_moment(
            require(order, "callTime", position), position=f"{position}/callTime", now=now
        ),
        contact=Contact(
            name=optional(caller, "name"),
            phone=optional(caller, "phone"),
            id_number=optional(caller, "idCard"),
        ),
        anonymous=flag(order, "anonymous"),
        confidential=flag(order, "secrecy"),
        place=_place(order, position),
        category=category_named(optional(order, "categoryCode"), optional(order, "categoryName")),
        native_category=" ".join(
            filter(None, (optional(order, "categoryCode"), optional(order, "categoryName")))
        ),
        title=title,
        content=content,
        urgency=urgency_of(optional(order, "urgency"), f"{position}/urgency"),
        attachments=_attachments(order, position),
        evaluation=evaluation,
        native=rest(order, KNOWN | FIELDS if evaluation else KNOWN),
    )


def _transcript(order: Json, position: str) -> str:
    """Return the call's lines `坐席: …`, one a line; a transcript may be plain text instead."""
    transcript = order.get("transcript")
    if isinstance(transcript, str):
        return tidy(transcript)
    where = f"{position}/transcript"
    lines = [as_object(line, where) for line in as_list(transcript, where)]
    return "\n".join(f"{optional(line, 'speaker')}: {optional(line, 'text')}" for line in lines)


def _place(order: Json, position: str) -> PlaceHint:
    return place_hint(
        number(order, "lng", position),
        number(order, "lat", position),
        datum_of(optional(order, "coordType"), Datum.WGS84, f"{position}/coordType"),
        f"{position}/lng",
        text=optional(order, "address"),
        division_code=optional(order, "areaCode"),
        grid_code=optional(order, "gridCode"),
    )


def _attachments(order: Json, position: str) -> tuple[Attachment, ...]:
    where = f"{position}/attachments"
    attachments = [as_object(item, where) for item in as_list(order.get("attachments"), where)]
    return tuple(
        Attachment(
            name=optional(item, "name"),
            url=optional(item, "url"),
            media_type=optional(item, "mediaType"),
        )
        for item in attachments
    )


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
