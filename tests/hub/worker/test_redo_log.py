"""The redo log: a batch is durable before it is published, and deleted after it is stored."""

import sqlite3
import zlib
from pathlib import Path

import lz4.frame
import pytest

from hub.worker import redo_log as redo
from hub.worker.redo_log import RedoLog
from schemas.cloudevent import Record


def record(number: int) -> Record:
    """Return a record whose value is Chinese text."""
    return Record("cases.v1", number % 8, b"key", f"第{number}件".encode(), [("ce_id", b"1")])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the log."""
    return tmp_path / "work.db"


def test_unpublished_batches_survive_a_restart_in_order(path: Path) -> None:
    """A log that is opened again returns the same records, byte for byte."""
    log = RedoLog(path)
    batches = [[record(1), record(2)], [record(3)], [record(4)]]
    seqs = [log.append(batch, "a") for batch in batches]
    log.close()
    log = RedoLog(path)
    assert log.unpublished("a") == seqs
    assert [log.batch(seq) for seq in seqs] == batches
    log.close()


def test_a_log_of_an_older_version_is_read(path: Path) -> None:
    """An updated hub reads the batches that an older version compressed with zlib."""
    log = RedoLog(path)
    seq = log.append([record(1), record(2)], "a")
    (body,) = log._db.execute("SELECT body FROM batches WHERE seq = ?", (seq,)).fetchone()
    plain = lz4.frame.decompress(body)
    log._db.execute("UPDATE batches SET body = ? WHERE seq = ?", (zlib.compress(plain, 1), seq))
    assert log.batch(seq) == [record(1), record(2)]
    log.close()


def test_a_new_log_of_the_broker_lacks_every_batch(path: Path) -> None:
    """After the broker lost its log, all batches are unpublished until they are published again."""
    log = RedoLog(path)
    first = log.append([record(1)], "a")
    log.mark_published(first, {"cases.v1/1": 7})
    second = log.append([record(2)], "a")
    assert log.unpublished("a") == [second]
    assert log.unpublished("b") == [first, second]
    for seq in (first, second):
        log.mark_published(seq, {"cases.v1/1": 1})
    log.mark_published_to([first, second], "b")
    third = log.append([record(3)], "b")
    assert log.unpublished("b") == [third]
    log.close()


def test_only_old_and_stored_batches_are_deleted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch stays if it is not stored, not published, or published a moment ago."""
    log = RedoLog(path)
    first = log.append([record(1)], "a")
    log.mark_published(first, {"cases.v1/1": 7, "feedback.v1/0": 2})
    log.append([record(2)], "a")
    stored = {"cases.v1/1": 7, "feedback.v1/0": 2}
    assert log.forget(stored) == 0
    monkeypatch.setattr(redo, "RETENTION_SECONDS", -1.0)
    assert log.forget({"cases.v1/1": 9}) == 0
    assert log.forget(stored) == 1
    assert [log.batch(seq) for seq in log.unpublished("b")] == [[record(2)]]
    log.close()


def test_a_full_disk_leaves_the_log_consistent(path: Path) -> None:
    """A failed append leaves nothing behind, and later appends succeed."""
    log = RedoLog(path)
    log.append([record(1)], "a")
    log._db.execute("PRAGMA max_page_count = 1")
    large = Record("cases.v1", 0, b"k", bytes(65 + n % 26 for n in range(99_999)), [])
    with pytest.raises(sqlite3.Error):
        log.append([large] * 9, "a")
    log._db.execute("PRAGMA max_page_count = 1000000")
    log.append([record(2)], "a")
    assert [log.batch(seq) for seq in log.unpublished("a")] == [[record(1)], [record(2)]]
    log.close()
