"""Mail headers and bodies to text: charsets that lie, HTML, and quoted replies taken off."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from mailparser_reply import EmailReplyParser

from connectors.contract import FaultError
from connectors.formats.markup import plain
from connectors.values.text import decode_text, tidy

QUOTE = re.compile(
    r"^(?:在\s?.{4,200}写道\s?[:\uff1a]"
    r"|[-_]{2,}\s*(?:原始邮件|原邮件|转发邮件|Original Message)\s*[-_]{2,}"
    r"|.{0,80}于\s?\d{4}.{0,80}写道\s?[:\uff1a])\s*$",
    re.MULTILINE,
)
"""Where Chinese mail programs begin the quotation; the library knows the others."""
_PARSER = EmailReplyParser(languages=["zh", "en"])


def header_text(message: Message, name: str) -> str:
    """Return a header in text: RFC 2047 words, or raw bytes of an old program."""
    value = message.get(name)
    if value is None:
        return ""
    unfolded = " ".join(str(value).splitlines())
    try:
        chunks = decode_header(unfolded)
    except HeaderParseError:
        # A damaged encoded word is shown as it stands rather than costing the mail.
        return tidy(unfolded)
    return tidy("".join(_chunk(text, charset) for text, charset in chunks))


def _chunk(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    declared = "" if charset in (None, "unknown-8bit") else str(charset)
    return decode_text(text, declared=declared)


def body_text(part: Message) -> str:
    """Return the text of a text/plain or text/html part."""
    content = part.get_payload(decode=True)
    body = content if isinstance(content, bytes) else str(content or "").encode()
    text = decode_text(body, declared=part.get_content_charset() or "")
    return plain(text) if part.get_content_subtype() == "html" else tidy(text)


def own_words(text: str) -> str:
    """Return what the sender wrote himself; all of it where that would be nothing."""
    quote = QUOTE.search(text)
    above = text[: quote.start()] if quote else text
    return tidy(_PARSER.parse_reply(above)) or tidy(above) or tidy(text)


def readable(text: str) -> str:
    """Return raw header text that may hold bytes of another charset."""
    try:
        return decode_text(text.encode("utf-8", "surrogateescape"))
    except FaultError:
        return tidy(text.encode("utf-8", "replace").decode())
