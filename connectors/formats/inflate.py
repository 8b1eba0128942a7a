"""Unpacking 解压 within limits: a decompression bomb is a fault and does not fill the memory."""

import zlib

from connectors.contract import FaultError, Limits
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason

STEP = 256 * 1024
GZIP_OR_ZLIB = 47
BARE = -15
DEFLATE = 8
PLAIN = (b"{", b"[", b"<")
"""How JSON and XML begin."""
GZIP_MAGIC = b"\x1f\x8b"


def payload(raw: RawMessage, limits: Limits) -> bytes:
    """Return the body, unpacked where it is gzip (by its header or its first bytes).

    If a proxy has unpacked the body but left its header, the body is returned as it is. Some
    senders send `deflate` without the zlib header (RFC 9110, 8.4.1.2).
    """
    encoding = header(raw, "content-encoding").strip().lower()
    packed = raw.body.startswith(GZIP_MAGIC)
    if encoding in ("gzip", "x-gzip") and not packed and raw.body.lstrip()[:1] in PLAIN:
        return raw.body
    if encoding == "deflate" and not packed and not _is_zlib(raw.body):
        return inflate(raw.body, limits, BARE)
    if encoding in ("gzip", "x-gzip", "deflate") or packed:
        return inflate(raw.body, limits)
    return raw.body


def _is_zlib(body: bytes) -> bool:
    """Return whether the first two bytes are a header of zlib (RFC 1950, 2.2)."""
    return len(body) > 1 and body[0] & 0x0F == DEFLATE and (body[0] << 8 | body[1]) % 31 == 0


def inflate(body: bytes, limits: Limits, window: int = GZIP_OR_ZLIB) -> bytes:
    """Return the gzip or zlib content; raises `FaultError` too_large or bad_syntax.

    `window` is zlib's parameter wbits, `BARE` for deflate without a header.
    """
    parts: list[bytes] = []
    total, rest = 0, body
    while rest:
        machine = zlib.decompressobj(window)
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
