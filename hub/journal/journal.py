"""The journal 接收日志: every message is on disk before its sender gets a response.

SQLite in WAL mode with synchronous=FULL: an append returns after fsync. Many waiting senders
share one transaction (group commit, `JournalWriter`). The same file keeps cursors and routes, so
that they stay consistent with the entries.

Messages are sealed (`hub.journal.entry`). A native id can identify a person (WeChat's OpenID, the
address in a mail's id). It is only looked up, so the journal keeps just a keyed hash of it.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from hub.journal.entry import Row, is_whole, opened, opened_meta, sealed_row
from hub.journal.schema import open_file
from hub.runtime.errors import HubError
from hub.runtime.sqlite import transaction
from hub.security.sealing import Sealer, SealError, UnknownKeyError
from schemas.reports.raw import RawMessage

log = structlog.get_logger()

PUT = (
    "INSERT OR IGNORE INTO entries (seq, receipt_id, received_at, meta, body, sum, key)"
    " VALUES (?,?,?,?,?,?,?)"
)
NATIVE_ID_BYTES = 16
WAITING = (
    "SELECT count(*) FROM entries WHERE seq >"
    " coalesce((SELECT CAST(value AS INTEGER) FROM cursors WHERE name = ?), 0)"
)
EARLY = """
SELECT e.seq FROM early AS w JOIN entries AS e ON e.receipt_id = w.receipt_id
WHERE w.channel = ? AND w.native_id = ?
"""
FORGET_EARLY = "DELETE FROM early WHERE receipt_id NOT IN (SELECT receipt_id FROM entries)"
PUT_KEPT = {
    "cursors": "INSERT OR IGNORE INTO cursors VALUES (?, ?)",
    "members": "INSERT OR IGNORE INTO members VALUES (?, ?)",
    "routes": "INSERT OR IGNORE INTO routes VALUES (?, ?, ?)",
    "early": "INSERT OR IGNORE INTO early VALUES (?, ?, ?)",
}


class JournalFullError(HubError, RuntimeError):
    """The journal could not make a message durable: disk full, over its limit, or an I/O error."""


def hashed_native_id(sealer: Sealer, channel: str, native_id: str) -> bytes:
    """Return the keyed hash of a native id; it is stable while the oldest key exists."""
    return bytes.fromhex(sealer.match_key("native_id", f"{channel}:{native_id}"))[:NATIVE_ID_BYTES]


class Journal:
    """The journal's file. One writer process; methods may be called from any thread."""

    def __init__(self, path: Path, sealer: Sealer, *, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self._sealer = sealer
        self._lock = threading.Lock()
        self._appended = threading.Event()
        self._db = open_file(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def append(self, raws: Sequence[RawMessage]) -> list[bool]:
        """Make messages durable; False for one whose receipt id the journal already has.

        Raises `JournalFullError`; then it keeps none of them.
        """
        with self._lock:
            try:
                size = self.size()
                if size > self.max_bytes:
                    raise JournalFullError(f"{self.path} holds {size} bytes, over HUB_JOURNAL_MAX")
                # Seal inside the transaction: `hub keys drop` locks the journal, and must then see
                # every entry that the key has sealed.
                with transaction(self._db):
                    fresh = [self._insert(sealed_row(raw, self._sealer)) for raw in raws]
            except (sqlite3.Error, SealError) as error:
                raise JournalFullError(f"{self.path}: {error}") from error
        self._appended.set()
        return fresh

    def wait_for_append(self, seconds: float) -> None:
        """Return once something was appended since the last call, or after `seconds`."""
        if self._appended.wait(seconds):
            self._appended.clear()

    def _insert(self, row: Row) -> bool:
        done = self._db.execute(PUT, (None, *row))
        return done.rowcount == 1

    def put_back(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Insert entries of another journal unchanged, under their old numbers."""
        with self._lock, transaction(self._db):
            self._db.executemany(PUT, ((seq, *row) for seq, row in rows))

    def expect_clear(self) -> None:
        """Mark the file as not fully sealed, because it got unsealed rows of an older version."""
        with self._lock:
            self._db.execute("PRAGMA user_version=0")

    def put_kept(self, table: str, rows: Iterable[tuple[str | bytes, ...]]) -> None:
        """Insert rows of another journal's table (cursors, members, routes or early) unchanged."""
        self._many(PUT_KEPT[table], rows)

    def size(self) -> int:
        """Return the bytes in use, free pages not counted."""
        pages, free, page = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page)

    def read(
        self, after: int, limit: int, *, most_bytes: int | None = None
    ) -> list[tuple[int, RawMessage]]:
        """Return entries with seq above `after`, in order; stop at `most_bytes` of bodies.

        Entries that the disk has changed move to the table `damaged`. Raises `UnknownKeyError` if
        an entry's key is not in the ring; that entry is not damaged.
        """
        with self._lock:
            rows, held = list[tuple[int, bytes, bytes | str, bytes, int | None]](), 0
            for row in self._db.execute(
                "SELECT seq, receipt_id, meta, body, sum FROM entries"
                " WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            ):
                rows.append(row)
                held += len(row[3])
                if most_bytes is not None and held >= most_bytes:
                    break
            entries = [(row[0], self._opened(*row[1:])) for row in rows]
            if bad := [seq for seq, raw in entries if raw is None]:
                self._set_aside(bad)
        return [(seq, raw) for seq, raw in entries if raw is not None]

    def _opened(
        self, receipt: bytes, meta: bytes | str, body: bytes, total: int | None
    ) -> RawMessage | None:
        """Return an entry's message; None if the entry was changed."""
        if not is_whole(meta, body, total):
            return None
        try:
            return opened(UUID(bytes=receipt), meta, body, self._sealer)
        except UnknownKeyError:
            raise
        except SealError:
            # The checksum fits, so another program wrote or moved the bytes.
            log.exception("journal_entry_not_sealed_by_hub")
            return None

    def _set_aside(self, bad: Sequence[int]) -> None:
        log.error("journal_entries_damaged", entries=list(bad), moved_to="damaged")
        marks = [(seq,) for seq in bad]
        with transaction(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO damaged (seq, receipt_id, received_at, meta, body, key)"
                " SELECT seq, receipt_id, received_at, meta, body, key FROM entries WHERE seq = ?",
                marks,
            )
            self._db.executemany("DELETE FROM entries WHERE seq = ?", marks)

    def damaged(self) -> dict[int, UUID]:
        """Return the receipt ids of the damaged entries, by sequence number."""
        with self._lock:
            rows = self._db.execute("SELECT seq, receipt_id FROM damaged").fetchall()
        return {seq: UUID(bytes=receipt) for seq, receipt in rows}

    def last_seq(self) -> int:
        """Return the newest entry's seq, or 0."""
        with self._lock:
            return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()[0])

    def first_since(self, moment: datetime) -> int:
        """Return the seq of the first entry received since `moment`, or 0."""
        with self._lock:
            # Force the index by time: else SQLite scans from the first entry for the smallest seq.
            row = self._db.execute(
                "SELECT min(seq) FROM entries INDEXED BY entries_by_time WHERE received_at >= ?",
                (moment.timestamp(),),
            ).fetchone()
        return int(row[0] or 0)

    def since(self, moment: datetime) -> list[RawMessage]:
        """Return the entries received since `moment`, without their bodies.

        Raises `UnknownKeyError`. Omits damaged entries; `read` moves them to `damaged`.
        """
        with self._lock:
            rows = self._db.execute(
                "SELECT receipt_id, meta FROM entries WHERE received_at >= ?",
                (moment.timestamp(),),
            ).fetchall()
        metas = []
        for receipt, meta in rows:
            try:
                metas.append(opened_meta(UUID(bytes=receipt), meta, self._sealer))
            except UnknownKeyError:
                raise
            except ValueError as error:
                log.warning("journal_metadata_damaged", error=str(error))
        return metas

    def waiting(self, cursor: str = "published") -> int:
        """Return how many entries come after a cursor."""
        with self._lock:
            row = self._db.execute(WAITING, (cursor,)).fetchone()
        return int(row[0])

    def receipt_ids(self, after: int, upto: int) -> list[tuple[int, UUID]]:
        """Return seq and receipt id of the entries in (after, upto]."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, receipt_id FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq",
                (after, upto),
            ).fetchall()
        return [(seq, UUID(bytes=receipt)) for seq, receipt in rows]

    def forget(self, upto: int, before: datetime) -> int:
        """Delete entries up to `upto` (all settled) and damaged ones, if older than `before`.

        Return how many were deleted, without the damaged ones.
        """
        with self._lock:
            done = self._db.execute(
                "DELETE FROM entries WHERE seq <= ? AND received_at < ?",
                (upto, before.timestamp()),
            )
            if done.rowcount:
                self._db.execute(FORGET_EARLY)
            # Damaged entries hold personal data too, and their key must be kept as long as they.
            aside = self._db.execute(
                "DELETE FROM damaged WHERE received_at < ?", (before.timestamp(),)
            )
            if aside.rowcount:
                log.warning("damaged_entries_expired", entries=aside.rowcount)
        return done.rowcount

    def get(self, name: str) -> str | None:
        """Return a cursor."""
        with self._lock:
            row = self._db.execute("SELECT value FROM cursors WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Keep a cursor, durably."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (name, value))

    def members(self, name: str) -> frozenset[str]:
        """Return the members of a named set."""
        with self._lock:
            rows = self._db.execute("SELECT member FROM members WHERE name = ?", (name,))
            return frozenset(str(member) for (member,) in rows)

    def join(self, name: str, members: Iterable[str]) -> None:
        """Add to a named set, durably."""
        self._many("INSERT OR IGNORE INTO members VALUES (?, ?)", ((name, m) for m in members))

    def leave(self, name: str, members: Iterable[str]) -> None:
        """Take from a named set, durably."""
        self._many(
            "DELETE FROM members WHERE name = ? AND member = ?", ((name, m) for m in members)
        )

    def _many(self, sql: str, rows: Iterable[tuple[str | bytes, ...]]) -> None:
        with self._lock, transaction(self._db):
            self._db.executemany(sql, rows)

    def route(self, channel: str, *native_ids: str) -> str | None:
        """Return the route of the first of these native ids that has one."""
        with self._lock:
            for native_id in filter(None, native_ids):
                row = self._db.execute(
                    "SELECT route FROM routes WHERE channel = ? AND native_id = ?",
                    (channel, self._hashed(channel, native_id)),
                ).fetchone()
                if row:
                    return str(row[0])
        return None

    def _hashed(self, channel: str, native_id: str) -> bytes:
        return hashed_native_id(self._sealer, channel, native_id)

    def keep_routes(self, routes: Iterable[tuple[str, str, str]]) -> None:
        """Keep (channel, native id, route); the first route of a native id stays."""
        self._many(
            PUT_KEPT["routes"],
            ((channel, self._hashed(channel, native), route) for channel, native, route in routes),
        )

    def keep_early(self, early: Iterable[tuple[str, str, UUID]]) -> None:
        """Keep (channel, native id of a missing report, receipt of a message that refers to it)."""
        rows = (
            (channel, self._hashed(channel, native_id), receipt.bytes)
            for channel, native_id, receipt in early
        )
        self._many(PUT_KEPT["early"], rows)

    def early(self, reports: Iterable[tuple[str, str]]) -> list[RawMessage]:
        """Return the messages that referred to these reports (channel, native id) too early.

        Each message comes once, in the order of receipt. Omits those that the journal has deleted.
        Raises `UnknownKeyError`.
        """
        with self._lock:
            seqs = {
                seq
                for channel, native_id in reports
                for (seq,) in self._db.execute(EARLY, (channel, self._hashed(channel, native_id)))
            }
            rows = [
                self._db.execute(
                    "SELECT receipt_id, meta, body, sum FROM entries WHERE seq = ?", (seq,)
                ).fetchone()
                for seq in sorted(seqs)
            ]
        return [raw for row in rows if (raw := self._opened(*row)) is not None]
