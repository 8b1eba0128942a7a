"""One entry of the journal 日志条目 as the file stores it: sealed, with a checksum.

The checksum (CRC-32C) covers the sealed bytes, so damage is detected without the key. Metadata and
body are sealed separately, because each start reads the metadata of many entries without bodies.
Entries of older versions are not sealed: their `meta` is text, and their `key` is NULL.
"""

import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from crc32c import crc32c

from hub.security.sealing import Sealer, key_id_of
from schemas.reports.raw import RawMessage


class Row(NamedTuple):
    """The columns of an entry, without its number."""

    receipt_id: bytes
    received_at: float
    """epoch seconds"""
    meta: bytes | str
    body: bytes
    sum: int | None
    key: str | None


def sealed_row(raw: RawMessage, sealer: Sealer) -> Row:
    """Return the row that stores a message."""
    meta = raw.model_dump_json(exclude={"body"}).encode()
    return sealed_of(raw.receipt_id, raw.received_at.timestamp(), meta, raw.body, sealer)


def sealed_of(receipt: UUID, received_at: float, meta: bytes, body: bytes, sealer: Sealer) -> Row:
    """Seal the metadata and the body of a message, both bound to its receipt id."""
    sealed_meta = sealer.seal_bytes(f"journal/meta/{receipt}", meta)
    sealed_body = sealer.seal_bytes(f"journal/body/{receipt}", body)
    total = crc32c(sealed_body, crc32c(sealed_meta))
    return Row(receipt.bytes, received_at, sealed_meta, sealed_body, total, key_id_of(sealed_body))


def opened_meta(receipt: UUID, meta: bytes | str, sealer: Sealer) -> RawMessage:
    """Return a message without its body; raises `SealError`."""
    if isinstance(meta, bytes):
        meta = sealer.open_bytes(f"journal/meta/{receipt}", meta).decode()
    known: dict[str, object] = json.loads(meta)
    known["received_at"] = datetime.fromisoformat(str(known["received_at"]))
    known["receipt_id"] = UUID(str(known["receipt_id"]))
    return RawMessage.model_validate({**known, "body": b""})


def opened(receipt: UUID, meta: bytes | str, body: bytes, sealer: Sealer) -> RawMessage:
    """Return the message as it was received; raises `SealError`."""
    if isinstance(meta, bytes):
        body = sealer.open_bytes(f"journal/body/{receipt}", body)
    return opened_meta(receipt, meta, sealer).model_copy(update={"body": body})


def is_whole(meta: bytes | str, body: bytes, total: int | None) -> bool:
    """Return whether an entry is unchanged; True for very old ones, which have no checksum."""
    known = meta.encode() if isinstance(meta, str) else meta
    return total is None or crc32c(body, crc32c(known)) == total
