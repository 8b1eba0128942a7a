"""Read a rejected message 退件 from the store, as it was received."""

from hub.publish.rejection import reopen
from hub.security.sealing import Sealer, SealError
from hub.store.reader import Reader
from schemas.cloudevent import from_record
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Rejected

BY_ID = "SELECT body FROM rejected WHERE rejected_id = {id:UUID} LIMIT 1"

CARRIER = "SELECT body FROM rejected WHERE receipt_id = {id:UUID} AND carries_message LIMIT 1"


def read_rejected(reader: Reader, rejected_id: str) -> Rejected | None:
    """Return one rejected record, or None; raises `StoreAwayError`."""
    return _read(reader, BY_ID, rejected_id)


def read_message(reader: Reader, rejected: Rejected, sealer: Sealer) -> RawMessage:
    """Return the message of a rejected record, as received; raises `SealError`."""
    carrier = rejected if rejected.raw else _read(reader, CARRIER, str(rejected.receipt_id))
    if carrier is None:
        raise SealError(f"the message of receipt {rejected.receipt_id} is not in the store yet")
    return reopen(carrier, sealer)


def _read(reader: Reader, sql: str, record_id: str) -> Rejected | None:
    rows = reader.rows(sql, {"id": record_id})
    return from_record(Rejected, str(rows[0]["body"]).encode()) if rows else None
