"""HTML forms as clients post them: `application/x-www-form-urlencoded` and `multipart/form-data`.

Percent-encoded or raw GBK is read where the text is no UTF-8. Files are not kept in the form: their
bytes stay in the raw message, the form has their name, size and digest.
"""

import quopri
import re
from base64 import b64decode
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from connectors.contract import DAMAGED, FaultError
from connectors.formats.inflate import charset_of
from connectors.values.text import decode_text, tidy
from schemas.reports.fact import Attachment
from schemas.reports.rejected import Reason

MULTIPART = "multipart/form-data"
FIRST_LINE = re.compile(rb"\s*--([!-~]{1,200})\r\n")
CHARSETS = ("utf-8", "gb18030")
ESCAPED = re.compile(r"(?:%u[0-9A-Fa-f]{4})+")
"""`escape()` of JavaScript writes characters so; a form has a percent sign as %25."""
NAMELESS = "file"
MOST_DAMAGED = 10
"""If more than one character in this many is damaged, the body is not a form."""
TEXTS = ("text/", "application/json")


class Form(NamedTuple):
    """The fields of a form in their order, with all repetitions, and its uploaded files."""

    fields: tuple[tuple[str, str], ...]
    files: tuple[Attachment, ...] = ()


def read_form(body: bytes, content_type: str, most: int) -> Form:
    """Return the form; raises `FaultError` bad_syntax, also for over `most` fields."""
    if content_type.strip().lower().startswith(MULTIPART):
        return _read_multipart(body, content_type, most)
    text = ESCAPED.sub(_unescaped, decode_text(body, declared=charset_of(content_type)))
    for charset in dict.fromkeys((charset_of(content_type) or CHARSETS[0], *CHARSETS)):
        try:
            return Form(_pairs(text, most, charset))
        except (UnicodeDecodeError, LookupError):
            continue
    pairs = _pairs(text, most, CHARSETS[0], errors="replace")
    values = "".join(value for _, value in pairs)
    if values.count(DAMAGED) * MOST_DAMAGED > len(values):
        raise FaultError(Reason.BAD_SYNTAX, "no form: its values are neither UTF-8 nor GB18030")
    return Form(pairs)


def _unescaped(match: re.Match[str]) -> str:
    units = bytes.fromhex(match[0].replace("%u", ""))
    return units.decode("utf-16-be", "surrogatepass")


def _pairs(
    text: str, most: int, charset: str, errors: str = "strict"
) -> tuple[tuple[str, str], ...]:
    """Return names and values; raises UnicodeDecodeError, or `FaultError` bad_syntax."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=most, encoding=charset, errors=errors
        )
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise FaultError(Reason.BAD_SYNTAX, f"no form: {error}") from error
    return tuple((tidy(name), tidy(value)) for name, value in pairs)


def _read_multipart(body: bytes, content_type: str, most: int) -> Form:
    boundary = parse_options_header(content_type)[1].get("boundary", "").encode()
    # Some programs end lines by LF alone, which RFC 2046 does not have.
    mended = b"\r" not in body
    body = body.replace(b"\n", b"\r\n") if mended else body
    missing = not boundary or b"--" + boundary not in body
    if missing and (first := FIRST_LINE.match(body)):
        # Programs that set the content type by hand forget the boundary, or write another; the
        # body begins with it.
        boundary = first[1]
    parts = _parts(body, boundary, most)
    return _form(
        [(head, content.replace(b"\r\n", b"\n")) for head, content in parts] if mended else parts
    )


def _parts(body: bytes, boundary: bytes, most: int) -> list[tuple[MultipartSegment, bytes]]:
    """Return each part with its content; raises `FaultError` bad_syntax."""
    errors = []
    for charset in CHARSETS:
        parts: list[tuple[MultipartSegment, bytearray]] = []
        try:
            with PushMultipartParser(
                boundary, max_segment_count=most, header_charset=charset
            ) as parser:
                for event in parser.parse(body):
                    if isinstance(event, MultipartSegment):
                        parts.append((event, bytearray()))
                    elif event:
                        parts[-1][1].extend(event)
        except MultipartError as error:
            errors.append(error)
        else:
            return [(segment, bytes(content)) for segment, content in parts]
    detail = f"no form of multipart/form-data: {errors[0]}"
    raise FaultError(Reason.BAD_SYNTAX, detail) from errors[0]


def _form(parts: list[tuple[MultipartSegment, bytes]]) -> Form:
    fields, files = list[tuple[str, str]](), list[Attachment]()
    for segment, sent in parts:
        content = _transferred(segment, sent)
        text = None if _is_file(segment) else _text(content, segment.charset or "")
        if text is not None:
            fields.append((tidy(segment.name), text))
        elif content or segment.filename:
            files.append(_file(segment, content))
    return Form(tuple(fields), tuple(files))


def _transferred(segment: MultipartSegment, content: bytes) -> bytes:
    """Return the content of a part without its transfer encoding.

    RFC 7578 section 4.7 deprecates it, but libraries made for mail still write it.
    """
    encoding = (segment.header("Content-Transfer-Encoding") or "").strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    try:
        return (
            b64decode(b"".join(content.split()), validate=True) if encoding == "base64" else content
        )
    except ValueError:
        return content


def _is_file(segment: MultipartSegment) -> bool:
    kind = segment.content_type or TEXTS[0]
    return bool(segment.filename) or not kind.startswith(TEXTS)


def _text(content: bytes, charset: str) -> str | None:
    """Return the text of a part; None if it is a file without a name."""
    try:
        return tidy(decode_text(content, declared=charset))
    except FaultError:
        return None


def _file(segment: MultipartSegment, content: bytes) -> Attachment:
    return Attachment(
        name=tidy(segment.filename) or tidy(segment.name) or NAMELESS,
        media_type=segment.content_type or "",
        size=len(content),
        sha256=sha256(content).hexdigest(),
    )
