"""MIME bodies: which parts are the words of the sender, and which are attachments."""

import re
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from hashlib import sha256

from connectors.contract import FaultError, Limits
from connectors.formats.mail.header import (
    decode_base64,
    decode_raw_headers,
    decode_words,
    header_text,
    parameter,
    raw_header,
)
from connectors.formats.markup import plain
from connectors.values.text import Text, read_text, tidy
from schemas.reports.fact import Attachment
from schemas.reports.rejected import Reason

DEEPEST = 40
META_CHARSET = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
STUB = re.compile(
    r"不支持\s*HTML|无法显示.{0,8}HTML|(?:not|n.t) (?:support|display|view).{0,12}HTML", re.I
)
"""Texts that programs write into the plain part if the mail is in the HTML part only."""
SOURCE_LINE = re.compile(r"[ \t]*\r?\n[ \t]*")
BETWEEN_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])")
BOUNDARY = re.compile(rb"^--([!-~]{1,70})\r?\nContent-", re.MULTILINE | re.IGNORECASE)
BASE64 = re.compile(r"^\s*[A-Za-z0-9+/]+={0,3}\s*$")
FORWARDED = (("发件人", "From"), ("时间", "Date"), ("主题", "Subject"))


@dataclass(slots=True)
class Body:
    """The text of a mail in the order of its parts, and everything else in it."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    other_version: str = ""
    """A plain text that has far fewer words than the HTML beside it and is not part of it."""


def read_body(message: Message, limits: Limits) -> Body:
    """Return the body of a mail; raises `FaultError` too_large for too many or too deep parts."""
    return _Reader(limits).read(message)


class _Reader:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts = 0
        self._body = Body()

    def read(self, message: Message) -> Body:
        self._body.text = self._text(message, 0)
        return self._body

    def _text(self, part: Message, depth: int) -> str:
        self._count(depth)
        part = _with_boundary(part)
        if not part.is_multipart():
            return self._leaf(part)
        children = [each for each in part.get_payload() if isinstance(each, Message)]
        texts = [self._text(child, depth + 1) for child in children]
        if part.get_content_type() == "multipart/alternative":
            return self._best(children, texts)
        if part.get_content_maintype() == "message" and children:
            return _forwarded(children[0], texts[0])
        # The parts of all other kinds belong together: Apple Mail splits a letter at its pictures.
        return "\n".join(filter(None, texts))

    def _count(self, depth: int) -> None:
        self._parts += 1
        if self._parts > self._limits.entries:
            raise FaultError(Reason.TOO_LARGE, f"more than {self._limits.entries} parts")
        if depth > DEEPEST:
            raise FaultError(Reason.TOO_LARGE, f"parts inside parts, deeper than {DEEPEST}")

    def _leaf(self, part: Message) -> str:
        text = None if _is_attached(part) else _read(part)
        if text is None or not text.is_text:
            self._body.attachments.append(_attachment(part))
            return ""
        return _html_text(text.text) if _is_html(part) else _plain_text(part, text.text)

    def _best(self, children: list[Message], texts: list[str]) -> str:
        plains = [
            text
            for child, text in zip(children, texts, strict=True)
            if text and not _has_html(child)
        ]
        others = [
            text for child, text in zip(children, texts, strict=True) if text and _has_html(child)
        ]
        if not plains or not others:
            return (plains or others or [""])[0]
        short, rich = plains[0], others[-1]
        if len(rich) <= 2 * len(short) and not STUB.search(short):
            return short
        if "".join(short.split()) not in "".join(rich.split()):
            self._body.other_version = short
        return rich


def _with_boundary(part: Message) -> Message:
    """Return a multipart whose header names no boundary, or a wrong one, by that of its body."""
    if part.get_content_maintype() != "multipart" or part.is_multipart():
        return part
    body = _bytes(part)
    boundary = BOUNDARY.search(body)
    if boundary is None:
        return part
    head = b'Content-Type: %s; boundary="%s"\n\n' % (part.get_content_type().encode(), boundary[1])
    again = message_from_bytes(head + body, policy=policy.compat32)
    decode_raw_headers(again)
    return again


def _is_html(part: Message) -> bool:
    return part.get_content_subtype() == "html"


def _has_html(part: Message) -> bool:
    return any(_is_html(each) for each in part.walk())


def _is_attached(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        # Without its boundary a multipart is one text; better shown whole than not at all.
        return False
    return (
        part.get_content_maintype() != "text"
        or part.get_content_disposition() == "attachment"
        or part.get_content_subtype() not in ("plain", "html")
    )


def _read(part: Message) -> Text:
    body = _bytes(part)
    declared = parameter(part, "charset")
    if _is_html(part) and not declared:
        meta = META_CHARSET.search(body[:4096])
        declared = meta[1].decode("ascii") if meta else ""
    return read_text(body, declared=declared)


def _bytes(part: Message) -> bytes:
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        return _from_base64(part)
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else str(content or "").encode()


def _from_base64(part: Message) -> bytes:
    """Return the decoded lines, and the lines below them as they are.

    Mailing lists and virus scanners append plain lines; some programs declare base64 and write
    plain text.
    """
    payload = part.get_payload()
    with suppress(ValueError):
        return b64decode("".join(str(payload).split()), validate=True)
    lines = payload.splitlines() if isinstance(payload, str) else []
    decoded: list[bytes] = []
    digits: list[str] = []
    for index, line in enumerate(lines):
        ends_block = bool(digits) and digits[-1].endswith("=")
        if line.strip() and (not BASE64.match(line) or (ends_block and not _is_whole(line))):
            rest = "\n".join(lines[index:]).encode("utf-8", "surrogateescape")
            tail = b"\n" if decoded or digits else b""
            return b"".join((*decoded, decode_base64("".join(digits)), tail, rest))
        if ends_block and line.strip():
            decoded.append(decode_base64("".join(digits)))
            digits = []
        digits += [line.strip()] if line.strip() else []
    return b"".join((*decoded, decode_base64("".join(digits))))


def _is_whole(line: str) -> bool:
    return len(line.strip()) >= 20 and len(line.strip()) % 4 == 0


def _html_text(markup: str) -> str:
    if "<pre" not in markup.lower():
        # A line end in the source is a space to a reader, and nothing between Chinese characters.
        lines = SOURCE_LINE.sub("\n", markup)
        markup = BETWEEN_CHINESE.sub("", lines).replace("\n", " ")
    return plain(markup)


def _plain_text(part: Message, text: str) -> str:
    if parameter(part, "format").lower() != "flowed":
        return tidy(text)
    return tidy(unflowed(text, delete_space=parameter(part, "delsp").lower() == "yes"))


def unflowed(text: str, *, delete_space: bool) -> str:
    """Return format=flowed text with its soft line ends joined (RFC 3676, 4)."""
    lines: list[str] = []
    depth_before, is_open = 0, False
    for raw in text.replace("\r\n", "\n").split("\n"):
        content = raw.lstrip(">")
        depth = len(raw) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        is_soft = content.endswith(" ") and not is_signature
        kept = content[:-1] if is_soft and delete_space else content
        if is_open and depth == depth_before and not is_signature:
            lines[-1] += kept
        else:
            lines.append(f"{'>' * depth} {kept}" if depth else kept)
        depth_before, is_open = depth, is_soft
    return "\n".join(lines)


def _forwarded(message: Message, text: str) -> str:
    """Return a mail that was attached to this one, under its sender, date and subject."""
    fields = [(label, header_text(message, name)) for label, name in FORWARDED]
    head = [f"{label}\uff1a{value}" for label, value in fields if value]
    return "\n".join((*head, text)) if text else "\n".join(head)


def _attachment(part: Message) -> Attachment:
    body = _bytes(part)
    return Attachment(
        name=_file_name(part),
        media_type=part.get_content_type(),
        size=len(body),
        sha256=sha256(body).hexdigest(),
    )


def _file_name(part: Message) -> str:
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    # Old programs give a name only in the description.
    return name or decode_words(raw_header(part, "Content-Description"))
