"""Backups of a stopped hub: what they have, and which ones a restore refuses."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hub.backup.manifest import MANIFEST, BackupError, CopiedFile, Manifest
from hub.backup.restore import restore_backup
from hub.backup.take import take_backup
from hub.runtime.lock import AlreadyRunningError, UnfinishedRestoreError, acquire_lock
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.worker.redo_log import RedoLog
from tests.hub.backup.contents import KEY, contents


def test_a_restored_folder_is_the_folder_that_was_backed_up(data: Path, tmp_path: Path) -> None:
    """All files come back with their bytes, private, and the databases with their rows."""
    backup, fresh = tmp_path / "backup", tmp_path / "fresh"
    manifest = take_backup(Settings(data=data), backup)
    _, remaining = restore_backup(Settings(data=fresh), backup)
    expected = contents(data)
    del expected["drop/labour_12333/link.csv"]
    assert contents(fresh) == expected
    assert manifest.has_key
    assert not manifest.running
    assert len(remaining) == 1
    for path in (*backup.rglob("*"), *fresh.rglob("*")):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o077 == 0 or path.is_dir(), path
    with closing(sqlite3.connect(DataPaths(fresh).journal)) as journal:
        assert journal.execute("SELECT count(*) FROM entries").fetchone() == (9,)
        assert dict(journal.execute("SELECT * FROM cursors")) == {"published": "9", "settled": "7"}
    redo = RedoLog(DataPaths(fresh).redo_log)
    assert redo.unpublished("another log") == [1]
    redo.close()


def test_the_keys_may_be_kept_elsewhere(data: Path, tmp_path: Path) -> None:
    """A backup without the keys says so when it is restored."""
    manifest = take_backup(Settings(data=data), tmp_path / "backup", with_key=False)
    _, remaining = restore_backup(Settings(data=tmp_path / "fresh"), tmp_path / "backup")
    assert not manifest.has_key
    assert "seal.key" in remaining[0]
    assert not DataPaths(tmp_path / "fresh").seal_key.exists()


def test_the_files_of_the_city_come_back(data: Path, tmp_path: Path) -> None:
    """The folder of HUB_TOWN is in the backup, and the restore says how to use it."""
    town = tmp_path / "town"
    town.mkdir()
    (town / "areas.csv").write_text("code,name,parent\n", "utf-8")
    take_backup(Settings(data=data, town=town), tmp_path / "backup")
    _, remaining = restore_backup(Settings(data=tmp_path / "fresh"), tmp_path / "backup")
    assert (tmp_path / "fresh" / "restored_town" / "areas.csv").read_text() == "code,name,parent\n"
    assert any("HUB_TOWN" in step for step in remaining)


def test_a_batch_that_was_deleted_meanwhile_is_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy of the redo log has what it had before the store was copied, and what came later."""
    from hub.backup import take

    real = take._copy_redo_log

    def after_a_while(*args: object) -> None:
        with closing(sqlite3.connect(DataPaths(data).redo_log)) as live:
            live.execute("DELETE FROM batches")
            live.execute("INSERT INTO batches (at, body, log) VALUES (0, x'00', 'log')")
            live.commit()
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(take, "_copy_redo_log", after_a_while)
    take_backup(Settings(data=data), tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / "data" / "work.db")) as copy:
        assert copy.execute("SELECT seq FROM batches ORDER BY seq").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("DELETE FROM entries WHERE seq <= 8", id="deleted"),
        pytest.param("UPDATE cursors SET value = '9' WHERE name = 'settled'", id="settled"),
    ],
)
def test_the_store_is_not_trusted_beyond_its_copy(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Entries that are settled while the backup runs are checked again, or the backup fails."""
    from hub.backup import take

    real = take._copy_journal

    def after_a_while(*args: object) -> None:
        with closing(sqlite3.connect(DataPaths(data).journal)) as live:
            live.execute(change)
            live.commit()
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(take, "_copy_journal", after_a_while)
    if "DELETE" in change:
        with pytest.raises(BackupError, match="take the backup again"):
            take_backup(Settings(data=data), tmp_path / "backup")
        assert not (tmp_path / "backup").exists()
        return
    take_backup(Settings(data=data), tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / "data" / "journal.db")) as copy:
        assert dict(copy.execute("SELECT * FROM cursors"))["settled"] == "7"


def killed(what: str, data: Path, backup: Path, function: str, call: int) -> int:
    """Take or restore a backup in a process that is killed at a call; return its exit code."""
    words = [what, str(data), str(backup), function, str(call)]
    return subprocess.run(
        [sys.executable, "-m", "tests.hub.backup.killed", *words], check=False, timeout=60
    ).returncode


def test_a_backup_that_was_killed_is_refused_and_can_be_repeated(
    data: Path, tmp_path: Path
) -> None:
    """A half backup never has the name of a whole one, and leaves nothing in the way."""
    backup, half = tmp_path / "backup", tmp_path / "backup.unfinished"
    assert killed("take", data, backup, "hub.backup.copying:copy_file", 9) == -signal.SIGKILL
    assert not backup.exists()
    with pytest.raises(BackupError, match="unfinished"):
        restore_backup(Settings(data=tmp_path / "fresh"), half)
    take_backup(Settings(data=data), backup)
    assert not half.exists()
    restore_backup(Settings(data=tmp_path / "fresh"), backup)


@pytest.mark.parametrize(
    ("function", "call"),
    [("hub.backup.restore:copy_file", 3), ("pathlib:Path.rename", 4)],
)
def test_a_restore_that_was_killed_starts_nothing_and_can_be_repeated(
    data: Path, tmp_path: Path, function: str, call: int
) -> None:
    """No process of the hub starts on a part of a backup; the same command completes it."""
    backup, fresh = tmp_path / "backup", tmp_path / "fresh"
    take_backup(Settings(data=data), backup)
    assert killed("restore", fresh, backup, function, call) == -signal.SIGKILL
    with pytest.raises(UnfinishedRestoreError, match="repeat"):
        acquire_lock(fresh, "serve")
    restore_backup(Settings(data=fresh), backup)
    lock = acquire_lock(fresh, "serve")
    assert lock
    lock.close()
    assert (fresh / "staff.yaml").read_bytes() == (data / "staff.yaml").read_bytes()
    assert not DataPaths(fresh).unfinished_restore.exists()


def test_the_links_of_a_killed_backup_are_deleted(data: Path, tmp_path: Path) -> None:
    """They would keep old parts on the disk for ever; the backup itself does not have them."""
    frozen = DataPaths(data).frozen
    (frozen / "store" / "439" / "x").mkdir(parents=True)
    (frozen / "store" / "439" / "x" / "data.bin").write_bytes(b"old")
    manifest = take_backup(Settings(data=data), tmp_path / "backup")
    assert not frozen.exists()
    assert not [file.path for file in manifest.files if "shadow" in file.path]


def test_a_restore_of_another_backup_is_not_continued(data: Path, tmp_path: Path) -> None:
    """Files of two backups are never mixed."""
    first, second, fresh = tmp_path / "first", tmp_path / "second", tmp_path / "fresh"
    take_backup(Settings(data=data), first)
    (data / "staff.yaml").write_text("{}")
    take_backup(Settings(data=data), second)
    assert killed("restore", fresh, first, "pathlib:Path.rename", 3) == -signal.SIGKILL
    with pytest.raises(BackupError, match="another backup"):
        restore_backup(Settings(data=fresh), second)
    restore_backup(Settings(data=fresh), first)
    assert "李镇长" in (fresh / "staff.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", [b"\xb2\xe2.csv", b"a\\b.csv", b"a\nb.csv", b"..csv", b"a%2f.csv"])
def test_odd_names_of_dropped_files_are_kept(data: Path, tmp_path: Path, name: bytes) -> None:
    """Senders choose the names, in GBK too; none of them stops a backup or leads out of it."""
    dropped = DataPaths(data).drop / "labour_12333"
    Path(os.fsdecode(os.fsencode(dropped) + b"/" + name)).write_bytes(b"odd")
    take_backup(Settings(data=data), tmp_path / "backup")
    restore_backup(Settings(data=tmp_path / "fresh"), tmp_path / "backup")
    kept = (DataPaths(tmp_path / "fresh").drop / "labour_12333").iterdir()
    assert sorted(path.read_bytes() for path in kept if path.is_file()) == [b"a,b\n", b"odd"]


def flip(path: Path) -> None:
    """Change one bit of the middle byte of a file."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def rewritten(backup: Path, **change: object) -> None:
    """Change fields of the manifest, with a digest that fits."""
    whole = Manifest.model_validate_json((backup / MANIFEST).read_text())
    (backup / MANIFEST).write_text(whole.model_copy(update=change).written())


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file with a flipped bit": (lambda b: flip(b / "data" / "staff.yaml"), "damaged"),
    "a flipped bit in the store": (lambda b: flip(next(b.rglob("data.bin"))), "damaged"),
    "a flipped bit in the manifest": (lambda b: flip(b / MANIFEST), "damaged"),
    "a file that is cut": (lambda b: os.truncate(b / "data" / "journal.db", 100), "another size"),
    "a file that is missing": (lambda b: (b / "data" / "secrets.yaml").unlink(), "not complete"),
    "a foreign file": (lambda b: (b / "data" / "x").touch(), "does not list"),
    "a link": (lambda b: (b / "data" / "x").symlink_to("/etc/passwd"), "link"),
    "a link to a folder": (lambda b: (b / "more").symlink_to("/etc"), "link"),
    "no manifest": (lambda b: (b / MANIFEST).unlink(), "no manifest.json"),
    "a foreign manifest": (lambda b: (b / MANIFEST).write_text('{"files": []}'), "no manifest"),
    "a manifest that is a list": (lambda b: (b / MANIFEST).write_text("[]"), "no manifest"),
    "an empty manifest": (lambda b: os.truncate(b / MANIFEST, 0), "no manifest"),
    "a later version": (lambda b: rewritten(b, hub="99.0.0"), "99.0.0"),
    "a later format": (lambda b: rewritten(b, format=99), "has format 99.*install a later"),
    "a foreign database": (lambda b: rewritten(b, database="../../etc"), "no folder"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_backup_that_was_changed_is_refused(data: Path, tmp_path: Path, fault: str) -> None:
    """The data folder stays as it was, and the sentence names the file."""
    backup, fresh = tmp_path / "backup", tmp_path / "fresh"
    take_backup(Settings(data=data), backup)
    change, message = FAULTS[fault]
    change(backup)
    with pytest.raises(BackupError, match=message):
        restore_backup(Settings(data=fresh), backup)
    assert not fresh.exists() or {path.name for path in fresh.iterdir()} <= {"restore.lock"}


@pytest.mark.parametrize(
    "path",
    ["../x", "data/../../x", "/etc/x", "data/../x", "data//x", "etc/x", "data", "data\\x", ""],
)
def test_a_path_that_leaves_the_backup_is_refused(path: str) -> None:
    """Only a relative path below the folders of a backup is one."""
    with pytest.raises(ValueError, match=r"no path|none of the folders"):
        CopiedFile(path=path, size=0, sha256="")


def test_a_folder_in_use_is_refused(data: Path, tmp_path: Path) -> None:
    """Neither a restore nor a backup writes into a folder that is there."""
    backup = tmp_path / "backup"
    take_backup(Settings(data=data), backup)
    before = contents(data)
    with pytest.raises(BackupError, match="in use"):
        restore_backup(Settings(data=data), backup)
    with pytest.raises(BackupError, match="there already"):
        take_backup(Settings(data=data), backup)
    with pytest.raises(BackupError, match="inside the data folder"):
        take_backup(Settings(data=data), data / "backup")
    assert contents(data) == before


def test_a_link_as_key_file_is_followed(data: Path, tmp_path: Path) -> None:
    """An administrator's link to the keys is followed, and the backup has the keys themselves."""
    shutil.move(data / "seal.key", tmp_path / "elsewhere.key")
    (data / "seal.key").symlink_to(tmp_path / "elsewhere.key")
    take_backup(Settings(data=data), tmp_path / "backup")
    assert (tmp_path / "backup" / "data" / "seal.key").read_text() == KEY


def test_a_program_that_runs_alone_stops_the_backup(data: Path, tmp_path: Path) -> None:
    """A worker without an engine is neither a running nor a stopped hub."""
    lock = acquire_lock(data, "work")
    assert lock
    with pytest.raises(AlreadyRunningError, match="work runs already"):
        take_backup(Settings(data=data), tmp_path / "backup")
    lock.close()
    with pytest.raises(BackupError, match="HUB_CLICKHOUSE"):
        take_backup(Settings(data=data, clickhouse="http://x/"), tmp_path / "backup")
