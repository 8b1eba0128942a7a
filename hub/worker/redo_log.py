"""The redo log 重做日志 of a worker at the embedded broker, which stores its log in memory only.

The records of a batch are on disk before any of them is published. At the next start, before a
state is restored, the worker publishes what was not published completely. After the broker has
lost its log, it publishes all that the store may lack. So no subscriber ever reads two different
entries under one number.
"""

import asyncio
import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lz4.frame
import orjson
import structlog

from hub.runtime.sqlite import open_durable, transaction
from schemas.cloudevent import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  body BLOB NOT NULL,
  log TEXT NOT NULL,
  ends TEXT NOT NULL DEFAULT ''
);
"""
RETENTION_SECONDS = 600.0
"""A batch is deleted so long after it was published and stored, for subscribers that lag."""
RETRY_SECONDS = 1.0
LZ4 = b"\x04\x22\x4d\x18"
"""First bytes of an LZ4 frame. LZ4 is ten times as fast as zlib."""

log = structlog.get_logger()

BatchEnds = Mapping[str, int]
"""`topic/partition` → offset after the last record of a batch."""


class RedoLog:
    """The file of the log. One process; methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_durable(path, SCHEMA)
        self._published: dict[int, str] = {}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def append(self, records: Sequence[Record], log_id: str) -> int:
        """Make a batch durable; return its number. Raises `sqlite3.Error`."""
        body = lz4.frame.compress(orjson.dumps([_to_json(record) for record in records]))
        with self._lock:
            with transaction(self._db):
                # End offsets are written with the next batch. If they are lost in a crash, their
                # batch is published once more, which does no harm.
                self._db.executemany(
                    "UPDATE batches SET ends = ? WHERE seq = ?",
                    [(ends, seq) for seq, ends in self._published.items()],
                )
                cursor = self._db.execute(
                    "INSERT INTO batches (at, body, log) VALUES (?, ?, ?)",
                    (time.time(), body, log_id),
                )
            self._published.clear()
        return int(cursor.lastrowid or 0)

    def mark_published(self, seq: int, ends: BatchEnds) -> None:
        """Remember that the broker has a batch, and its end offsets."""
        with self._lock:
            self._published[seq] = orjson.dumps(dict(ends)).decode()

    def unpublished(self, log_id: str) -> list[int]:
        """Return the batches that are not yet in this log of the broker."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq FROM batches WHERE log != ? OR ends = '' ORDER BY seq", (log_id,)
            ).fetchall()
        return [seq for (seq,) in rows]

    def batch(self, seq: int) -> list[Record]:
        """Return the records of a batch."""
        with self._lock:
            (body,) = self._db.execute("SELECT body FROM batches WHERE seq = ?", (seq,)).fetchone()
        return [_from_json(fields) for fields in orjson.loads(_unpacked(body))]

    def mark_published_to(self, seqs: Sequence[int], log_id: str) -> None:
        """Remember that batches are in this log of the broker."""
        with self._lock:
            self._db.executemany(
                "UPDATE batches SET log = ? WHERE seq = ?", [(log_id, seq) for seq in seqs]
            )

    def forget(self, stored: BatchEnds) -> int:
        """Delete old batches that are published and stored; return how many."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, ends FROM batches WHERE ends != '' AND at < ? ORDER BY seq",
                (time.time() - RETENTION_SECONDS,),
            ).fetchall()
            old = [(seq,) for seq, ends in rows if _is_stored(orjson.loads(ends), stored)]
            self._db.executemany("DELETE FROM batches WHERE seq = ?", old)
        return len(old)


def _unpacked(body: bytes) -> bytes:
    """Return the records of a batch; older versions of the hub packed them with zlib."""
    if body.startswith(LZ4):
        return bytes(lz4.frame.decompress(body))
    return zlib.decompress(body)


def _is_stored(ends: BatchEnds, stored: BatchEnds) -> bool:
    return all(stored.get(part, 0) >= end for part, end in ends.items())


def _to_json(record: Record) -> list[Any]:
    headers = [[name, value.decode()] for name, value in record.headers]
    return [record.topic, record.partition, record.key.decode(), record.value.decode(), headers]


def _from_json(fields: list[Any]) -> Record:
    topic, partition, key, value, headers = fields
    encoded = [(name, text.encode()) for name, text in headers]
    return Record(topic, partition, key.encode(), value.encode(), encoded)


async def append_with_retry(redo: RedoLog, records: Sequence[Record], log_id: str) -> int:
    """Append a batch; wait as long as the disk refuses it. It must not be published before."""
    while True:
        try:
            return await asyncio.to_thread(redo.append, records, log_id)
        except sqlite3.Error as error:
            log.warning("redo_log_retry", error=str(error), advice="is the disk full?")
            await asyncio.sleep(RETRY_SECONDS)
