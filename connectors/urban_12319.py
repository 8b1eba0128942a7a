"""12319 数字城管: case form after GB/T 30428 [P], codes [O], docs/channels/urban_12319.md."""

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
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    decode_each,
    load_body,
    names,
    optional,
    require,
    require_moment,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.unread import Unread
from connectors.values.urban_codes import TABLES, Leaf
from connectors.values.urgency import urgency_of
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import local, status

KNOWN = names(
    "taskNum updateNum eventType mainTypeCode subTypeCode codeVersion recDesc createTime "
    "address coordinateX coordinateY coordType gridCode districtCode reporterName reporterTel "
    "eventLevel picUrls. picUrls.name picUrls.url picUrls.mediaType"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"tasks": […]}` or one task."""
    body = as_object(load_body(raw, context.limits), "")
    fact = partial(_fact, now=raw.received_at)
    if "tasks" not in body:
        return Decoded(facts=(fact(body, ""),))
    tasks = as_list(body["tasks"], "/tasks")
    return decode_each(tasks, "/tasks", context.limits, fact)


def _fact(task: Json, position: str, now: datetime) -> Fact:
    leaf = _leaf(task, position)
    # 核实 and 核查 come as updates of a task: they belong to its case, they are no new report.
    update = optional(task, "updateNum") or "0"
    unread = Unread()
    return Fact(
        native_id=require(task, "taskNum", position),
        revision=update,
        kind=Kind.REPORT if update == "0" else Kind.FOLLOW_UP,
        occurred_at=require_moment(task, "createTime", position, now),
        contact=Contact(name=optional(task, "reporterName"), phone=optional(task, "reporterTel")),
        place=read_place(
            task,
            PlaceFields("coordinateX", "coordinateY", "coordType"),
            Datum.WGS84,
            unread,
            text=optional(task, "address"),
            division_code=optional(task, "districtCode"),
            grid_code=optional(task, "gridCode"),
        ),
        category=leaf.category,
        native_category=f"{leaf.code} {leaf.name}",
        content=require(task, "recDesc", position),
        urgency=unread.read(
            "eventLevel", optional(task, "eventLevel"), urgency_of, Urgency.ORDINARY
        ),
        attachments=attachments_of(task, "picUrls"),
        native=rest(task, KNOWN, unread),
    )


def _leaf(task: Json, position: str) -> Leaf:
    version = optional(task, "codeVersion") or "2023"
    table = TABLES.get(version)
    if table is None:
        detail = f"code table {version!r} is not known; known: {', '.join(TABLES)}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/codeVersion")
    kind = require(task, "eventType", position)
    # Software that makes numbers of codes drops their leading zeros.
    code = "".join(
        require(task, name, position).zfill(2) for name in ("mainTypeCode", "subTypeCode")
    )
    entry = table.get((kind, code))
    if entry is None:
        detail = f"{kind} {code} is not in code table {version}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/subTypeCode")
    return entry


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the progress of one task, for the system of GB/T 30428."""
    reply = only_reply(replies)
    feedback = reply.feedback
    progress = {
        "taskNum": feedback.native_id,
        "feedbackId": str(feedback.feedback_id),
        "status": status(feedback),
        "disposeUnit": feedback.unit_name,
        "disposeUnitCode": feedback.unit,
        "disposeOpinion": feedback.answer or feedback.text,
        "disposeDeadline": local(feedback.due_at),
        "feedbackTime": local(feedback.at),
        "queryUrl": reply.link,
    }
    return Outgoing(as_json({"feedbacks": [progress]}))


CONNECTOR = Connector(Channel.URBAN_12319, (Transport.HTTP,), decode, ReplyForm(Way.HTTP, encode))
