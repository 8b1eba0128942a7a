"""12319 数字城管: case form after GB/T 30428, own codes, docs/channels/urban_12319.md."""

import re
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
    identifier,
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
from connectors.values.spellings import (
    around,
    list_of,
    opened,
    respelled,
    respelled_members,
    spellings,
)
from connectors.values.unread import Unread
from connectors.values.urban_codes import TABLES, Leaf
from connectors.values.urgency import urgency_of
from schemas.channel import Channel
from schemas.reports.fact import Contact, Datum, Decoded, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import local, status

KNOWN = names(
    "taskNum updateNum mainTypeCode subTypeCode recDesc createTime address coordinateX "
    "coordinateY coordType gridCode districtCode reporterName reporterTel "
    "picUrls. picUrls.name picUrls.url picUrls.mediaType"
)
NAMES = spellings("""
taskNum: taskNo cityTaskNum sectionTaskNum caseId recId 任务号 案卷编号
updateNum:
eventType: eventTypeName 问题类型
mainTypeCode: 大类代码
subTypeCode: 小类代码
subTypeName: 小类名称
codeVersion:
recDesc: eventDesc eventDescription 问题描述
createTime: registTime registerTime reportTime 上报时间 登记时间
address: addressDesc locationDesc 位置描述
coordinateX: coordX 横坐标
coordinateY: coordY 纵坐标
coordType: 坐标系
gridCode: cellCode cellId unitGridCode 单元网格编码
districtCode:
streetCode: 街道代码
communityCode: 社区代码
reporterName: patrolName collectorName 监督员
reporterTel: patrolTel collectorTel
eventLevel: urgentLevel eventLevelName 紧急程度
picUrls: medias pictures photos 附件
partCode: objId objCode componentCode 部件标识码
eventSrcName: eventSource 问题来源
newInstCondName: newInstCond filingCondition 立案条件
""")
MEDIA = spellings("""
name: mediaName fileName
url: mediaPath mediaUrl fileUrl
mediaType: mediaTypeName
""")
DIVISION = re.compile(r"\d{9}|\d{12}")
DIVISIONS = ("communityCode", "streetCode")
"""Codes that place a task more precisely than `districtCode`, which may be of the county."""


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"tasks": […]}` or one task."""
    body = as_object(load_body(raw, context.limits), "")
    fact = partial(_fact, now=raw.received_at)
    body = opened(body, "tasks", "taskNum")
    root = list_of(body, "tasks", "taskNum")
    if not root:
        return Decoded(facts=(fact(body, ""),))
    tasks = as_list(body[root], f"/{root}")
    fact = partial(fact, around=around(body, root))
    return decode_each(tasks, f"/{root}", context.limits, fact)


def _fact(sent: Json, position: str, now: datetime, around: Json | None = None) -> Fact:
    task = respelled(sent, NAMES)
    if "picUrls" in task:
        task["picUrls"] = respelled_members(members(task, "picUrls"), MEDIA)
    leaf = _leaf(task, position)
    # 核实 and 核查 come as updates of a task: they belong to its case and are not a new report.
    update = optional(task, "updateNum") or "0"
    unread, division = Unread(), _division(task)
    known = KNOWN if division == "districtCode" else KNOWN - {"districtCode"}
    return Fact(
        native_id=identifier(task, "taskNum", position),
        revision=update,
        kind=Kind.REPORT if update == "0" else Kind.FOLLOW_UP,
        occurred_at=require_moment(task, "createTime", position, now),
        contact=Contact(name=optional(task, "reporterName"), phone=optional(task, "reporterTel")),
        place=read_place(
            task,
            PlaceFields("coordinateX", "coordinateY", "coordType", division),
            Datum.WGS84,
            unread,
            text=optional(task, "address"),
            grid_code=optional(task, "gridCode"),
        ),
        category=leaf.category,
        native_category=f"{leaf.code} {leaf.name}",
        content=require(task, "recDesc", position),
        urgency=unread.read(
            "eventLevel", optional(task, "eventLevel"), urgency_of, Urgency.ORDINARY
        ),
        attachments=attachments_of(task, "picUrls"),
        native={**rest(task, known, unread), **(around or {})},
    )


def _division(task: Json) -> str:
    """Return the name of the field with the smallest division that a task names."""
    small = (name for name in DIVISIONS if DIVISION.fullmatch(optional(task, name)))
    return next(small, "districtCode")


def _name(task: Json) -> str:
    return optional(task, "subTypeName")


def _leaf(task: Json, position: str) -> Leaf:
    version = optional(task, "codeVersion") or "2023"
    table = TABLES.get(version)
    if table is None:
        detail = f"code table {version!r} is not known; known: {', '.join(TABLES)}"
        raise FaultError(Reason.BAD_VALUE, detail, f"{position}/codeVersion")
    kind = require(task, "eventType", position).removesuffix("问题").removesuffix("类")
    if not (optional(task, "mainTypeCode") or optional(task, "subTypeCode")):
        named = [leaf for key, leaf in table.items() if (key[0], leaf.name) == (kind, _name(task))]
        if named:
            return named[0]
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
