"""Salvaging a damaged journal 日志抢救: what can be read goes on, what cannot is named.

A disk can lose or change pages of a file. The damaged file is set aside whole, nothing in it is
written to; whatever entries it still gives are put into a fresh journal under their old numbers.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from hub.journal.journal import Journal, is_whole

CHECKED_WHOLE = 1024**3
"""Bytes: a larger journal is not read from end to end while someone waits."""
SUFFIXES = ("", "-wal", "-shm")
KEPT = {
    "cursors": "SELECT name, value FROM cursors",
    "members": "SELECT name, member FROM members",
    "routes": "SELECT channel, native_id, route FROM routes",
    "early": "SELECT channel, native_id, receipt_id FROM early",
}
Entry = tuple[int, bytes, float, str, bytes, int | None]
"""Number, receipt, epoch seconds, what is known of the message, its bytes, checksum."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of a damaged journal; `missing` are numbers of entries with their receipts."""

    aside: Path
    kept: int
    missing: tuple[tuple[int, UUID | None], ...]
    unread: tuple[str, ...]

    def report(self) -> str:
        """Say exactly what is missing, for whoever has to ask the senders again."""
        lines = [f"{self.aside.name}: {self.kept} entries were read and are in the journal again"]
        lines += [
            f"missing: entry {seq}, receipt {receipt or 'unknown'}" for seq, receipt in self.missing
        ]
        lines += [f"could not be read whole: {name}" for name in self.unread]
        return "\n".join(lines) + "\n"


def is_damaged(path: Path) -> bool:
    """Return whether a journal's file is no whole database any more; nothing is written to it.

    Raises `sqlite3.OperationalError` where it cannot be asked: another process has it, or the
    disk does not answer. That is no damage, and a living journal must not be set aside.
    """
    if not path.exists():
        return False
    check = "quick_check(1)" if path.stat().st_size <= CHECKED_WHOLE else "schema_version"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            (verdict,) = db.execute(f"PRAGMA {check}").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return True
    return isinstance(verdict, str) and verdict != "ok"


def salvage(path: Path, *, max_bytes: int, now: datetime) -> Salvaged:
    """Set a damaged journal aside and put what it still gives into a fresh one at its place."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    for suffix in SUFFIXES:
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    fresh = Journal(path, max_bytes=max_bytes)
    unread: list[str] = []
    with closing(sqlite3.connect(aside)) as db:
        receipts, indexed = _receipts(db)
        there: set[int] = set()
        for row in _entries(db, max(receipts, default=0)):
            fresh.put_back([row])
            there.add(row[0])
        for table, sql in KEPT.items():
            if not _copied(db, fresh, table, sql):
                unread.append(table)
    fresh.close()
    if not indexed:
        unread.append("receipts")
        # Then the gaps in the numbers tell of what has no receipt any more.
        known = there | receipts.keys()
        receipts = dict.fromkeys(range(min(known, default=1), max(known, default=0) + 1)) | receipts
    missing = tuple((seq, one) for seq, one in sorted(receipts.items()) if seq not in there)
    found = Salvaged(aside, len(there), missing, tuple(unread))
    aside.with_name(f"{aside.name}.txt").write_text(found.report(), encoding="utf-8")
    log.error("the journal was damaged", aside=str(aside), kept=found.kept, missing=len(missing))
    return found


def _receipts(db: sqlite3.Connection) -> tuple[dict[int, UUID | None], bool]:
    """Return the receipts by number as their index has them, and whether it is whole.

    It stands on other pages than the entries.
    """
    found: dict[int, UUID | None] = {}
    try:
        for receipt, seq in db.execute(
            "SELECT receipt_id, rowid FROM entries INDEXED BY sqlite_autoindex_entries_1"
        ):
            found[seq] = UUID(bytes=receipt)
    except (sqlite3.Error, ValueError):
        log.warning("the index of receipts cannot be read whole", read=len(found))
        return found, False
    return found, True


def _entries(db: sqlite3.Connection, last: int) -> Iterator[Entry]:
    """Yield the entries that are whole, each asked for by itself from the first damage on."""
    for row in _readable(db, last):
        if is_whole(row[3], row[4], row[5]):
            yield row


def _readable(db: sqlite3.Connection, last: int) -> Iterator[Entry]:
    try:
        names = {row[1] for row in db.execute("PRAGMA table_info(entries)")}
    except sqlite3.DatabaseError:
        log.warning("nothing of the file can be read")
        return
    # Of a journal from before there were checksums they are NULL.
    total = "sum" if "sum" in names else "NULL"
    sql = f"SELECT seq, receipt_id, received_at, meta, body, {total} FROM entries"  # noqa: S608
    seq = 0
    try:
        for row in db.execute(f"{sql} ORDER BY seq"):
            seq = row[0]
            yield row
    except sqlite3.DatabaseError:
        log.warning("entries cannot be read in a row", after=seq)
    for wanted in range(seq + 1, last + 1):
        try:
            row = db.execute(f"{sql} WHERE seq = ?", (wanted,)).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row:
            yield row


def _copied(db: sqlite3.Connection, fresh: Journal, table: str, sql: str) -> bool:
    rows: list[tuple[str | bytes, ...]] = []
    try:
        rows.extend(db.execute(sql))
        whole = True
    except sqlite3.DatabaseError:
        whole = False
    fresh.put_kept(table, rows)
    return whole
