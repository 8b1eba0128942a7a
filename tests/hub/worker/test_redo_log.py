"""The redo log: on disk before it is told, owed until it was told, kept until it is stored."""

import sqlite3
import zlib
from pathlib import Path

import lz4.frame
import pytest

from hub.worker import redo_log as redo
from hub.worker.redo_log import RedoLog
from schemas.cloudevent import Record


def record(number: int) -> Record:
    """Return a record with words in it."""
    return Record("cases.v1", number % 8, b"key", f"第{number}件".encode(), [("ce_id", b"1")])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the log is."""
    return tmp_path / "work.db"


def test_what_was_not_told_is_owed_in_order(path: Path) -> None:
    """As it was, to the byte; after a kill too, since the file is opened anew."""
    log = RedoLog(path)
    batches = [[record(1), record(2)], [record(3)], [record(4)]]
    seqs = [log.append(batch, "a") for batch in batches]
    log.close()
    log = RedoLog(path)
    assert log.unpublished("a") == seqs
    assert [log.batch(seq) for seq in seqs] == batches
    log.close()


def test_a_log_of_an_older_version_is_read(path: Path) -> None:
    """Its batches are packed by zlib: a hub that is updated owes them still."""
    log = RedoLog(path)
    seq = log.append([record(1), record(2)], "a")
    (body,) = log._db.execute("SELECT body FROM batches WHERE seq = ?", (seq,)).fetchone()
    plain = lz4.frame.decompress(body)
    log._db.execute("UPDATE batches SET body = ? WHERE seq = ?", (zlib.compress(plain, 1), seq))
    assert log.batch(seq) == [record(1), record(2)]
    log.close()


def test_what_was_told_is_owed_to_another_log_only(path: Path) -> None:
    """The broker lost its log: all of it is told again, and then it is not owed any more."""
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


def test_it_is_kept_until_it_is_stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is not stored goes, nor what was told a moment ago."""
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


def test_a_disk_that_takes_nothing_leaves_the_log_whole(path: Path) -> None:
    """Nothing half is kept, and it goes on when there is room again."""
    log = RedoLog(path)
    log.append([record(1)], "a")
    log._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.Error):
        log.append([Record("cases.v1", 0, b"k", bytes(65 + n % 26 for n in range(99_999)), [])] * 9,
                 "a")  # fmt: skip
    log._db.execute("PRAGMA max_page_count = 1000000")
    log.append([record(2)], "a")
    assert [log.batch(seq) for seq in log.unpublished("a")] == [[record(1)], [record(2)]]
    log.close()
