"""Keys of the sealed journal: missing, wrong, rotated, deleted while the intake runs."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hub.admin.doctor import examine
from hub.journal.entry import sealed_row
from hub.journal.journal import Journal, JournalFullError
from hub.journal.keys import sealed_entries, sealer_of
from hub.journal.migration import open_sealed
from hub.processes.intake import open_journal
from hub.recovery.replay import Window, _of_journal
from hub.runtime import watched_file
from hub.runtime.errors import HubError
from hub.security import keyring
from hub.security.keyring import key_path, make_sealer
from hub.security.sealing import (
    Sealer,
    SealError,
    UnknownKeyError,
)
from hub.settings import Settings
from tests.builders.old_journal import write_old
from tests.builders.sealed_journal import KEY, NOW, OTHER, SEALER, contents, marked, states


@pytest.mark.parametrize("process", ["hub.processes.intake", "hub.processes.feedback"])
def test_a_missing_key_ends_a_process_with_a_sentence(tmp_path: Path, process: str) -> None:
    """The process ends with exit code 1 and no traceback, before it requires anything else."""
    settings = Settings(data=tmp_path)
    journal = Journal(tmp_path / "journal.db", sealer_of(settings), max_bytes=10**9)
    journal.append([marked(1)])
    journal.close()
    key_path(settings).write_text(OTHER.hex() + "\n")
    ended = subprocess.run(
        [sys.executable, "-m", process],
        env=os.environ | {"HUB_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip().endswith("and start again; nothing was changed")


@pytest.mark.parametrize("damaged", [False, True])
def test_a_missing_key_stops_the_start_and_nothing_is_changed(
    tmp_path: Path, *, damaged: bool
) -> None:
    """The error states where to put the key; no key is created or overwritten."""
    settings = Settings(data=tmp_path)
    sealer = sealer_of(settings)
    journal = Journal(tmp_path / "journal.db", sealer, max_bytes=10**9)
    journal.append([marked(n, 9000) for n in range(20)])
    journal.close()
    if damaged:
        with (tmp_path / "journal.db").open("r+b") as file:
            file.write(b"\xff" * 4096)
    lost = key_path(settings).read_text()
    key_path(settings).unlink()
    before = states(tmp_path)
    with pytest.raises(
        SealError, match=r"sealed with a key that is missing: copy the key to .*seal\.key"
    ):
        sealer_of(settings)
    assert states(tmp_path) == before
    key_path(settings).write_text(lost)
    sealer_of(settings)


def test_a_wrong_key_stops_the_start_and_replay_and_nothing_is_changed(tmp_path: Path) -> None:
    """The sentence has the name of the missing key."""
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    sealer = sealer_of(settings)
    journal = Journal(tmp_path / "journal.db", sealer, max_bytes=10**9)
    journal.append([marked(1), marked(2)])
    journal.close()
    key_path(settings).write_text(OTHER.hex() + "\n")
    before = states(tmp_path)
    message = f"2 entries of .* were sealed with key {sealer.key_id}, .* put its line back"
    with pytest.raises(SealError, match=message):
        open_journal(settings, sealer_of(settings))
    with pytest.raises(HubError, match=message):
        next(_of_journal(settings, Window(NOW, NOW), lambda _: None))
    assert states(tmp_path) == before


def test_the_doctor_shows_whether_the_journal_is_sealed_and_has_its_keys(
    tmp_path: Path,
) -> None:
    """The doctor needs no key for that."""
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    path = tmp_path / "journal.db"

    def diagnosis() -> tuple[bool, str, str]:
        (check,) = [item for item in examine(settings) if item.subject == "journal keys"]
        return check.healthy, check.state, check.advice

    write_old(path, [marked(1), marked(2)])
    assert diagnosis()[:2] == (False, "2 entries in clear, or traces of some")
    sealer = sealer_of(settings)
    open_sealed(settings, sealer).close()
    assert diagnosis() == (True, f"2 sealed by {sealer.key_id}", "")
    key_path(settings).unlink()
    assert not diagnosis()[0]
    assert "there is no key file" in diagnosis()[2]
    path.unlink()
    live = open_sealed(settings, sealer_of(settings))
    assert diagnosis() == (True, "no entries", "")
    live.close()


def test_a_rotation_reaches_the_journal_and_old_entries_are_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This holds in a running process, in a reader and after a start; each key is counted."""
    monkeypatch.setattr(watched_file, "CHECK_EVERY", 0.0)
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    messages = [marked(n) for n in range(6)]
    writer = open_sealed(settings, sealer_of(settings))
    reader = open_sealed(settings, sealer_of(settings))
    names = [writer._sealer.key_id]
    for at in range(0, 6, 2):
        writer.append(messages[at : at + 2])
        assert [raw for _, raw in reader.read(at, 9)] == messages[at : at + 2]
        if at < 4:
            names.insert(0, keyring.rotate(settings))
    for journal in (writer, reader):
        journal.close()
    assert sealed_entries(tmp_path / "journal.db") == dict.fromkeys(names, 2)
    again = open_sealed(settings, sealer_of(settings))
    assert [raw for _, raw in again.read(0, 9)] == messages
    again.close()


def test_a_reader_loads_a_key_that_it_does_not_know(tmp_path: Path) -> None:
    """A reader reads the key file again at once when it meets an unknown key."""
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    reader = open_sealed(settings, make_sealer(settings))
    reader._sealer.seal("looks", b"now")
    keyring.rotate(settings)
    writer = open_sealed(settings, make_sealer(settings))
    message = marked(1)
    writer.append([message])
    assert reader.read(0, 9) == [(1, message)]
    for journal in (writer, reader):
        journal.close()


def test_without_its_key_file_a_running_intake_accepts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sender gets 202 for a message that could not be opened; with the file it continues."""
    monkeypatch.setattr(watched_file, "CHECK_EVERY", 0.0)
    settings = Settings(data=tmp_path, kafka="127.0.0.1:1")
    journal = open_sealed(settings, make_sealer(settings))
    kept = key_path(settings).read_text()
    key_path(settings).unlink()
    for _ in range(2):
        with pytest.raises(JournalFullError, match="there is no key file"):
            journal.append([marked(1)])
    key_path(settings).write_text(kept)
    assert journal.append([marked(1)]) == [True]
    journal.close()


def test_a_forged_entry_is_set_aside(tmp_path: Path) -> None:
    """Anybody can compute its checksum, but the hub has not sealed it."""
    path = tmp_path / "journal.db"
    mine, theirs = marked(1), marked(2)
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append([mine, theirs])
    journal.close()
    forged = sealed_row(theirs, Sealer(KEY))._replace(receipt_id=mine.receipt_id.bytes)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE entries SET meta=?, body=?, sum=? WHERE seq=1", forged[2:5])
    journal = Journal(path, SEALER, max_bytes=10**9)
    assert journal.read(0, 9) == [(2, theirs)]
    assert journal.damaged() == {1: mine.receipt_id}
    assert len(journal.since(NOW)) == 1
    journal.forget(2, NOW + timedelta(days=9))
    assert journal.damaged() == {}
    journal.close()


def test_an_entry_of_an_absent_key_is_not_damaged(tmp_path: Path) -> None:
    """The entry stays in the journal, and is read once its key is back."""
    path, message = tmp_path / "journal.db", marked(1)
    journal = Journal(path, SEALER, max_bytes=10**9)
    journal.append([message])
    journal.close()
    journal = Journal(path, Sealer(OTHER), max_bytes=10**9)
    for read in (lambda: journal.read(0, 9), lambda: journal.since(NOW)):
        with pytest.raises(UnknownKeyError, match=SEALER.key_id):
            read()
    assert journal.damaged() == {}
    journal.close()
    assert contents(path) == [message]
