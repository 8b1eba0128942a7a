"""The file of the outbox: an earlier version's file is read on."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hub.feedback.outbox import Outbox
from schemas.channel import Channel
from tests.hub.feedback.world import FAR, make_feedback

EARLIER = """
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, feedback_id BLOB NOT NULL UNIQUE, channel TEXT NOT NULL,
  native_id TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX outbox_waiting ON outbox (channel, native_id, seq) WHERE ended = 0;
CREATE INDEX outbox_due ON outbox (channel, next_at, seq) WHERE ended = 0;
"""


def test_the_file_of_an_earlier_version_keeps_its_feedback(tmp_path: Path) -> None:
    """Columns that had other names are renamed at the start, and nothing is lost or doubled."""
    path, known = tmp_path / "feedback.db", make_feedback("N-1")
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(EARLIER)
        db.execute(
            "INSERT INTO outbox (feedback_id, channel, native_id, at, body) VALUES (?, ?, ?, 1, ?)",
            (known.feedback_id.bytes, known.channel, "N-1", known.model_dump_json().encode()),
        )
    for _ in range(2):
        outbox = Outbox(path)
        assert outbox.put([known]) == 0
        assert [e.feedback for e in outbox.due(Channel.HOTLINE_12345, FAR, 9)] == [known]
        outbox.close()
