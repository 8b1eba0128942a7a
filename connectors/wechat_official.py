"""微信公众号: message push XML [P] in plain and encrypted mode, docs/channels/wechat_official.md.

One user's messages within minutes are one report: they share a native id made of the OpenID and a
five-minute window, and name the window before as their parent.
"""

from collections.abc import Sequence
from datetime import datetime
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
from connectors.formats.json_body import number
from connectors.formats.reply import as_json, only_reply, signed_off
from connectors.formats.wechat_crypto import CipherError, decrypt, is_signed
from connectors.formats.xml_body import optional, parse_xml, require
from connectors.values.coordinates import place_hint
from connectors.values.moment import parse_moment
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Datum, Decoded, Fact, PlaceHint
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

WINDOW = 300
"""Seconds of one window; a session goes on as long as no window passes in silence."""
TIMESTAMP, NONCE, MSG_SIGNATURE = "x-wechat-timestamp", "x-wechat-nonce", "x-wechat-msg-signature"
"""Headers under which the intake keeps the query parameters of a push."""
TEXT_FIELDS = {
    "text": "Content",
    "voice": "Recognition",
    "location": "Label",
    "link": "Title",
}
MEDIA = ("image", "voice", "video", "shortvideo")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one push; events (subscribe, menu …) say nothing of a matter and are skipped."""
    root = parse_xml(raw.body)
    if root.find("Encrypt") is not None:
        root = parse_xml(_open(raw, require(root, "Encrypt", "/xml"), context))
    kind = require(root, "MsgType", "/xml")
    if kind == "event":
        return Decoded(skipped={f"event {optional(root, 'Event').lower() or 'unnamed'}": 1})
    if kind not in TEXT_FIELDS and kind not in MEDIA:
        raise FaultError(Reason.UNSUPPORTED_TYPE, f"message type {kind!r}", "/xml/MsgType")
    return Decoded(facts=(_fact(root, kind, raw.received_at),))


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
    content = optional(root, TEXT_FIELDS[kind]) if kind in TEXT_FIELDS else ""
    if kind == "text" and not content:
        raise FaultError(Reason.NO_CONTENT, "an empty text", "/xml/Content")
    return Fact(
        native_id=f"{user}-{window}",
        parent_id=f"{user}-{window - 1}",
        revision=require(root, "MsgId", "/xml"),
        occurred_at=created,
        contact=Contact(account=user),
        place=_place(root) if kind == "location" else PlaceHint(),
        content=content or f"[{kind}]",
        attachments=_attachments(root, kind),
        native={"to": optional(root, "ToUserName"), "type": kind, "url": optional(root, "Url")},
    )


def _place(root: Element) -> PlaceHint:
    """Return the place; WeChat gives latitude as X and longitude as Y, in GCJ-02."""
    location = {key: optional(root, key) for key in ("Location_X", "Location_Y")}
    return place_hint(
        number(location, "Location_Y", "/xml"),
        number(location, "Location_X", "/xml"),
        Datum.GCJ02,
        "/xml/Location_X",
        text=optional(root, "Label"),
    )


def _attachments(root: Element, kind: str) -> tuple[Attachment, ...]:
    if kind not in MEDIA:
        return ()
    name = require(root, "MediaId", "/xml")
    return (Attachment(name=name, url=optional(root, "PicUrl"), media_type=kind),)


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
