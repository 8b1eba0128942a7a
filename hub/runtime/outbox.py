"""A durable outbox 待发箱: messages that wait for delivery, in order for each key, on disk.

SQLite in WAL mode. A lane is a receiver, and a key is what the order of messages is about. The
oldest message of a key is delivered first, and a waiting message delays only its own key. A query
reads only due messages, however many wait: a postponed message postpones its successors too.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from hub.runtime.sqlite import open_durable, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id BLOB NOT NULL,
  lane TEXT NOT NULL,
  key TEXT NOT NULL,
  at REAL NOT NULL,
  body BLOB NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at REAL NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (lane, message_id)
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (lane, key, seq) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (lane, next_at, seq) WHERE ended = 0;
"""
DUE = """
SELECT seq, message_id, lane, key, at, body, attempts, reason FROM outbox AS o
WHERE ended = 0 AND lane = ? AND next_at <= ? AND NOT EXISTS (
  SELECT 1 FROM outbox AS e
  WHERE e.ended = 0 AND e.lane = o.lane AND e.key = o.key AND e.seq < o.seq)
ORDER BY next_at, seq LIMIT ?
"""
ANY_DUE = "SELECT 1 FROM outbox WHERE ended = 0 AND lane = ? AND next_at <= ? LIMIT 1"
PUT = """
INSERT OR IGNORE INTO outbox (message_id, lane, key, at, body, next_at)
VALUES (:id, :lane, :key, :at, :body, coalesce(
  (SELECT max(next_at) FROM outbox INDEXED BY outbox_waiting
   WHERE ended = 0 AND lane = :lane AND key = :key), 0))
"""
"""Reads one key by its index; else SQLite would search a whole lane for the latest time."""
DUE_AT = "UPDATE outbox SET next_at = ? WHERE ended = 0 AND lane = ? AND key = ?"
"""For all waiting messages of one key."""
COUNTS = "SELECT lane, sum(ended = 0), sum(ended = 1), sum(ended = 2) FROM outbox GROUP BY lane"
WAITS, DONE, DEAD = 0, 1, 2
NEVER = float("inf")
"""Due time of a parked message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for one receiver; `at` in epoch seconds.

    `again` makes a message due that was given up before; any other known id is skipped.
    """

    message_id: UUID
    lane: str
    key: str
    at: float
    body: bytes
    again: bool = False


class Counts(NamedTuple):
    """How many messages of a lane wait, were delivered lately, and were given up."""

    waiting: int = 0
    delivered: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox; `attempts` counts those that failed so far."""

    seq: int
    message: Message
    attempts: int
    reason: str = ""
    """Why it was last postponed."""

    @property
    def lane(self) -> str:
        """Return its receiver."""
        return self.message.lane

    @property
    def key(self) -> str:
        """Return what its order is about."""
        return self.message.key


class Place(Protocol):
    """Where a message is in the outbox."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def lane(self) -> str:
        """Its receiver."""

    @property
    def key(self) -> str:
        """What its order is about."""


class Outbox:
    """The file of an outbox; methods may be called from any thread."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self._lock = threading.Lock()
        self._db = open_durable(path, schema)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def put(self, messages: Iterable[Message]) -> int:
        """Add messages, return how many; skip known ids, except dead ones to be sent again."""
        with self._lock, transaction(self._db):
            return sum(self._put(message) for message in messages)

    def _put(self, message: Message) -> int:
        row = {
            "id": message.message_id.bytes,
            "lane": message.lane,
            "key": message.key,
            "at": message.at,
            "body": message.body,
        }
        added = self._db.execute(PUT, row).rowcount
        if message.again:
            added += self._db.execute(
                "UPDATE outbox SET ended = ?, attempts = 0, next_at = 0"
                " WHERE lane = ? AND message_id = ? AND ended = ?",
                (WAITS, message.lane, row["id"], DEAD),
            ).rowcount
        return added

    def due(self, lane: str, now: float, limit: int) -> list[Waiting]:
        """Return due messages of a lane: the oldest of each key, if it is due."""
        with self._lock:
            rows = self._db.execute(DUE, (lane, now, limit)).fetchall()
        return [
            Waiting(seq, Message(UUID(bytes=number), lane, key, at, body), attempts, reason)
            for seq, number, lane, key, at, body, attempts, reason in rows
        ]

    def lanes_due(self, lanes: Iterable[str], now: float) -> list[str]:
        """Return the lanes that have a waiting message whose time has come."""
        with self._lock:
            return [lane for lane in lanes if self._db.execute(ANY_DUE, (lane, now)).fetchone()]

    def later(
        self, places: Sequence[Place], next_at: float, reason: str, *, failed: bool = False
    ) -> None:
        """Postpone messages and their successors; `failed` counts as an attempt."""
        with self._lock, transaction(self._db):
            for place in places:
                self._db.execute(
                    "UPDATE outbox SET reason = ?, attempts = attempts + ? WHERE seq = ?",
                    (reason, int(failed), place.seq),
                )
                self._db.execute(DUE_AT, (next_at, place.lane, place.key))

    def end(self, places: Sequence[Place], *, dead: bool = False, reason: str = "") -> None:
        """Mark messages as delivered or dead; their successors become due.

        `reason` says what the receiver answered; empty: the reason so far stays.
        """
        with self._lock, transaction(self._db):
            for place in places:
                self._db.execute(
                    "UPDATE outbox SET ended = ?, reason = coalesce(nullif(?, ''), reason)"
                    " WHERE seq = ?",
                    (DEAD if dead else DONE, reason, place.seq),
                )
                self._db.execute(DUE_AT, (0, place.lane, place.key))

    def wake(self, before: float = NEVER) -> None:
        """Make parked messages due that are older than a moment (epoch seconds)."""
        with self._lock:
            self._db.execute(
                "UPDATE outbox SET next_at = 0 WHERE ended = 0 AND next_at = ? AND at < ?",
                (NEVER, before),
            )

    def waiting(self) -> dict[str, int]:
        """Return how many messages wait, by lane."""
        with self._lock:
            return dict(
                self._db.execute("SELECT lane, count(*) FROM outbox WHERE ended = 0 GROUP BY lane")
            )

    def counts(self) -> dict[str, Counts]:
        """Return how many messages are in which state, by lane."""
        with self._lock:
            return {lane: Counts(*counts) for lane, *counts in self._db.execute(COUNTS)}

    def forget(self, before: float) -> int:
        """Delete messages delivered before a moment (epoch seconds); dead and waiting ones stay."""
        with self._lock:
            return self._db.execute(
                "DELETE FROM outbox WHERE ended = ? AND at < ?", (DONE, before)
            ).rowcount
