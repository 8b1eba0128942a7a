"""微信公众号: message push XML in plain and encrypted mode, docs/channels/wechat_official.md.

One user's messages within minutes are one report: they share a native id made of the OpenID and a
five-minute window, and name the window before as their parent.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from xml.etree.ElementTree import Element

from connectors.contract import (
    CannotTellError,
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.inflate import header
from connectors.formats.json_body import names, number
from connectors.formats.reply import as_json, only_reply, signed_off
from connectors.formats.wechat_crypto import CipherError, decrypt, is_signed
from connectors.formats.xml_body import optional, parse_xml, require, rest
from connectors.values.coordinates import place_hint
from connectors.values.moment import parse_moment
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Datum, Decoded, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

WINDOW = 300
"""Seconds of one window; a session continues until a window passes without a message."""
TIMESTAMP, NONCE, MSG_SIGNATURE = "x-wechat-timestamp", "x-wechat-nonce", "x-wechat-msg-signature"
"""Headers under which the intake keeps the query parameters of a push."""
TEXT_FIELDS = {
    "text": ("Content",),
    "voice": ("Recognition",),
    "location": ("Label",),
    "link": ("Title", "Description", "Url"),
    "file": ("Title", "Description"),
    "miniprogrampage": ("Title",),
}
"""The fields with words, by type of message. `file` is in no public page, but users send files."""
MEDIA = ("image", "voice", "video", "shortvideo")
KINDS = frozenset(TEXT_FIELDS) | frozenset(MEDIA)
KNOWN = names(
    "Encrypt ToUserName FromUserName CreateTime MsgType MsgId Content Recognition Label Title "
    "Description Url MediaId PicUrl ThumbMediaId ThumbUrl FileTotalLen"
)
POINT = names("Location_X Location_Y")
WITHHELD = re.compile(
    r"\s*[【\[](收到不支持的消息类型[，,]暂时?无法显示|Unsupported Message)[】\]]\s*", re.IGNORECASE
)
"""The text that WeChat sends instead of a message that it does not pass on, such as a sticker."""
LONGEST_EVENT = 64


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one push.

    An event (subscribe, menu, template …) carries no report: it is counted as skipped by its name.
    """
    root = parse_xml(raw.body)
    if root.find("Encrypt") is not None and not _is_plain_mode(root, context):
        root = parse_xml(_open(raw, require(root, "Encrypt", "/xml"), context))
    if event := _event(root):
        return Decoded(skipped={event: 1})
    kind = require(root, "MsgType", "/xml").lower()
    if kind not in KINDS:
        raise FaultError(Reason.UNSUPPORTED_TYPE, f"message type {kind!r}", "/xml/MsgType")
    if WITHHELD.fullmatch(optional(root, "Content")):
        return Decoded(skipped={"message withheld by WeChat": 1})
    return Decoded(facts=(_fact(root, kind, raw.received_at),))


def _is_plain_mode(root: Element, context: DecodeContext) -> bool:
    """Return whether the plain fields of 兼容模式 count: the hub has no key for the others."""
    has_key = bool(context.secrets.values.get("encoding_aes_key"))
    return not has_key and root.find("MsgType") is not None


def _event(root: Element) -> str:
    """Return an event as `event name`, empty for a message.

    `InfoType` names the events of a third-party platform, which have no `MsgType`.
    """
    kind = optional(root, "MsgType").lower()
    name = optional(root, "Event") or ("" if kind else optional(root, "InfoType"))
    if kind == "event" or (name and not kind):
        return f"event {name.lower()[:LONGEST_EVENT] or 'unnamed'}"
    return ""


def _open(raw: RawMessage, ciphertext: str, context: DecodeContext) -> bytes:
    secrets = context.secrets.values
    shown = header(raw, MSG_SIGNATURE)
    parts = (header(raw, TIMESTAMP), header(raw, NONCE), ciphertext)
    if not is_signed(secrets.get("token", ""), shown, *parts):
        raise FaultError(Reason.BAD_SIGNATURE, "msg_signature does not match", "/xml/Encrypt")
    try:
        return decrypt(ciphertext, secrets.get("encoding_aes_key", ""), secrets.get("app_id", ""))
    except CipherError as error:
        raise FaultError(Reason.BAD_CIPHER, str(error), "/xml/Encrypt") from error


def _fact(root: Element, kind: str, now: datetime) -> Fact:
    user = require(root, "FromUserName", "/xml")
    created = parse_moment(require(root, "CreateTime", "/xml"), position="/xml/CreateTime", now=now)
    window = int(created.timestamp()) // WINDOW
    words = [optional(root, field) for field in TEXT_FIELDS.get(kind, ())]
    content = "\n".join(filter(None, words))
    if kind == "text" and not content:
        raise FaultError(Reason.NO_CONTENT, "an empty text", "/xml/Content")
    place = _place(root) if kind == "location" else PlaceHint()
    return Fact(
        native_id=f"{user}-{window}",
        parent_id=f"{user}-{window - 1}",
        revision=optional(root, "MsgId") or _digest(root),
        occurred_at=created,
        contact=Contact(account=user),
        place=place,
        content=content or f"[{kind}]",
        attachments=_attachments(root, kind),
        native={
            **rest(root, _read(kind) if place.lon is None else _read(kind) | POINT),
            "to": optional(root, "ToUserName"),
            "type": kind,
            "url": optional(root, "Url"),
        },
    )


def _read(kind: str) -> frozenset[str]:
    """Return the fields that a fact of this type has; others go to `native`."""
    words = {field for fields in TEXT_FIELDS.values() for field in fields}
    return KNOWN - words | set(TEXT_FIELDS.get(kind, ())) | {"Url"}


def _digest(root: Element) -> str:
    """Return a revision for a message without `MsgId`: the same message has the same one."""
    texts = (f"{node.tag}={optional(root, node.tag)}" for node in root)
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def _place(root: Element) -> PlaceHint:
    """Return the place; WeChat gives latitude as X and longitude as Y, in GCJ-02.

    Coordinates that cannot be read stay in `native`; the label still places the report.
    """
    location = {key: optional(root, key) for key in POINT}
    label = optional(root, "Label")
    try:
        return place_hint(
            number(location, "Location_Y", "/xml"),
            number(location, "Location_X", "/xml"),
            Datum.GCJ02,
            "/xml/Location_X",
            text=label,
        )
    except FaultError:
        return PlaceHint(text=label)


def _attachments(root: Element, kind: str) -> tuple[Attachment, ...]:
    """Return the media of a message; their names are the media ids for a download from WeChat."""
    title, thumb = optional(root, "Title"), optional(root, "ThumbMediaId")
    attachments = []
    if kind in MEDIA:
        name = require(root, "MediaId", "/xml")
        attachments.append(Attachment(name=name, url=optional(root, "PicUrl"), media_type=kind))
    elif kind == "file":
        length = optional(root, "FileTotalLen")
        size = int(length) if length.isdecimal() else None
        attachments.append(Attachment(name=title, media_type=kind, size=size))
    elif kind == "link":
        attachments.append(Attachment(name=title, url=optional(root, "Url"), media_type=kind))
    if thumb or optional(root, "ThumbUrl"):
        picture = optional(root, "ThumbUrl")
        attachments.append(Attachment(name=thumb, url=picture, media_type="thumb"))
    return tuple(attachments)


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a customer message 客服消息 for one follower."""
    reply = only_reply(replies)
    account = reply.contact.account
    if not account:
        raise CannotTellError("the report has no OpenID")
    message = {"touser": account, "msgtype": "text", "text": {"content": signed_off(reply)}}
    return Outgoing(as_json(message))


CONNECTOR = Connector(
    Channel.WECHAT_OFFICIAL, (Transport.HTTP,), decode, ReplyForm(Way.WECHAT, encode)
)
