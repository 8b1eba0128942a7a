"""The queue of notices 待发提醒: each once for a receiver, and reminders until their time."""

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from hub.notifications.notices.notice import Notice, NoticeKind
from hub.notifications.notices.rules import PAGE
from hub.runtime import outbox
from hub.runtime.outbox import Message
from hub.runtime.sqlite import transaction
from schemas.cases.case import Case
from schemas.cloudevent import from_record

SCHEMA = (
    outbox.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS reminders (
  case_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, at REAL NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS reminders_at ON reminders (at) WHERE body != x'';
CREATE INDEX IF NOT EXISTS outbox_newest ON outbox (lane, seq);
CREATE TABLE IF NOT EXISTS seen (member TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS late (
  notice_id BLOB PRIMARY KEY, kind TEXT NOT NULL, seen_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS reading (name TEXT PRIMARY KEY, at REAL NOT NULL);
"""
)
REMINDER = """
INSERT INTO reminders VALUES (:case_id, :seq, :at, :body)
ON CONFLICT DO UPDATE SET seq = :seq, at = :at, body = :body WHERE :seq > seq
"""
SHOWN = """
INSERT OR IGNORE INTO outbox (message_id, lane, key, at, body, ended)
VALUES (:id, :lane, :id, :at, :body, 1)
"""
NEWEST = "SELECT seq, body FROM outbox WHERE lane = ? AND seq > ? ORDER BY seq DESC LIMIT ?"
SEEN = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)"
READ_TO = "INSERT INTO reading VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)"
LATE = """
INSERT INTO late VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)
"""
LATE_AGAIN = 86400.0
"""Seconds after which what is not late any more is forgotten: if it is late again, it is news."""


class NoticeQueue(outbox.Outbox):
    """The file `notices.db`; lanes are receivers, and every notice is a key of its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)

    def put_notices(self, addressed: Iterable[tuple[str, Notice]]) -> int:
        """Add notices for receivers; one that is known is skipped. Return how many are new."""
        now = time.time()
        return self.put(
            Message(
                message_id=notice.notice_id,
                lane=receiver,
                key=str(notice.notice_id),
                at=now,
                body=notice.model_dump_json().encode(),
            )
            for receiver, notice in addressed
        )

    def show(self, notices: Iterable[Notice]) -> int:
        """Add notices for the page of the staff, which reads them here; return how many are new."""
        now = time.time()
        with self._lock, transaction(self._db):
            return sum(
                self._db.execute(
                    SHOWN,
                    {
                        "id": notice.notice_id.bytes,
                        "lane": PAGE,
                        "at": now,
                        "body": notice.model_dump_json().encode(),
                    },
                ).rowcount
                for notice in notices
            )

    def shown(self, after: int, limit: int) -> list[tuple[int, Notice]]:
        """Return the newest notices of the page with their numbers, newest first."""
        with self._lock:
            rows = self._db.execute(NEWEST, (PAGE, after, limit)).fetchall()
        return [(seq, from_record(Notice, body)) for seq, body in rows]

    def seen(self, member: str) -> int:
        """Return the number of the newest notice that a member has seen; 0 if there is none."""
        with self._lock:
            row = self._db.execute("SELECT seq FROM seen WHERE member = ?", (member,)).fetchone()
        return int(row[0]) if row else 0

    def note_seen(self, member: str, seq: int) -> None:
        """Note that a member has seen all notices up to a number."""
        with self._lock:
            self._db.execute(SEEN, (member, seq))

    def keep_reminders(self, reminders: Iterable[tuple[Case, Notice | None]]) -> None:
        """Note when each case is due, or that it is not; an older entry changes nothing."""
        with self._lock, transaction(self._db):
            for case, notice in reminders:
                row = {
                    "case_id": str(case.case_id),
                    "seq": case.seq,
                    "at": notice.at.timestamp() if notice else case.updated_at.timestamp(),
                    "body": notice.model_dump_json().encode() if notice else b"",
                }
                self._db.execute(REMINDER, row)

    def due_reminders(self, now: datetime, limit: int = 500) -> list[Notice]:
        """Return the reminders whose time has come."""
        with self._lock:
            rows = self._db.execute(
                "SELECT body FROM reminders WHERE body != x'' AND at <= ? ORDER BY at LIMIT ?",
                (now.timestamp(), limit),
            ).fetchall()
        return [from_record(Notice, body) for (body,) in rows]

    def end_reminders(self, notices: Iterable[Notice]) -> None:
        """Mark reminders as put into the queue."""
        with self._lock, transaction(self._db):
            for notice in notices:
                # A later entry may have set another time meanwhile.
                self._db.execute(
                    "UPDATE reminders SET body = x'' WHERE case_id = ? AND at = ?",
                    (str(notice.case_id), notice.at.timestamp()),
                )

    def note_read(self, read_to: float) -> None:
        """Note the time of the newest entry that was taken."""
        with self._lock:
            self._db.execute(READ_TO, ("topic", read_to))

    def read_to(self) -> float:
        """Return the time of the newest entry that was taken; 0 if none was."""
        with self._lock:
            row = self._db.execute("SELECT at FROM reading WHERE name = 'topic'").fetchone()
        return float(row[0]) if row else 0.0

    def newly_late(self, kind: NoticeKind, notices: Iterable[Notice]) -> list[Notice]:
        """Return the notices of what is late that nobody has noticed yet; none at the first look.

        They are noticed once they are noted by `note_late`.
        """
        with self._lock:
            mark = (f"late {kind}",)
            if self._db.execute("SELECT 1 FROM reading WHERE name = ?", mark).fetchone() is None:
                return []
            rows = self._db.execute("SELECT notice_id FROM late WHERE kind = ?", (kind,))
            known = {bytes(notice_id) for (notice_id,) in rows}
        return [notice for notice in notices if notice.notice_id.bytes not in known]

    def note_late(self, kind: NoticeKind, notices: Iterable[Notice], now: datetime) -> None:
        """Note all that is late at a time, and forget what has not been late for a day."""
        at = now.timestamp()
        with self._lock, transaction(self._db):
            self._db.execute(READ_TO, (f"late {kind}", at))
            for notice in notices:
                self._db.execute(LATE, (notice.notice_id.bytes, kind, at))
            old = (kind, at - LATE_AGAIN)
            self._db.execute("DELETE FROM late WHERE kind = ? AND seen_at < ?", old)

    def forget_old(self, seconds: float) -> None:
        """Delete what ended, and cases without a reminder, so many seconds ago."""
        before = time.time() - seconds
        self.forget(before)
        with self._lock:
            self._db.execute("DELETE FROM reminders WHERE body = x'' AND at < ?", (before,))
