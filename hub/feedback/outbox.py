"""The outbox 待发箱: feedback that was read from the topic and is not delivered yet, on disk.

SQLite in WAL mode. The oldest feedback of a report is delivered first. A waiting feedback delays
only its own report. A query reads only due entries, however many wait: a postponed entry postpones
its successors too, and entries of a channel without an address are parked until the next start.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.runtime.sqlite import open_durable, transaction
from schemas.cases.feedback import Feedback
from schemas.cloudevent import from_record

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  feedback_id BLOB NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  native_id TEXT NOT NULL,
  at REAL NOT NULL,
  body BLOB NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (channel, native_id, seq) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (channel, next_at, seq) WHERE ended = 0;
"""
DUE = """
SELECT seq, body, attempts, reason FROM outbox AS o
WHERE ended = 0 AND channel = ? AND next_at <= ? AND NOT EXISTS (
  SELECT 1 FROM outbox AS e
  WHERE e.ended = 0 AND e.channel = o.channel AND e.native_id = o.native_id AND e.seq < o.seq)
ORDER BY next_at, seq LIMIT ?
"""
PUT = """
INSERT OR IGNORE INTO outbox (feedback_id, channel, native_id, at, body, next_at)
VALUES (:id, :channel, :native_id, :at, :body, coalesce(
  (SELECT max(next_at) FROM outbox INDEXED BY outbox_waiting
   WHERE ended = 0 AND channel = :channel AND native_id = :native_id), 0))
"""
"""Reads one report by its index; else SQLite would search a whole channel for the latest time."""
DUE_AT = "UPDATE outbox SET next_at = ? WHERE ended = 0 AND channel = ? AND native_id = ?"
"""For all waiting entries of one report."""
WAITS, DONE, DEAD = 0, 1, 2
NEVER = float("inf")
"""Due time of parked feedback."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One feedback in the outbox; `attempts` counts those that failed so far."""

    seq: int
    feedback: Feedback
    attempts: int
    reason: str = ""
    """Why it was last postponed."""

    @property
    def report(self) -> tuple[str, str]:
        """Return the channel and native id of its report."""
        return self.feedback.channel, self.feedback.native_id


class Outbox:
    """The outbox's file. One process; methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_durable(path, SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def put(self, feedback: Iterable[Feedback]) -> int:
        """Add feedback, return how many; skip known ids, except dead ones to be sent again."""
        with self._lock, transaction(self._db):
            fresh = 0
            for item in feedback:
                row = {
                    "id": item.feedback_id.bytes,
                    "channel": item.channel,
                    "native_id": item.native_id,
                    "at": item.at.timestamp(),
                    "body": item.model_dump_json().encode(),
                }
                fresh += self._db.execute(PUT, row).rowcount
                if item.again:
                    fresh += self._db.execute(
                        "UPDATE outbox SET ended = ?, attempts = 0, next_at = 0"
                        " WHERE feedback_id = ? AND ended = ?",
                        (WAITS, row["id"], DEAD),
                    ).rowcount
        return fresh

    def due(self, channel: str, now: float, limit: int) -> list[Entry]:
        """Return due feedback of a channel: the oldest of each report, if it is due."""
        with self._lock:
            rows = self._db.execute(DUE, (channel, now, limit)).fetchall()
        return [
            Entry(seq, from_record(Feedback, body), attempts, reason)
            for seq, body, attempts, reason in rows
        ]

    def later(
        self, entries: Sequence[Entry], next_at: float, reason: str, *, failed: bool = False
    ) -> None:
        """Postpone entries and their successors; `failed` counts as an attempt."""
        with self._lock, transaction(self._db):
            for entry in entries:
                self._db.execute(
                    "UPDATE outbox SET reason = ?, attempts = attempts + ? WHERE seq = ?",
                    (reason, int(failed), entry.seq),
                )
                self._db.execute(DUE_AT, (next_at, *entry.report))

    def end(self, entries: Sequence[Entry], *, dead: bool = False) -> None:
        """Mark entries as delivered or dead; their successors become due."""
        with self._lock, transaction(self._db):
            for entry in entries:
                ended = DEAD if dead else DONE
                self._db.execute("UPDATE outbox SET ended = ? WHERE seq = ?", (ended, entry.seq))
                self._db.execute(DUE_AT, (0, *entry.report))

    def wake(self, before: float = NEVER) -> None:
        """Make parked entries due that are older than a moment (epoch seconds)."""
        with self._lock:
            self._db.execute(
                "UPDATE outbox SET next_at = 0 WHERE ended = 0 AND next_at = ? AND at < ?",
                (NEVER, before),
            )

    def waiting(self) -> dict[str, int]:
        """Return how many feedbacks wait, by channel."""
        with self._lock:
            return dict(
                self._db.execute(
                    "SELECT channel, count(*) FROM outbox WHERE ended = 0 GROUP BY channel"
                )
            )

    def forget(self, before: float) -> int:
        """Delete entries delivered before a moment (epoch seconds); dead and waiting ones stay."""
        with self._lock:
            return self._db.execute(
                "DELETE FROM outbox WHERE ended = ? AND at < ?", (DONE, before)
            ).rowcount
