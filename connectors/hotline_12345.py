"""12345 政务服务便民热线: signed JSON push of work orders 工单, docs/channels/hotline_12345.md."""

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
from connectors.formats.evaluation import FIELDS, evaluation_of
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    decode_each,
    flag,
    identifier,
    inner,
    load_body,
    members,
    names,
    optional,
    require_moment,
    rest,
)
from connectors.formats.reply import as_json, only_reply
from connectors.values.blank import is_blank
from connectors.values.coordinates import PlaceFields, read_place
from connectors.values.spellings import around, list_of, opened, respelled, spellings
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
APPEALS = re.compile(r"(?:咨询|求助|投诉|举报|建议|意见|表扬|感谢)+[类件]?")
"""Kinds of calls 诉求类型 in GB/T 33358: each is a report, an 咨询 an enquiry."""
ENQUIRY = re.compile(r"咨询[类件]?")
KNOWN = names(
    "workOrderNo revision originalNo callTime caller. caller.name caller.phone "
    "caller.idCard caller.email caller.address caller.secondPhone secondPhone secrecy anonymous "
    "title content transcript. transcript.speaker transcript.text address areaCode gridCode lng "
    "lat coordType categoryCode categoryName attachments. attachments.name attachments.url "
    "attachments.mediaType"
)
NAMES = spellings("""
workOrderNo: orderNo workOrderId orderId orderCode ticketNo 工单编号 12345工单编号 办件编号 流水号
callType: 来电类型
originalNo: parentOrderNo mainOrderNo relatedOrderNo 原工单编号 关联工单编号
callTime: 来电时间 acceptTime 受理时间 12345受理时间 orderTime createTime 登记时间
callerName: reflectPerson contactName appealPerson 诉求人 来电人 联系人
callerPhone: contactPhone contactTel phone 联系电话 诉求人电话
callNumber: callerNumber callingNumber 来电号码
callerIdCard: idCard idNumber 身份证号 证件号码
secondPhone: phone2 contactPhone2 backupPhone otherPhone 备用电话 联系电话2 其他电话
secrecy: isSecret isConfidential 是否保密
anonymous: isAnonymous 是否匿名
title: orderTitle appealTitle appealSubject subject 诉求标题 诉求主题 工单标题 标题
content: orderContent appealContent appealDescription description 诉求内容 12345内容描述 内容描述
address: incidentAddress appealAddress eventAddress 诉求地址 12345诉求地址 事发地址
areaCode: divisionCode regionCode 区划代码
gridCode: 网格编码
lng: lon longitude 经度
lat: latitude 纬度
coordType: 坐标系
categoryCode:
categoryName: appealCategory 事项小类 诉求类别
urgency: urgencyLevel emergencyLevel 紧急程度
attachments: attachmentList fileList files 附件
settled: isSolveAppeal 是否解决
satisfaction: allManyi 满意度
appealType: requestType orderType infoTypeName 诉求类型 工单类型 12345工单类型
appealSource: source orderSource wpSource 诉求来源 工单来源 12345工单来源 事件来源 办件来源 来源渠道
wantsAnswer: needReply isNeedReply needCallback 是否需要回复 是否需要回访
orderStatus: orderState status 工单状态 办件状态
transferOpinion: transferSuggestion transferComment 转办意见 派单意见
""")
FLAT = {"name": "callerName", "phone": "callerPhone", "idCard": "callerIdCard"}
CALLER = spellings("""
name: callerName contactName 姓名
phone: mobile tel callerPhone contactPhone 电话 联系电话
idCard: idNumber idNo certNo 身份证号
email: 邮箱
address: 住址
secondPhone: phone2 backupPhone otherPhone 备用电话
""")
POINT = PlaceFields("lng", "lat", "coordType", "areaCode")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"orders": […]}`, an array of orders, or one order."""
    body = load_body(raw, context.limits)
    fact = partial(_fact, now=raw.received_at)
    if isinstance(body, list):
        return decode_each(body, "", context.limits, fact)
    body = as_object(body, "")
    body = opened(body, "orders", "workOrderNo")
    root = list_of(body, "orders", "workOrderNo")
    if not root:
        return Decoded(facts=(fact(body, ""),))
    orders = as_list(body[root], f"/{root}")
    fact = partial(fact, around=around(body, root))
    return decode_each(orders, f"/{root}", context.limits, fact)


def _fact(sent: Json, position: str, now: datetime, around: Json | None = None) -> Fact:
    order, contacts = _people(respelled(sent, NAMES))
    unread = Unread()
    number_ = identifier(order, "workOrderNo", position)
    kind = _kind(order, unread)
    content = "\n".join(part for part in (optional(order, "content"), _transcript(order)) if part)
    title = optional(order, "title")
    if kind is Kind.REPORT and not (title or content):
        raise FaultError(Reason.MISSING_FIELD, "title or content is needed", f"{position}/content")
    evaluation = evaluation_of(order, unread) if kind is Kind.EVALUATION else None
    return Fact(
        native_id=number_,
        revision=optional(order, "revision") or "0",
        parent_id=optional(order, "originalNo"),
        kind=kind,
        occurred_at=require_moment(order, "callTime", position, now),
        contact=contacts[0],
        others=contacts[1:],
        anonymous=flag(order, "anonymous", unread, unclear=True),
        # An unknown word may ask for secrecy, so the report is confidential.
        confidential=flag(order, "secrecy", unread, unclear=True),
        place=read_place(
            order,
            POINT,
            Datum.WGS84,
            unread,
            text=optional(order, "address"),
            grid_code=optional(order, "gridCode"),
        ),
        category=category_named(optional(order, "categoryCode"), optional(order, "categoryName")),
        native_category=" ".join(
            filter(None, (optional(order, "categoryCode"), optional(order, "categoryName")))
        ),
        title=title,
        content=content,
        urgency=_urgency(order, unread),
        attachments=attachments_of(order, "attachments"),
        evaluation=evaluation,
        native={**rest(order, KNOWN | FIELDS if evaluation else KNOWN, unread), **(around or {})},
    )


def _people(order: Json) -> tuple[Json, tuple[Contact, ...]]:
    """Return the order with its caller in one object, and the contacts that it names.

    A caller may be an object, flat fields, or a name only. A further number is a contact of its
    own, so that it is sealed like the first.
    """
    caller = _caller(order)
    more = [order.pop("callNumber", None), order.get("secondPhone"), caller.get("secondPhone")]
    for ours, flat in FLAT.items():
        if is_blank(caller.get(ours)) and flat in order:
            caller[ours] = order.pop(flat)
        elif ours == "phone":
            more.append(order.pop(flat, None))
    name = optional(caller, "name")
    sent = (optional(caller, "phone"), *(optional({"": phone}, "") for phone in more))
    first, *others = list(dict.fromkeys(filter(None, sent))) or [""]
    contact = Contact(
        name=name,
        phone=first,
        id_number=optional(caller, "idCard"),
        email=optional(caller, "email"),
        address=optional(caller, "address"),
    )
    known = {**order, "caller": caller} if caller else order
    return known, (contact, *(Contact(name=name, phone=phone) for phone in others))


def _urgency(order: Json, unread: Unread) -> Urgency:
    """Return the urgency; a call that asks for information is an enquiry unless it is urgent."""
    word = optional(order, "urgency")
    urgency = unread.read("urgency", word, urgency_of, Urgency.ORDINARY)
    asks = any(ENQUIRY.fullmatch(optional(order, name)) for name in ("callType", "appealType"))
    return Urgency.ENQUIRY if asks and urgency is Urgency.ORDINARY else urgency


def _kind(order: Json, unread: Unread) -> Kind:
    """Return the kind of a call; an unknown word is a report, or with `originalNo` a follow-up."""
    word = optional(order, "callType")
    if word in KINDS:
        return KINDS[word]
    if not APPEALS.fullmatch(word):
        unread.note("callType", word, f"{word[:40]!r} is no type of call")
    return Kind.FOLLOW_UP if optional(order, "originalNo") else Kind.REPORT


def _caller(order: Json) -> Json:
    """Return the caller; in a plain text the name ends at the first digit."""
    caller = inner(order, "caller")
    if not caller and (text := optional(order, "caller")):
        name = re.split(r"[\d+(（]", text)[0].strip(" ,，、:：")
        return {"name": name, "phone": text[len(name) :].strip(" ,，、:：")}
    return respelled(caller, CALLER)


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
