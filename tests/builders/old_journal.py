"""Writes a journal of a version without sealing: messages and native ids in clear text."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from crc32c import crc32c

from schemas.reports.raw import RawMessage

SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, receipt_id BLOB NOT NULL UNIQUE,
  received_at REAL NOT NULL, meta TEXT NOT NULL, body BLOB NOT NULL, sum INTEGER
);
CREATE TABLE damaged (
  seq INTEGER PRIMARY KEY, receipt_id BLOB NOT NULL, received_at REAL NOT NULL, meta TEXT, body BLOB
);
CREATE INDEX entries_by_time ON entries (received_at);
CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE members (name TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (name, member))
  WITHOUT ROWID;
CREATE TABLE early (
  channel TEXT NOT NULL, native_id TEXT NOT NULL, receipt_id BLOB NOT NULL,
  PRIMARY KEY (channel, native_id, receipt_id)
) WITHOUT ROWID;
CREATE TABLE routes (
  channel TEXT NOT NULL, native_id TEXT NOT NULL, route TEXT NOT NULL,
  PRIMARY KEY (channel, native_id)
) WITHOUT ROWID;
"""
PUT = "INSERT INTO entries (receipt_id, received_at, meta, body, sum) VALUES (?,?,?,?,?)"


def write_old(
    path: Path,
    messages: Sequence[RawMessage],
    *,
    native_ids: Sequence[str] = (),
    forgotten: int = 0,
) -> None:
    """Write a journal of an older version; delete its first `forgotten` entries."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(SCHEMA)
        for raw in messages:
            meta = raw.model_dump_json(exclude={"body"})
            total = crc32c(raw.body, crc32c(meta.encode()))
            row = (raw.receipt_id.bytes, raw.received_at.timestamp(), meta, raw.body, total)
            db.execute(PUT, row)
        for native_id in native_ids:
            db.execute(
                "INSERT INTO routes VALUES ('wechat_official', ?, '429999001')", (native_id,)
            )
            receipt = messages[-1].receipt_id.bytes
            db.execute("INSERT INTO early VALUES ('wechat_official', ?, ?)", (native_id, receipt))
        db.execute("INSERT INTO cursors VALUES ('published', '7')")
        db.execute("DELETE FROM entries WHERE seq <= ?", (forgotten,))
