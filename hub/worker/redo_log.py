"""The redo log 重做日志 of a worker at the embedded broker, which forgets all when it dies.

What a batch has led to is on disk before any of it is told. What was not told to its end is told
again at the next start, before anything is restored; and after the broker has lost its log, all
that the store does not have. So nobody is ever told two different entries under one number.
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
from schemas.binding import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  body BLOB NOT NULL,
  log TEXT NOT NULL,
  ends TEXT NOT NULL DEFAULT ''
);
"""
KEEP = 600.0
"""Seconds for which what is told and stored is kept all the same, for subscribers that lag."""
RETRY_SECONDS = 1.0
LZ4 = b"\x04\x22\x4d\x18"
"""How a body of ours begins, from the LZ4 frame format: ten times as fast as zlib."""

log = structlog.get_logger()

Ends = Mapping[str, int]
"""`topic/partition` → offset after the last record of a batch."""


class RedoLog:
    """The log's file. One process; methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_durable(path, SCHEMA)
        self._told: dict[int, str] = {}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def keep(self, records: Sequence[Record], log_id: str) -> int:
        """Make a batch durable; return its number. Raises `sqlite3.Error`."""
        body = lz4.frame.compress(orjson.dumps([_plain(record) for record in records]))
        with self._lock:
            with transaction(self._db):
                # What was told meanwhile is written down with what comes next: a batch that is
                # told once more does no harm.
                self._db.executemany(
                    "UPDATE batches SET ends = ? WHERE seq = ?",
                    [(ends, seq) for seq, ends in self._told.items()],
                )
                done = self._db.execute(
                    "INSERT INTO batches (at, body, log) VALUES (?, ?, ?)",
                    (time.time(), body, log_id),
                )
            self._told.clear()
        return int(done.lastrowid or 0)

    def told(self, seq: int, ends: Ends) -> None:
        """Remember that the broker has a batch, and where."""
        with self._lock:
            self._told[seq] = orjson.dumps(dict(ends)).decode()

    def owed(self, log_id: str) -> list[int]:
        """Return the batches that a log of the broker lacks: never told, or told to another."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq FROM batches WHERE log != ? OR ends = '' ORDER BY seq", (log_id,)
            ).fetchall()
        return [seq for (seq,) in rows]

    def batch(self, seq: int) -> list[Record]:
        """Return the records of a batch."""
        with self._lock:
            (body,) = self._db.execute("SELECT body FROM batches WHERE seq = ?", (seq,)).fetchone()
        return [_record(one) for one in orjson.loads(_unpacked(body))]

    def moved(self, seqs: Sequence[int], log_id: str) -> None:
        """Remember that batches have been told to this log of the broker."""
        with self._lock:
            self._db.executemany(
                "UPDATE batches SET log = ? WHERE seq = ?", [(log_id, seq) for seq in seqs]
            )

    def forget(self, stored: Ends) -> int:
        """Let go of what was told a while ago and is stored; return how many batches."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, ends FROM batches WHERE ends != '' AND at < ? ORDER BY seq",
                (time.time() - KEEP,),
            ).fetchall()
            old = [(seq,) for seq, ends in rows if _covered(orjson.loads(ends), stored)]
            self._db.executemany("DELETE FROM batches WHERE seq = ?", old)
        return len(old)


def _unpacked(body: bytes) -> bytes:
    """Return the records of a batch; those of an older version are packed by zlib."""
    if body.startswith(LZ4):
        return bytes(lz4.frame.decompress(body))
    return zlib.decompress(body)


def _covered(ends: Ends, stored: Ends) -> bool:
    return all(stored.get(part, 0) >= end for part, end in ends.items())


def _plain(record: Record) -> list[Any]:
    headers = [[name, value.decode()] for name, value in record.headers]
    return [record.topic, record.partition, record.key.decode(), record.value.decode(), headers]


def _record(plain: list[Any]) -> Record:
    topic, partition, key, value, headers = plain
    return Record(
        topic, partition, key.encode(), value.encode(),
        [(name, text.encode()) for name, text in headers],
    )  # fmt: skip


async def kept(redo: RedoLog, records: Sequence[Record], log_id: str) -> int:
    """Keep a batch, however long the disk takes nothing: before that it must not be told."""
    while True:
        try:
            return await asyncio.to_thread(redo.keep, records, log_id)
        except sqlite3.Error as error:
            log.warning("the redo log takes nothing: waiting", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
