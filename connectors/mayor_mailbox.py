"""市长信箱: e-mail (RFC 5322, MIME) from a maildir or IMAP, docs/channels/mayor_mailbox.md."""

import re
from base64 import b32decode, b32encode
from codecs import BOM_UTF8
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from hashlib import sha256

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
from connectors.formats.mail.body import read_body
from connectors.formats.mail.date import sent_at
from connectors.formats.mail.header import (
    decode_raw_headers,
    header_text,
    mailbox,
    message_ids,
    raw_header,
)
from connectors.formats.mail.machine import machine_kind
from connectors.formats.mail.quotation import Split, split_reply
from connectors.formats.reply import STEPS, only_reply, signed_off
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

OWN_DOMAIN = "minqing-hub"
OWN_ID = re.compile(rf"^[0-9a-f-]{{36}}(?:\.([a-z2-7]+))?@{OWN_DOMAIN}$", re.IGNORECASE)
"""Message-ID of an answer of the hub: the feedback, and in base32 the letter that it answers."""
LONGEST_ID = 500
"""A header line has at most 998 characters (RFC 5322, 2.1.1)."""
WHOLE_LINES = policy.SMTP.clone(max_line_length=998)
"""With shorter lines, Python would write the long message ids of Outlook as encoded words, and mail
programs could not find the thread."""
FORWARDS = re.compile(r"^\s*(?:转发|轉寄|转寄|Fwd?|Forward)\s*[:\uff1a]", re.IGNORECASE)
KEPT = ("To", "Cc", "Reply-To", "In-Reply-To")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one mail; a reply in a thread names the mail that it answers as its parent.

    Mail of machines is skipped, counted by its kind. Quotations are taken off replies only, and
    kept in `native`.
    """
    if not raw.body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it")
    # A byte order mark, or blank lines of an export, would hide the headers.
    body = raw.body.removeprefix(BOM_UTF8).lstrip(b"\r\n")
    message = message_from_bytes(body, policy=policy.compat32)
    if not message.keys():
        raise FaultError(Reason.BAD_SYNTAX, "no mail: it has no headers", "line 1")
    decode_raw_headers(message)
    kind = machine_kind(message)
    if kind:
        return Decoded(skipped={kind: 1})
    return Decoded(facts=(_fact(message, raw, context),))


def _fact(message: Message, raw: RawMessage, context: DecodeContext) -> Fact:
    body = read_body(message, context.limits)
    title = header_text(message, "Subject")
    is_reply = bool(_thread(message)) and not FORWARDS.match(title)
    words = split_reply(body.text) if is_reply else Split(body.text)
    if not (title or words.own or body.attachments):
        raise FaultError(Reason.NO_CONTENT, "neither a subject nor a text")
    name, address = _sender(message)
    moment, written_date = sent_at(message, raw.received_at)
    message_id = next(iter(message_ids(message, "Message-ID")), "")
    extra = {
        "quoted": words.quoted,
        "text_version": body.other_version,
        "date": written_date,
    }
    return Fact(
        native_id=message_id or f"sha256:{sha256(raw.body).hexdigest()[:32]}",
        parent_id=_parent(message),
        occurred_at=moment,
        contact=Contact(name=name, email=address),
        title=title,
        content=words.own,
        attachments=tuple(body.attachments),
        native=_kept_headers(message) | {key: value for key, value in extra.items() if value},
    )


def _sender(message: Message) -> tuple[str, str]:
    for header in ("From", "Sender", "Reply-To"):
        name, address = mailbox(raw_header(message, header))
        if name or address:
            return name, address
    return "", ""


def _kept_headers(message: Message) -> dict[str, str]:
    headers = {name.lower().replace("-", "_"): header_text(message, name) for name in KEPT}
    return {"to": headers.pop("to")} | {key: value for key, value in headers.items() if value}


def _thread(message: Message) -> list[str]:
    """Return the ids of the mails before this one: In-Reply-To, then References, newest first."""
    return [*message_ids(message, "In-Reply-To"), *reversed(message_ids(message, "References"))]


def _parent(message: Message) -> str:
    """Return the letter that this mail belongs to.

    An answer of the hub names its letter in its own id. Its older answers do not; then the mail
    before them in References is the letter.
    """
    thread = _thread(message)
    for each in thread:
        own = OWN_ID.match(each)
        if own and own[1]:
            return _letter_of(own[1])
    return next((each for each in thread if not OWN_ID.match(each)), "")


def _letter_of(code: str) -> str:
    padded = code.upper() + "=" * (-len(code) % 8)
    try:
        return b32decode(padded).decode()
    except ValueError:
        return ""


def own_message_id(feedback_id: object, native_id: str) -> str:
    """Return the Message-ID of the hub's answer, from which a reply finds its letter.

    Base32 survives programs that change the case of ids. An id too long for one line is left out.
    """
    code = b32encode(native_id.encode()).decode().rstrip("=").lower()
    letter = f".{code}" if 0 < len(code) <= LONGEST_ID else ""
    return f"<{feedback_id}{letter}@{OWN_DOMAIN}>"


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return a mail in the thread of one letter; a repeated delivery has the same Message-ID.

    It is marked as automatic (RFC 3834), so that no machine answers it.
    """
    reply = only_reply(replies)
    feedback = reply.feedback
    address = " ".join(reply.contact.email.split())
    if "@" not in address:
        raise CannotTellError("the letter has no address of a sender")
    mail = EmailMessage(policy=policy.SMTP)
    mail["To"] = address
    mail["Subject"] = f"Re: {' '.join(reply.title.split()) or '您的来信'}"
    mail["Date"] = feedback.at
    mail["Message-ID"] = own_message_id(feedback.feedback_id, feedback.native_id)
    if "@" in feedback.native_id:
        thread = f"<{''.join(feedback.native_id.split())}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(f"您好：\n\n{signed_off(reply)}\n")
    return Outgoing(mail.as_bytes(policy=WHOLE_LINES), "message/rfc822", to=address)


CONNECTOR = Connector(
    Channel.MAYOR_MAILBOX, (Transport.MAIL,), decode, ReplyForm(Way.MAIL, encode, STEPS)
)
