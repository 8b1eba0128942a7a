"""The outbox of feedback 待发箱: read from the topic and not delivered yet, in order per report."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hub.runtime import outbox
from hub.runtime.outbox import NEVER, Message
from schemas.cases.feedback import Feedback
from schemas.cloudevent import from_record

RENAMED = {"feedback_id": "message_id", "channel": "lane", "native_id": "key"}
"""Columns of files that earlier versions wrote → their names now."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One feedback in the outbox; `attempts` counts those that failed so far."""

    seq: int
    feedback: Feedback
    attempts: int
    reason: str = ""
    """Why it was last postponed."""

    @property
    def lane(self) -> str:
        """Return the channel that receives it."""
        return self.feedback.channel

    @property
    def key(self) -> str:
        """Return the native id of its report, whose feedback keeps its order."""
        return self.feedback.native_id


class Outbox:
    """The outbox's file. One process; methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        _rename_columns(path)
        self._messages = outbox.Outbox(path)

    def close(self) -> None:
        """Close the file."""
        self._messages.close()

    def put(self, feedback: Iterable[Feedback]) -> int:
        """Add feedback, return how many; skip known ids, except dead ones to be sent again."""
        return self._messages.put(
            Message(
                message_id=item.feedback_id,
                lane=item.channel,
                key=item.native_id,
                at=item.at.timestamp(),
                body=item.model_dump_json().encode(),
                again=bool(item.again),
            )
            for item in feedback
        )

    def due(self, channel: str, now: float, limit: int) -> list[Entry]:
        """Return due feedback of a channel: the oldest of each report, if it is due."""
        return [
            Entry(
                waiting.seq,
                from_record(Feedback, waiting.message.body),
                waiting.attempts,
                waiting.reason,
            )
            for waiting in self._messages.due(channel, now, limit)
        ]

    def channels_due(self, channels: Iterable[str], now: float) -> list[str]:
        """Return the channels that have waiting feedback whose time has come."""
        return self._messages.lanes_due(channels, now)

    def later(
        self, entries: Sequence[Entry], next_at: float, reason: str, *, failed: bool = False
    ) -> None:
        """Postpone entries and their successors; `failed` counts as an attempt."""
        self._messages.later(entries, next_at, reason, failed=failed)

    def end(self, entries: Sequence[Entry], *, dead: bool = False) -> None:
        """Mark entries as delivered or dead; their successors become due."""
        self._messages.end(entries, dead=dead)

    def wake(self, before: float = NEVER) -> None:
        """Make parked entries due that are older than a moment (epoch seconds)."""
        self._messages.wake(before)

    def waiting(self) -> dict[str, int]:
        """Return how many feedbacks wait, by channel."""
        return self._messages.waiting()

    def forget(self, before: float) -> int:
        """Delete entries delivered before a moment (epoch seconds); dead and waiting ones stay."""
        return self._messages.forget(before)


def _rename_columns(path: Path) -> None:
    """Give the columns of an earlier version's file their names of now; its indexes follow."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as db, db:
        columns = {row[1] for row in db.execute("PRAGMA table_info(outbox)")}
        for old, new in RENAMED.items():
            if old in columns:
                db.execute(f"ALTER TABLE outbox RENAME COLUMN {old} TO {new}")
