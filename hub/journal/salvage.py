"""Salvages a damaged journal 日志抢救: keeps the readable entries and lists the missing ones.

A disk can lose or change pages of a file. The damaged file is moved aside and not written to. Its
readable entries are copied into a new journal under their old numbers. They stay sealed, so no key
is needed. Once it is complete, the new journal replaces the old one. If an older version wrote the
damaged file, with unsealed messages, then the whole file is sealed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from hub.journal.entry import Row, is_whole
from hub.journal.journal import Journal
from hub.journal.schema import SEALED_WHOLE
from hub.security import sealed_file
from hub.security.sealing import Sealer

CHECKED_WHOLE = 1024**3
"""Bytes. A larger journal is not checked completely, because that would delay the start."""
SUFFIXES = ("", "-wal", "-shm")
KEPT = {
    "cursors": "SELECT name, value FROM cursors",
    "members": "SELECT name, member FROM members",
    "routes": "SELECT channel, native_id, route FROM routes",
    "early": "SELECT channel, native_id, receipt_id FROM early",
}
REPORT = ".txt"
SALVAGING = ".salvaging"
HEADER = b"SQLite format 3\0"
USER_VERSION = slice(60, 64)
"""Bytes of `PRAGMA user_version` in the header of a file (SQLite's file format, 1.3)."""
Entry = tuple[int, Row]
"""Number and columns."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Result of a salvage; `missing` are sequence numbers of entries with their receipt ids."""

    aside: Path
    kept: int
    missing: tuple[tuple[int, UUID | None], ...]
    unread: tuple[str, ...]

    def report(self) -> str:
        """Return a report of the missing entries, so that an operator can ask the senders again."""
        lines = [f"{self.aside.name}: {self.kept} entries were read and are in the journal again"]
        lines += [
            f"missing: entry {seq}, receipt {receipt or 'unknown'}" for seq, receipt in self.missing
        ]
        lines += [f"could not be read whole: {name}" for name in self.unread]
        return "\n".join(lines) + "\n"


def is_damaged(path: Path) -> bool:
    """Return whether a journal's file is a damaged database; does not write to it.

    Raises `sqlite3.OperationalError` if it cannot be read: another process has locked it, or the
    disk fails. That is no proof of damage, and a journal in use must not be moved aside.
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


def needs_salvage(path: Path) -> bool:
    """Return whether a journal is damaged, or a salvage of it was killed; raises as above."""
    return is_damaged(path) or _unfinished(path) is not None


def salvage(path: Path, sealer: Sealer, *, max_bytes: int, now: datetime) -> Salvaged:
    """Move a damaged journal aside and copy its readable entries into a new one."""
    aside = _unfinished(path) or path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    for suffix in SUFFIXES:
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    beside = path.with_name(path.name + SALVAGING)
    for suffix in SUFFIXES:
        beside.with_name(beside.name + suffix).unlink(missing_ok=True)
    salvaged = _salvaged(aside, Journal(beside, sealer, max_bytes=max_bytes))
    _report_of(aside).write_text(salvaged.report(), encoding="utf-8")
    beside.rename(path)
    log.error(
        "journal_salvaged",
        aside=str(aside),
        kept=salvaged.kept,
        missing=len(salvaged.missing),
    )
    return salvaged


def seal_asides(path: Path, sealer: Sealer) -> None:
    """Seal the damaged files that were moved aside, unless their entries are all sealed."""
    for aside in sorted(path.parent.glob(f"{path.name}.damaged-*T??????")):
        if not is_sealed_file(aside):
            for suffix in reversed(SUFFIXES):
                part = aside.with_name(aside.name + suffix)
                if part.exists():
                    sealed = sealed_file.seal_file(part, sealer)
                    log.warning(
                        "damaged_journal_sealed",
                        file=str(sealed),
                        advice="open it with `hub keys open`",
                    )


def is_sealed_file(path: Path) -> bool:
    """Return whether the header of a journal's file marks it as fully sealed."""
    with path.open("rb") as file:
        header = file.read(100)
    version = int.from_bytes(header[USER_VERSION], "big")
    return header.startswith(HEADER) and version == SEALED_WHOLE


def _unfinished(path: Path) -> Path | None:
    """Return the file that an unfinished salvage has moved aside, or None."""
    if path.exists():
        return None
    asides = sorted(path.parent.glob(f"{path.name}.damaged-*T??????"))
    begun = path.with_name(path.name + SALVAGING).exists()
    return next(
        (aside_file for aside_file in asides[-1:] if begun or not _report_of(aside_file).exists()),
        None,
    )


def _report_of(aside: Path) -> Path:
    return aside.with_name(aside.name + REPORT)


def _salvaged(aside: Path, fresh: Journal) -> Salvaged:
    unread: list[str] = []
    with closing(sqlite3.connect(aside)) as db:
        receipts, indexed = _receipts(db)
        there: set[int] = set()
        for entry in _entries(db, max(receipts, default=0)):
            fresh.put_back([entry])
            there.add(entry[0])
        for table, sql in KEPT.items():
            if not _copied(db, fresh, table, sql):
                unread.append(table)
    if not is_sealed_file(aside):
        fresh.expect_clear()
    fresh.close()
    if not indexed:
        unread.append("receipts")
        # Then gaps in the sequence numbers show which entries are missing.
        known = there | receipts.keys()
        receipts = dict.fromkeys(range(min(known, default=1), max(known, default=0) + 1)) | receipts
    missing = tuple((seq, receipt) for seq, receipt in sorted(receipts.items()) if seq not in there)
    return Salvaged(aside, len(there), missing, tuple(unread))


def _receipts(db: sqlite3.Connection) -> tuple[dict[int, UUID | None], bool]:
    """Return receipt ids by sequence number from their index, and whether it was readable.

    The index uses other pages than the entries, so it may survive where they do not.
    """
    receipts: dict[int, UUID | None] = {}
    try:
        for receipt, seq in db.execute(
            "SELECT receipt_id, rowid FROM entries INDEXED BY sqlite_autoindex_entries_1"
        ):
            receipts[seq] = UUID(bytes=receipt)
    except (sqlite3.Error, ValueError):
        log.warning("receipt_index_unreadable", read=len(receipts))
        return receipts, False
    return receipts, True


def _entries(db: sqlite3.Connection, last: int) -> Iterator[Entry]:
    """Yield intact entries."""
    for row in _readable(db, last):
        if is_whole(row[1].meta, row[1].body, row[1].sum):
            yield row


def _readable(db: sqlite3.Connection, last: int) -> Iterator[Entry]:
    """Yield all entries that SQLite can read; after the first error, with one query for each."""
    try:
        names = {row[1] for row in db.execute("PRAGMA table_info(entries)")}
    except sqlite3.DatabaseError:
        log.warning("journal_unreadable")
        return
    # Older journals have no checksums, or no keys: select NULL for them.
    total, key = (name if name in names else "NULL" for name in ("sum", "key"))
    sql = f"SELECT seq, receipt_id, received_at, meta, body, {total}, {key} FROM entries"  # noqa: S608
    seq = 0
    try:
        for row in db.execute(f"{sql} ORDER BY seq"):
            seq = row[0]
            yield seq, Row(*row[1:])
    except sqlite3.DatabaseError:
        log.warning("journal_scan_failed", after=seq, detail="reads one entry at a time now")
    for wanted in range(seq + 1, last + 1):
        try:
            row = db.execute(f"{sql} WHERE seq = ?", (wanted,)).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row:
            yield wanted, Row(*row[1:])


def _copied(db: sqlite3.Connection, fresh: Journal, table: str, sql: str) -> bool:
    rows: list[tuple[str | bytes, ...]] = []
    try:
        rows.extend(db.execute(sql))
        whole = True
    except sqlite3.DatabaseError:
        whole = False
    fresh.put_kept(table, rows)
    return whole
