"""市长信箱: e-mail (RFC 5322, MIME) from a maildir or IMAP, docs/channels/mayor_mailbox.md."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256

from connectors.contract import (
    CannotTellError,
    Connector,
    DecodeContext,
    FaultError,
    Limits,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.mail_text import body_text, header_text, own_words, readable
from connectors.formats.reply import STEPS, only_reply, signed_off
from connectors.values.moment import parse_moment
from schemas.channel import Channel
from schemas.reports.fact import Attachment, Contact, Decoded, Fact
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason

AUTOMATIC = ("auto-replied", "auto-generated")
"""RFC 3834: an answer that no person wrote."""


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one mail; a reply in a thread names the mail that it answers as its parent."""
    if not raw.body.strip():
        raise FaultError(Reason.NO_CONTENT, "nothing in it")
    message = message_from_bytes(raw.body, policy=policy.compat32)
    if not message.keys():
        raise FaultError(Reason.BAD_SYNTAX, "no mail: it has no headers", "line 1")
    if str(message.get("Auto-Submitted", "")).strip().lower().startswith(AUTOMATIC):
        return Decoded(skipped={"automatic reply": 1})
    texts, attachments = _parts(message, context.limits)
    title, content = header_text(message, "Subject"), own_words(texts)
    if not (title or content):
        raise FaultError(Reason.NO_CONTENT, "neither a subject nor a text")
    name, address = parseaddr(readable(str(message.get("From", ""))))
    message_id = _id(message, "Message-ID")
    fact = Fact(
        native_id=message_id or f"sha256:{sha256(raw.body).hexdigest()[:32]}",
        parent_id=_parent(message),
        occurred_at=_date(message, raw.received_at),
        contact=Contact(name=_display(message) or name, email=address),
        title=title,
        content=content,
        attachments=tuple(attachments),
        native={"to": readable(str(message.get("To", "")))},
    )
    return Decoded(facts=(fact,))


def _display(message: Message) -> str:
    """Return the sender's display name without the address."""
    decoded = header_text(message, "From")
    return parseaddr(decoded)[0] if "<" in decoded else ""


def _id(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip().strip("<>").strip()


def _parent(message: Message) -> str:
    """Return the mail that this one answers: In-Reply-To, else the last of References."""
    parent = _id(message, "In-Reply-To")
    if parent:
        return parent
    references = str(message.get("References", "")).split()
    return references[-1].strip("<>") if references else ""


def _date(message: Message, now: datetime) -> datetime:
    date = message.get("Date")
    if date is None:
        return now
    try:
        moment = parsedate_to_datetime(str(date))
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        detail = f"{str(date)[:40]!r} is no date after RFC 5322"
        raise FaultError(Reason.BAD_TIME, detail, "header Date") from error
    if moment.tzinfo is None:
        # "-0000" means that the zone is unknown; the moment is UTC (RFC 5322, 3.3).
        moment = moment.replace(tzinfo=UTC)
    return parse_moment(moment.isoformat(), position="header Date", now=now)


def _parts(message: Message, limits: Limits) -> tuple[str, list[Attachment]]:
    plain_parts: list[str] = []
    html_parts: list[str] = []
    attachments: list[Attachment] = []
    for count, part in enumerate(_leaves(message)):
        if count >= limits.entries:
            raise FaultError(Reason.TOO_LARGE, f"more than {limits.entries} parts")
        if _is_attached(part):
            attachments.append(_attachment(part))
        elif part.get_content_subtype() == "html":
            html_parts.append(body_text(part))
        else:
            plain_parts.append(body_text(part))
    return "\n".join(filter(None, plain_parts)) or "\n".join(html_parts), attachments


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _is_attached(part: Message) -> bool:
    return (
        part.get_content_maintype() != "text"
        or part.get_content_disposition() == "attachment"
        or part.get_content_subtype() not in ("plain", "html")
    )


def _attachment(part: Message) -> Attachment:
    content = part.get_payload(decode=True)
    body = content if isinstance(content, bytes) else b""
    return Attachment(
        name=_file_name(part),
        media_type=part.get_content_type(),
        size=len(body),
        sha256=sha256(body).hexdigest(),
    )


def _file_name(part: Message) -> str:
    """Return the file's name, encoded by RFC 2231, or by RFC 2047 as most programs do."""
    name = part.get_filename() or ""
    if not name.isascii():
        return readable(name)
    holder = Message()
    holder["Name"] = name
    return header_text(holder, "Name")


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
    mail["Message-ID"] = f"<{feedback.feedback_id}@minqing-hub>"
    if "@" in feedback.native_id:
        thread = f"<{''.join(feedback.native_id.split())}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(f"您好：\n\n{signed_off(reply)}\n")
    return Outgoing(mail.as_bytes(), "message/rfc822", to=address)


CONNECTOR = Connector(
    Channel.MAYOR_MAILBOX, (Transport.MAIL,), decode, ReplyForm(Way.MAIL, encode, STEPS)
)
