"""Unpacking 解压 under limits: a decompression bomb is a fault, not a full memory."""

import zlib

from connectors.contract import FaultError, Limits
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

STEP = 256 * 1024
GZIP_OR_ZLIB = 47
GZIP_MAGIC = b"\x1f\x8b"


def payload(raw: RawMessage, limits: Limits) -> bytes:
    """Return the body, unpacked where it is gzip (by its header or its first bytes)."""
    encoding = header(raw, "content-encoding").lower()
    if encoding in ("gzip", "deflate") or raw.body.startswith(GZIP_MAGIC):
        return inflate(raw.body, limits)
    return raw.body


def inflate(body: bytes, limits: Limits) -> bytes:
    """Return the gzip or zlib content; raises `FaultError` too_large or bad_syntax."""
    parts: list[bytes] = []
    total, rest = 0, body
    while rest:
        machine = zlib.decompressobj(GZIP_OR_ZLIB)
        while rest and not machine.eof:
            try:
                part = machine.decompress(rest, STEP)
            except zlib.error as error:
                raise FaultError(Reason.BAD_SYNTAX, f"no gzip: {error}", f"byte {total}") from error
            total += len(part)
            if total > limits.unpacked_bytes:
                detail = f"unpacks to over {limits.unpacked_bytes} bytes"
                raise FaultError(Reason.TOO_LARGE, detail)
            parts.append(part)
            rest = machine.unconsumed_tail
            if not part and not rest and not machine.eof:
                raise FaultError(Reason.BAD_SYNTAX, "gzip ends early", f"byte {len(body)}")
        if not machine.eof:
            raise FaultError(Reason.BAD_SYNTAX, "gzip ends early", f"byte {len(body)}")
        rest = machine.unused_data.lstrip(b"\0")
    return b"".join(parts)


def header(raw: RawMessage, name: str) -> str:
    """Return a header by its name in any case, or empty."""
    for key, value in raw.headers.items():
        if key.lower() == name:
            return value
    return ""


def charset_of(content_type: str) -> str:
    """Return the charset parameter of a content type, or empty."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"')
    return ""
