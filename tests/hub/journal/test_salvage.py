"""A journal whose file a crash has truncated or a disk has changed."""

import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.admin.doctor import examine
from hub.journal.journal import Journal
from hub.journal.salvage import is_damaged, salvage
from hub.processes.intake import open_journal
from hub.settings import Settings
from schemas.reports.raw import RawMessage
from tests.hub.journal.test_journal import SEALER, raw

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
PAGE = 4096


def filled(path: Path, count: int) -> list[RawMessage]:
    """Return the messages of a journal at `path`, with bodies of many sizes."""
    draw = random.Random(7)
    messages = [raw(draw.randbytes(draw.choice((10, 900, 9000)))) for _ in range(count)]
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append(messages)
    journal.set("published", "40")
    journal.keep_routes([("open311", "n1", "429999001")])
    journal.close()
    return messages


def read(path: Path) -> dict[int, RawMessage]:
    """Return all entries by number."""
    journal = Journal(path, SEALER, max_bytes=10**9)
    entries = dict(journal.read(0, 10_000))
    journal.close()
    return entries


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 23])
def test_a_torn_commit_is_rolled_back(tmp_path: Path, step: int) -> None:
    """Earlier commits survive; the torn commit is present as a whole or not at all."""
    live, copy = tmp_path / "live.db", tmp_path / "copy.db"
    journal = Journal(live, SEALER, max_bytes=10**9)
    first, second = raw(b"first"), raw(b"second")
    journal.append([first])
    shutil.copy(live, copy)
    log = live.with_name("live.db-wal")
    before = log.stat().st_size
    journal.append([second])
    whole = log.read_bytes()
    journal.close()
    assert before < len(whole)
    kept = set()
    for cut in (*range(before, len(whole), step), len(whole)):
        for suffix in ("-wal", "-shm"):
            copy.with_name(f"copy.db{suffix}").unlink(missing_ok=True)
        copy.with_name("copy.db-wal").write_bytes(whole[:cut])
        # A copy of the state after the crash: closing the journal would write to it.
        with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT receipt_id FROM entries ORDER BY seq").fetchall()
        database.close()
        receipts = [row[0] for row in rows]
        assert receipts[:1] == [first.receipt_id.bytes], cut
        assert receipts[1:] in ([], [second.receipt_id.bytes]), cut
        kept.add(len(receipts))
    assert kept == {1, 2}


@pytest.mark.parametrize("seed", range(12))
def test_entries_damaged_by_the_disk_are_listed_and_the_rest_is_read(
    tmp_path: Path, seed: int
) -> None:
    """Every entry is either unchanged, or listed as missing with its receipt."""
    path = tmp_path / "journal.db"
    messages = filled(path, 60)
    draw = random.Random(seed)
    with path.open("r+b") as file:
        pages = path.stat().st_size // PAGE
        for page in draw.sample(range(2, pages), 3):
            file.seek(page * PAGE)
            file.write(draw.randbytes(PAGE))
    if not is_damaged(path):
        # Pages in the middle of large bodies: the structure is intact, the checksums are wrong.
        journal = Journal(path, SEALER, max_bytes=10**9)
        there, aside = dict(journal.read(0, 100)), journal.damaged()
        journal.close()
        assert all(message == messages[seq - 1] for seq, message in there.items())
        assert aside
        assert there.keys() | aside.keys() == set(range(1, 61))
        assert all(messages[seq - 1].receipt_id == receipt for seq, receipt in aside.items())
        return
    report = salvage(path, SEALER, max_bytes=10**9, now=NOW)
    there = read(path)
    assert report.kept == len(there)
    assert report.aside.exists()
    for seq, message in there.items():
        assert message == messages[seq - 1]
    missing = {seq for seq, _ in report.missing}
    assert missing.isdisjoint(there)
    text = report.aside.with_name(f"{report.aside.name}.txt").read_text(encoding="utf-8")
    assert all(f"entry {seq}, receipt {receipt}" in text for seq, receipt in report.missing)
    known = there.keys() | missing
    if "receipts" not in report.unread:
        assert known == set(range(1, 61))
    else:
        # The index is damaged too: the report lists the missing entries by number.
        assert known == set(range(min(known), max(known) + 1))
        assert "could not be read whole: receipts" in text
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append([raw(b"next")])
    assert journal.last_seq() > max(there)
    journal.close()


def test_a_file_that_is_no_journal_at_all_is_set_aside(tmp_path: Path) -> None:
    """The intake starts with an empty journal and a report."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"\0" * 3 * PAGE + b"rubbish")
    journal = open_journal(Settings(data=tmp_path, kafka="127.0.0.1:1"), SEALER)
    assert journal.last_seq() == 0
    journal.close()
    (report,) = tmp_path.glob("*.txt")
    assert "0 entries were read" in report.read_text(encoding="utf-8")


def test_the_doctor_lists_lost_entries(tmp_path: Path) -> None:
    """The doctor lists lost entries before and after the next start."""
    path = tmp_path / "journal.db"
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    filled(path, 30)
    with path.open("r+b") as file:
        file.seek(2 * PAGE)
        file.write(b"\xff" * 3 * PAGE)

    def journal_states() -> list[str]:
        return [
            check.state
            for check in examine(settings)
            if check.subject == "journal" and not check.healthy
        ]

    assert journal_states() == ["damaged"]
    open_journal(settings, SEALER).close()
    (state,) = journal_states()
    assert "a damaged one" in state
    assert ".txt" in state


def test_a_journal_that_another_process_holds_is_not_set_aside(tmp_path: Path) -> None:
    """A locked journal is not a damaged one."""
    path = tmp_path / "journal.db"
    filled(path, 5)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode=DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        open_journal(Settings(data=tmp_path, kafka="127.0.0.1:1"), SEALER)
    holder.execute("ROLLBACK")
    holder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["journal.db"]
    assert len(read(path)) == 5


def test_a_whole_journal_is_left_alone(tmp_path: Path) -> None:
    """A whole journal is not changed, and a missing one is not created."""
    path = tmp_path / "journal.db"
    assert not is_damaged(path)
    filled(path, 5)
    assert not is_damaged(path)
    assert len(read(path)) == 5
