"""Seals a journal of an older version 旧日志加密, which stored messages unsealed.

It seals the rows in place, in transactions of bounded size. If the process is killed, each row is
either unsealed or sealed, and the next start continues. Then it copies the file without its free
pages, which still hold unsealed text, and replaces the old file atomically.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import structlog

from hub.journal.entry import Row, is_whole, sealed_of
from hub.journal.journal import Journal, hashed_native_id
from hub.journal.keys import check_keys, journal_path
from hub.journal.schema import SEALED_WHOLE, open_file
from hub.runtime.sqlite import transaction
from hub.security.keyring import key_path
from hub.security.sealing import Sealer
from hub.settings.journal import JournalSettings

BATCH_ROWS = 500
BATCH_BYTES = 16 * 1024 * 1024
NATIVE_IDS = 5000
SPARE_BYTES = 64 * 1024 * 1024
"""Bytes of disk that stay free for new messages."""
LOG_SECONDS = 2.0
COMPACTED = ".compacted"
CLEAR_ROWS = """
SELECT seq, receipt_id, received_at, CAST(coalesce(meta, '') AS BLOB), coalesce(body, x''), {sum}
FROM {table} WHERE key IS NULL ORDER BY seq LIMIT ?
"""
SEAL_ROW = "UPDATE {table} SET meta = ?, body = ?, key = ? WHERE seq = ?"
SEAL_SUM = "UPDATE entries SET sum = ? WHERE seq = ?"
SET_ASIDE = "INSERT OR IGNORE INTO damaged VALUES (?, ?, ?, ?, ?, ?)"

Progress = Callable[[int, int], None]
"""Called with the number of sealed entries and the total."""

log = structlog.get_logger()


def open_sealed(settings: JournalSettings, sealer: Sealer) -> Journal:
    """Seal the entries that an older version left unsealed, then open the journal.

    Raises `SealError` if a key that the journal needs is missing.
    """
    path = journal_path(settings)
    check_keys(path, sealer, key_path(settings))
    seal_old(path, sealer, progress_log())
    return Journal(path, sealer, max_bytes=settings.journal_max)


def progress_log() -> Progress:
    """Return a callback that logs the progress every `LOG_SECONDS`."""
    logged_at = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal logged_at
        if done == total or time.monotonic() - logged_at >= LOG_SECONDS:
            logged_at = time.monotonic()
            log.info("journal_sealing", sealed=done, of=total)

    return report


def seal_old(path: Path, sealer: Sealer, progress: Progress) -> None:
    """Seal all unsealed entries of a journal, and leave no unsealed text in any file."""
    if not path.exists():
        return
    with closing(open_file(path)) as db:
        if _is_sealed_whole(db):
            return
        # Overwrites deleted content with zeros, except in pages that were free before.
        db.execute("PRAGMA secure_delete=ON")
        total, done = _clear_rows(db), 0
        for table in ("entries", "damaged"):
            while sealed := _seal_rows(db, table, sealer):
                done += sealed
                progress(done, max(done, total))
        _hash_native_ids(db, sealer)
        _write_anew(db, path)


def _is_sealed_whole(db: sqlite3.Connection) -> bool:
    return bool(db.execute("PRAGMA user_version").fetchone()[0] == SEALED_WHOLE)


def _clear_rows(db: sqlite3.Connection) -> int:
    counts = (
        db.execute(f"SELECT count(*) FROM {table} WHERE key IS NULL").fetchone()[0]  # noqa: S608
        for table in ("entries", "damaged")
    )
    return sum(counts)


def _seal_rows(db: sqlite3.Connection, table: str, sealer: Sealer) -> int:
    """Seal the next rows of a table in one transaction; return their number."""
    rows, held = [], 0
    select = CLEAR_ROWS.format(table=table, sum="sum" if table == "entries" else "NULL")
    for row in db.execute(select, (BATCH_ROWS,)):
        rows.append(row)
        held += len(row[4])
        if held >= BATCH_BYTES:
            break
    with transaction(db):
        for seq, receipt, received_at, meta, body, total in rows:
            sealed = sealed_of(UUID(bytes=receipt), received_at, meta, body, sealer)
            if is_whole(meta, body, total):
                _put_sealed(db, table, seq, sealed)
            else:
                _set_aside(db, seq, sealed)
    return len(rows)


def _put_sealed(db: sqlite3.Connection, table: str, seq: int, row: Row) -> None:
    db.execute(SEAL_ROW.format(table=table), (row.meta, row.body, row.key, seq))
    if table == "entries":
        db.execute(SEAL_SUM, (row.sum, seq))


def _set_aside(db: sqlite3.Connection, seq: int, row: Row) -> None:
    log.error("journal_entries_damaged", entries=[seq], moved_to="damaged")
    values = (seq, row.receipt_id, row.received_at, row.meta, row.body, row.key)
    db.execute(SET_ASIDE, values)
    db.execute("DELETE FROM entries WHERE seq = ?", (seq,))


def _hash_native_ids(db: sqlite3.Connection, sealer: Sealer) -> None:
    for table, kept in (("routes", "route"), ("early", "receipt_id")):
        # Hashes are BLOBs, and SQLite sorts every text before every BLOB.
        select = f"SELECT native_id, {kept} FROM {table} WHERE channel = ? AND native_id < x''"  # noqa: S608
        # The unhashed row is older than a hashed one of the same id, and the first route stays.
        insert = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)"  # noqa: S608
        delete = f"DELETE FROM {table} WHERE channel = ? AND native_id = ? AND {kept} = ?"  # noqa: S608
        channels = db.execute(f"SELECT DISTINCT channel FROM {table}").fetchall()  # noqa: S608
        for (channel,) in channels:
            while rows := db.execute(f"{select} LIMIT ?", (channel, NATIVE_IDS)).fetchall():
                with transaction(db):
                    db.executemany(
                        insert,
                        [
                            (channel, hashed_native_id(sealer, channel, native_id), value)
                            for native_id, value in rows
                        ],
                    )
                    db.executemany(delete, [(channel, *row) for row in rows])


def _write_anew(db: sqlite3.Connection, path: Path) -> None:
    """Replace the file by a copy without free pages; if that fails, the next start retries."""
    fresh = path.with_name(path.name + COMPACTED)
    fresh.unlink(missing_ok=True)
    pages, free, page = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    needed = (pages - free) * page + SPARE_BYTES
    if shutil.disk_usage(path.parent).free < needed:
        log.warning(
            "journal_compaction_postponed",
            bytes_needed=needed,
            detail="the journal is sealed, but its free pages still hold unsealed text",
            advice="make room on its disk and start the intake again",
        )
        return
    if not _take_alone(db):
        log.warning(
            "journal_compaction_postponed",
            detail="another process has the journal open; the next start of the intake retries",
        )
        return
    db.execute("VACUUM INTO ?", (str(fresh),))
    with closing(sqlite3.connect(fresh)) as written:
        written.execute(f"PRAGMA user_version={SEALED_WHOLE}")
    fresh.chmod(0o600)
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


def _take_alone(db: sqlite3.Connection) -> bool:
    """Move the WAL into the file and lock out other processes until `db` is closed."""
    try:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        (mode,) = db.execute("PRAGMA journal_mode=DELETE").fetchone()
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        return False
    return bool(mode == "delete")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
