"""The journal 接收日志: what was received is on disk before its sender is answered.

SQLite in WAL mode with synchronous=FULL: an append returns after fsync. Many waiting senders
share one transaction (group commit, `JournalWriter`). The same file keeps cursors and routes, so
that they move together with what they speak of.
"""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from crc32c import crc32c

from hub.runtime.sqlite import open_durable, transaction
from schemas.raw import RawMessage

log = structlog.get_logger()

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  receipt_id BLOB NOT NULL UNIQUE,
  received_at REAL NOT NULL,
  meta TEXT NOT NULL,
  body BLOB NOT NULL,
  sum INTEGER
);
CREATE TABLE IF NOT EXISTS damaged (
  seq INTEGER PRIMARY KEY, receipt_id BLOB NOT NULL, received_at REAL NOT NULL, meta TEXT, body BLOB
);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (received_at);
CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS members (
  name TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (name, member)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS early (
  channel TEXT NOT NULL, native_id TEXT NOT NULL, receipt_id BLOB NOT NULL,
  PRIMARY KEY (channel, native_id, receipt_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS routes (
  channel TEXT NOT NULL, native_id TEXT NOT NULL, route TEXT NOT NULL,
  PRIMARY KEY (channel, native_id)
) WITHOUT ROWID;
"""
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
GROUP = 500
"""Most messages that one fsync makes durable."""


class JournalFullError(RuntimeError):
    """The journal could not make a message durable: disk full, over its bound, or I/O error."""


class Journal:
    """The journal's file. One writer process; methods may be called from any thread."""

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._db = open_durable(path, SCHEMA)
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(entries)")}
        if "sum" not in columns:
            # Entries from before it have none, and are taken as they are.
            self._db.execute("ALTER TABLE entries ADD COLUMN sum INTEGER")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def append(self, raws: Sequence[RawMessage]) -> list[bool]:
        """Make messages durable; False for one whose receipt id is already there.

        Raises `JournalFullError` with none of them kept.
        """
        rows = [_row(raw) for raw in raws]
        with self._lock:
            try:
                size = self.size()
                if size > self.max_bytes:
                    raise JournalFullError(f"{self.path} holds {size} bytes, over HUB_JOURNAL_MAX")
                with transaction(self._db):
                    fresh = [self._insert(row) for row in rows]
            except sqlite3.Error as error:
                raise JournalFullError(f"{self.path}: {error}") from error
        return fresh

    def _insert(self, row: tuple[bytes, float, str, bytes, int]) -> bool:
        done = self._db.execute(
            "INSERT OR IGNORE INTO entries (receipt_id, received_at, meta, body, sum)"
            " VALUES (?,?,?,?,?)",
            row,
        )
        return done.rowcount == 1

    def put_back(self, rows: Iterable[tuple[int, bytes, float, str, bytes, int | None]]) -> None:
        """Put entries of another journal in, under the numbers that they had there."""
        with self._lock, transaction(self._db):
            self._db.executemany("INSERT OR IGNORE INTO entries VALUES (?,?,?,?,?,?)", rows)

    def put_kept(self, table: str, rows: Iterable[tuple[str | bytes, ...]]) -> None:
        """Put rows of another journal's cursors, members, routes or early ones in."""
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
        """Return entries with seq above `after`, in order; none after `most_bytes` of bodies.

        One whose checksum is wrong is set aside, in the table `damaged`: a disk has changed it.
        """
        with self._lock:
            rows, held = [], 0
            for row in self._db.execute(
                "SELECT seq, meta, body, sum FROM entries WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            ):
                rows.append(row)
                held += len(row[2])
                if most_bytes is not None and held >= most_bytes:
                    break
            bad = [row[0] for row in rows if not is_whole(*row[1:])]
            if bad:
                self._set_aside(bad)
        return [(seq, _raw(meta, body)) for seq, meta, body, _ in rows if seq not in bad]

    def _set_aside(self, bad: Sequence[int]) -> None:
        log.error("a disk has changed entries of the journal", entries=list(bad), aside="damaged")
        marks = [(seq,) for seq in bad]
        with transaction(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO damaged SELECT seq, receipt_id, received_at, meta, body"
                " FROM entries WHERE seq = ?", marks,
            )  # fmt: skip
            self._db.executemany("DELETE FROM entries WHERE seq = ?", marks)

    def damaged(self) -> dict[int, UUID]:
        """Return the receipts of what was set aside, by number."""
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
            # By time: SQLite would look for a smallest number from the first entry on.
            row = self._db.execute(
                "SELECT min(seq) FROM entries INDEXED BY entries_by_time WHERE received_at >= ?",
                (moment.timestamp(),),
            ).fetchone()
        return int(row[0] or 0)

    def since(self, moment: datetime) -> list[RawMessage]:
        """Return the entries received since `moment`, without their bodies."""
        with self._lock:
            rows = self._db.execute(
                "SELECT meta FROM entries WHERE received_at >= ?", (moment.timestamp(),)
            ).fetchall()
        return [_raw(meta, b"") for (meta,) in rows]

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
        """Delete entries up to `upto` (all settled) that are older than `before`."""
        with self._lock:
            done = self._db.execute(
                "DELETE FROM entries WHERE seq <= ? AND received_at < ?",
                (upto, before.timestamp()),
            )
            if done.rowcount:
                self._db.execute(FORGET_EARLY)
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
        """Return the route of the first known of a channel's native ids."""
        with self._lock:
            for native_id in filter(None, native_ids):
                row = self._db.execute(
                    "SELECT route FROM routes WHERE channel = ? AND native_id = ?",
                    (channel, native_id),
                ).fetchone()
                if row:
                    return str(row[0])
        return None

    def keep_routes(self, routes: Iterable[tuple[str, str, str]]) -> None:
        """Keep (channel, native id, route); the first route of a native id stays."""
        self._many(PUT_KEPT["routes"], routes)

    def keep_early(self, early: Iterable[tuple[str, str, UUID]]) -> None:
        """Keep (channel, native id of a report that has not come, receipt of what speaks of it)."""
        self._many(PUT_KEPT["early"], ((*report, receipt.bytes) for *report, receipt in early))

    def early(self, reports: Iterable[tuple[str, str]]) -> list[RawMessage]:
        """Return the messages that spoke of these (channel, native id) before they came.

        Each is read once, in the order of receipt; one that the journal has let go of is left out.
        """
        with self._lock:
            found = {seq for report in reports for (seq,) in self._db.execute(EARLY, report)}
            rows = [
                self._db.execute("SELECT meta, body, sum FROM entries WHERE seq = ?", (seq,))
                .fetchone()
                for seq in sorted(found)
            ]  # fmt: skip
        return [_raw(meta, body) for meta, body, total in rows if is_whole(meta, body, total)]


def _row(raw: RawMessage) -> tuple[bytes, float, str, bytes, int]:
    meta = raw.model_dump_json(exclude={"body"})
    total = crc32c(raw.body, crc32c(meta.encode()))
    return raw.receipt_id.bytes, raw.received_at.timestamp(), meta, raw.body, total


def is_whole(meta: str, body: bytes, total: int | None) -> bool:
    """Return whether an entry is as it was written, by its checksum (CRC-32C)."""
    return total is None or crc32c(body, crc32c(meta.encode())) == total


def _raw(text: str, body: bytes) -> RawMessage:
    meta: dict[str, object] = json.loads(text)
    meta["received_at"] = datetime.fromisoformat(str(meta["received_at"]))
    meta["receipt_id"] = UUID(str(meta["receipt_id"]))
    return RawMessage.model_validate({**meta, "body": body})


class JournalWriter:
    """Group commit: whatever waits while one fsync runs goes into the next."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._waiting: list[tuple[RawMessage, asyncio.Future[bool]]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._flush: asyncio.Task[None] | None = None

    async def submit(self, raw: RawMessage) -> bool:
        """Return once `raw` is durable: False where it was there before."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, future))
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            raws = [raw for raw, _ in group]
            try:
                fresh = await loop.run_in_executor(self._thread, self.journal.append, raws)
            except JournalFullError as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), new in zip(group, fresh, strict=True):
                if not future.done():
                    future.set_result(new)

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._flush is not None:
            await self._flush
        self._thread.shutdown()
