"""The outbox 待发箱: feedback that has been taken from the topic and is on its way, on disk.

SQLite in WAL mode. Of each report the oldest is told first; what waits holds up its report only.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.durable import open_durable
from schemas.binding import decode
from schemas.command import Feedback

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
"""
DUE = """
SELECT seq, body, attempts FROM outbox AS o
WHERE ended = 0 AND channel = ? AND next_at <= ? AND NOT EXISTS (
  SELECT 1 FROM outbox AS e
  WHERE e.ended = 0 AND e.channel = o.channel AND e.native_id = o.native_id AND e.seq < o.seq)
ORDER BY seq LIMIT ?
"""
WAITS, DONE, DEAD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One feedback on its way; `attempts` that failed so far."""

    seq: int
    feedback: Feedback
    attempts: int


class Outbox:
    """The outbox's file. One process; methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_durable(path, SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def put(self, told: Iterable[Feedback]) -> int:
        """Take feedback in; what is known already is left, unless it is dead and told again."""
        rows = [
            (
                one.feedback_id.bytes,
                one.channel,
                one.native_id,
                one.at.timestamp(),
                one.model_dump_json().encode(),
                one.again,
            )
            for one in told
        ]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            fresh = 0
            for *row, again in rows:
                fresh += self._db.execute(
                    "INSERT OR IGNORE INTO outbox (feedback_id, channel, native_id, at, body)"
                    " VALUES (?, ?, ?, ?, ?)",
                    row,
                ).rowcount
                if again:
                    fresh += self._db.execute(
                        "UPDATE outbox SET ended = ?, attempts = 0, next_at = 0"
                        " WHERE feedback_id = ? AND ended = ?",
                        (WAITS, row[0], DEAD),
                    ).rowcount
            self._db.execute("COMMIT")
        return fresh

    def due(self, channel: str, now: float, limit: int) -> list[Entry]:
        """Return what may be told to a channel now: of each report the oldest, if it is due."""
        with self._lock:
            rows = self._db.execute(DUE, (channel, now, limit)).fetchall()
        return [Entry(seq, decode(Feedback, body), attempts) for seq, body, attempts in rows]

    def later(self, entry: Entry, next_at: float, reason: str, *, failed: bool) -> None:
        """Let one wait; `failed` counts as an attempt."""
        with self._lock:
            self._db.execute(
                "UPDATE outbox SET next_at = ?, reason = ?, attempts = attempts + ? WHERE seq = ?",
                (next_at, reason, int(failed), entry.seq),
            )

    def end(self, entries: Sequence[Entry], *, dead: bool = False) -> None:
        """Mark as told, or as given up."""
        with self._lock:
            self._db.executemany(
                "UPDATE outbox SET ended = ? WHERE seq = ?",
                [(DEAD if dead else DONE, entry.seq) for entry in entries],
            )

    def waiting(self) -> dict[str, tuple[int, str]]:
        """Return, by channel, how many wait, and the reason of the oldest that has one."""
        with self._lock:
            rows = self._db.execute(
                "SELECT channel, count(*), max(reason) FROM outbox WHERE ended = 0 GROUP BY channel"
            ).fetchall()
        return {channel: (count, reason) for channel, count, reason in rows}

    def forget(self, before: float) -> int:
        """Let go of what was told before a moment (epoch seconds); what is dead or waits stays."""
        with self._lock:
            return self._db.execute(
                "DELETE FROM outbox WHERE ended = ? AND at < ?", (DONE, before)
            ).rowcount
