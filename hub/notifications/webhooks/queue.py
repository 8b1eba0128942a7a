"""The queue of webhooks 待发回调: messages of all subscriptions, and the state of each, on disk."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from hub.runtime import outbox
from hub.runtime.outbox import Message
from hub.runtime.sqlite import transaction

SCHEMA = (
    outbox.SCHEMA
    + """
CREATE INDEX IF NOT EXISTS outbox_newest ON outbox (lane, seq);
CREATE TABLE IF NOT EXISTS positions (
  lane TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (lane, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receivers (
  lane TEXT PRIMARY KEY, failing_since REAL NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
  disabled_at REAL NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS reading (name TEXT PRIMARY KEY, at REAL NOT NULL);
"""
)
POSITION = """
INSERT INTO positions VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE excluded.seq > positions.seq
"""
READ_TO = "INSERT INTO reading VALUES ('topic', ?) ON CONFLICT DO UPDATE SET at = max(at, ?)"
FAILED = """
INSERT INTO receivers (lane, failing_since, failures, reason) VALUES (?, ?, 1, ?)
ON CONFLICT DO UPDATE SET
  failing_since = iif(failing_since = 0, excluded.failing_since, failing_since),
  failures = failures + 1, reason = excluded.reason
"""
DISABLED = """
INSERT INTO receivers (lane, disabled_at, reason) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET disabled_at = excluded.disabled_at, reason = excluded.reason
"""
AGAIN = (
    "UPDATE outbox SET ended = 0, attempts = 0, next_at = 0, reason = ''"
    " WHERE lane = ? AND ended != 0"
)
NEWEST = (
    "SELECT message_id, key, at, attempts, next_at, ended, reason FROM outbox"
    " WHERE lane = ? ORDER BY seq DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The state of a receiver; times in epoch seconds, 0: not so.

    `failures` counts the failed attempts since the last one that succeeded.
    """

    failing_since: float = 0.0
    failures: int = 0
    disabled_at: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of a subscription for a list; `next_at` is the next attempt, if it waits."""

    message_id: UUID
    case_id: str
    at: float
    attempts: int
    next_at: float
    ended: int
    reason: str


class WebhookQueue(outbox.Outbox):
    """The file `webhooks.db`. One process delivers; the command line may change it too."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)

    def put_entries(self, messages: Iterable[tuple[Message, int]], read_to: float) -> int:
        """Add messages, each with the number of its entry; return how many are new.

        An entry that is not newer than the newest one of its case was sent before, and is skipped.
        `read_to` is the time of the newest entry that was read.
        """
        added = 0
        with self._lock, transaction(self._db):
            for message, seq in messages:
                where = (message.lane, message.key)
                row = self._db.execute(
                    "SELECT seq FROM positions WHERE lane = ? AND key = ?", where
                ).fetchone()
                if row is None or seq > row[0]:
                    added += self._put(message)
                    self._db.execute(POSITION, (*where, seq, message.at))
            self._db.execute(READ_TO, (read_to, read_to))
        return added

    def read_to(self) -> float:
        """Return the time of the newest entry that was read; 0 if there is none."""
        with self._lock:
            row = self._db.execute("SELECT at FROM reading WHERE name = 'topic'").fetchone()
        return float(row[0]) if row else 0.0

    def position(self, lane: str, key: str) -> int:
        """Return the number of the newest entry of a case that was put; 0 if there is none."""
        with self._lock:
            row = self._db.execute(
                "SELECT seq FROM positions WHERE lane = ? AND key = ?", (lane, key)
            ).fetchone()
        return int(row[0]) if row else 0

    def receivers(self) -> dict[str, Receiver]:
        """Return the state of each receiver that has failed or is disabled."""
        with self._lock:
            rows = self._db.execute(
                "SELECT lane, failing_since, failures, disabled_at, reason FROM receivers"
            ).fetchall()
        return {lane: Receiver(*fields) for lane, *fields in rows}

    def succeeded(self, lane: str) -> None:
        """Note that a receiver has answered: all that waits for it is due now."""
        with self._lock, transaction(self._db):
            known = self._db.execute("DELETE FROM receivers WHERE lane = ?", (lane,)).rowcount
            if known:
                self._db.execute(
                    "UPDATE outbox SET next_at = 0 WHERE lane = ? AND ended = 0", (lane,)
                )

    def failed(self, lane: str, reason: str) -> Receiver:
        """Note a failed round of a receiver; return its state."""
        with self._lock, transaction(self._db):
            self._db.execute(FAILED, (lane, time.time(), reason))
        return self.receivers()[lane]

    def disable(self, lane: str, reason: str) -> None:
        """Send no more to a receiver until it is enabled; its messages stay."""
        with self._lock:
            self._db.execute(DISABLED, (lane, time.time(), reason))

    def enable(self, lane: str) -> None:
        """Send to a receiver again, at once."""
        with self._lock, transaction(self._db):
            self._db.execute("DELETE FROM receivers WHERE lane = ?", (lane,))
            self._db.execute("UPDATE outbox SET next_at = 0 WHERE lane = ? AND ended = 0", (lane,))

    def replay_since(self, lane: str, since: float) -> int:
        """Make messages due once more whose entries are not older than a time; return how many."""
        with self._lock:
            return self._db.execute(f"{AGAIN} AND at >= ?", (lane, since)).rowcount

    def replay_one(self, lane: str, message_id: UUID) -> int:
        """Make one message due once more; return 0 if it is not there, or waits."""
        with self._lock:
            return self._db.execute(
                f"{AGAIN} AND message_id = ?", (lane, message_id.bytes)
            ).rowcount

    def newest(self, lane: str, limit: int) -> list[Sent]:
        """Return the newest messages of a subscription, newest first."""
        with self._lock:
            rows = self._db.execute(NEWEST, (lane, limit)).fetchall()
        return [Sent(UUID(bytes=number), *fields) for number, *fields in rows]

    def remove(self, lane: str) -> int:
        """Delete all of a subscription; return how many messages were waiting."""
        with self._lock, transaction(self._db):
            waiting = self._db.execute(
                "SELECT count(*) FROM outbox WHERE lane = ? AND ended = 0", (lane,)
            ).fetchone()[0]
            for table in ("outbox", "positions", "receivers"):
                self._db.execute(f"DELETE FROM {table} WHERE lane = ?", (lane,))  # noqa: S608
        return int(waiting)

    def forget_old(self, delivered: float, positions: float) -> None:
        """Delete what is older than so many seconds: delivered messages, positions of cases."""
        now = time.time()
        self.forget(now - delivered)
        with self._lock:
            self._db.execute("DELETE FROM positions WHERE at < ?", (now - positions,))
