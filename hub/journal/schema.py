"""The tables of the journal's file 日志表, and their migration from older versions."""

import sqlite3
from pathlib import Path

from hub.runtime.sqlite import open_durable

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  receipt_id BLOB NOT NULL UNIQUE,
  received_at REAL NOT NULL,
  meta TEXT NOT NULL,
  body BLOB NOT NULL,
  sum INTEGER,
  key TEXT
);
CREATE TABLE IF NOT EXISTS damaged (
  seq INTEGER PRIMARY KEY, receipt_id BLOB NOT NULL, received_at REAL NOT NULL, meta TEXT,
  body BLOB, key TEXT
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
LATER_COLUMNS = (("entries", "sum INTEGER"), ("entries", "key TEXT"), ("damaged", "key TEXT"))
"""Columns that older versions lack. NULL: the entry has no checksum, or is not sealed."""
BY_KEY = "CREATE INDEX IF NOT EXISTS entries_by_key ON entries (key)"
SEALED_WHOLE = 1
"""`PRAGMA user_version` of a file that has no unsealed text, not even in free pages."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open or create the file, with all columns of this version; raises `sqlite3.Error`."""
    fresh = not path.exists()
    db = open_durable(path, SCHEMA)
    for table, column in LATER_COLUMNS:
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if column.split()[0] not in columns:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    db.execute(BY_KEY)
    if fresh:
        db.execute(f"PRAGMA user_version={SEALED_WHOLE}")
    return db
