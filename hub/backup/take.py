"""Takes a backup 备份 of a data folder, also while the hub runs.

The parts are copied against the flow of the data: store, outbox, redo log, journal. So each record
of a copy has its cause in a copy that is newer. What a copy lacks is published again at the first
start, under the same ids, as after a crash (docs/backup.md). Two things are kept from before the
store is copied: the cursor up to which the store has everything, and the batches of the redo log.
"""

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.backup.copying import Copies, plain_files, size_of
from hub.backup.folders_in_use import require_same_folders
from hub.backup.manifest import DATA, FORMAT, MANIFEST, MODELS, TOWN, BackupError, Manifest
from hub.feedback.addresses import addresses_path
from hub.recovery.resend import SETTLED
from hub.runtime.errors import sentence_of
from hub.runtime.lock import LOCK_NAMES, acquire_lock, lock_holder
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.security.credentials import credentials_path
from hub.security.keyring import key_path
from hub.settings import Settings
from hub.settings.town import SHIPPED_MODELS, SHIPPED_TOWN
from hub.store.engine_client import ask_engine
from hub.worker.redo_log import RETENTION_SECONDS

UNFINISHED = ".unfinished"
WRITTEN = re.compile(rf"{DATA}|{TOWN}|{MODELS}|{re.escape(MANIFEST)}(\.\d+\.new)?")
"""Names of all that a backup writes into its folder; `.new` is a manifest that is half written."""
SPARE_BYTES = 64 * 1024 * 1024
"""Bytes of disk that stay free beside the backup."""
DEFINITIONS = ("store/*/*/*.sql", "store/*/*/format_version.txt", "store/*/*/mutation_*.txt")
"""Files of the store that are not in its parts: tables, and changes of rows that go on."""
ONLY_EMBEDDED = (
    "hub backup copies the embedded store and broker; with HUB_CLICKHOUSE or HUB_KAFKA use the"
    " tools of the server and of the brokers, then copy the data folder (docs/backup.md)"
)
EVER_WRITTEN = "SELECT 1 FROM sqlite_sequence WHERE name = 'entries'"
FIRST_AFTER = "SELECT min(seq) FROM entries WHERE seq > ?"


@dataclass(frozen=True, slots=True)
class Start:
    """What is read before anything is copied.

    `settled` is the cursor of the journal up to which the store has everything, `first` the number
    of the first entry after it (0: none), `keys` the lines of the key file.
    """

    settled: int
    first: int
    keys: frozenset[str]
    at: float


def take_backup(settings: Settings, target: Path, *, with_key: bool = True) -> Manifest:
    """Copy everything that the hub must keep into the new folder `target`; return its manifest.

    Until it is complete the folder's name ends in `.unfinished`. Raises `BackupError`.
    """
    if settings.clickhouse or not settings.embedded_broker:
        raise BackupError(ONLY_EMBEDDED)
    _check_target(settings, target)
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with _held(settings) as running:
            if with_key:
                _require_keys(settings)
            _clear(unfinished)
            unfinished.mkdir(parents=True, mode=0o700)
            copies = Copies(unfinished)
            database = _copy_all(settings, copies, running=running, with_key=with_key)
        return _finish(copies, target, database, running=running)
    except OSError as error:
        raise BackupError(f"the backup was not made: {sentence_of(error)}") from error
    except (ValueError, sqlite3.Error, ClickHouseError) as error:
        raise BackupError(f"the backup was not made: {error}") from error


def _check_target(settings: Settings, target: Path) -> None:
    if not settings.data.is_dir():
        raise BackupError(f"there is no data folder {settings.data}; set HUB_DATA")
    require_same_folders(settings)
    if target.is_symlink() or target.exists():
        raise BackupError(f"{target} is there already; name a new folder")
    for folder, words in (
        (settings.data, "the data folder"),
        (settings.town, "the folder of HUB_TOWN"),
        (settings.models, "the folder of HUB_MODELS"),
    ):
        if target.resolve().is_relative_to(folder.resolve()):
            raise BackupError(f"{target} is inside {words}; name a folder on another disk")
    if not any(plain_files(settings.town.resolve())):
        raise BackupError(f"{settings.town} has no files; set HUB_TOWN to the folder of the city")
    place = next(folder for folder in target.absolute().parents if folder.exists())
    needed = size_of(settings.data) + SPARE_BYTES
    free = shutil.disk_usage(place).free
    if free < needed:
        raise BackupError(f"{place} has {free} free bytes, and the backup needs up to {needed}")


def _clear(unfinished: Path) -> None:
    """Delete what a killed backup left; refuse a folder that has anything else."""
    if unfinished.is_symlink() or (unfinished.exists() and not unfinished.is_dir()):
        raise BackupError(f"{unfinished} is in the way and is no folder; move it away")
    present = sorted(path.name for path in unfinished.iterdir()) if unfinished.exists() else []
    if foreign := [name for name in present if not WRITTEN.fullmatch(name)]:
        raise BackupError(
            f"{unfinished} is in the way, and no backup has written its {foreign[0]!a}:"
            " move it away, or name another folder"
        )
    shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _held(settings: Settings) -> Iterator[bool]:
    """Yield whether the hub runs. A stopped hub cannot start, and no second backup can run."""
    with ExitStack() as locks:

        def hold(name: str) -> None:
            lock = acquire_lock(settings.data, name)
            if lock:
                locks.callback(lock.close)

        hold("backup")
        running = bool(lock_holder(settings.data, "serve"))
        if not running:
            for name in LOCK_NAMES:
                hold(name)
        yield running


def _copy_all(settings: Settings, copies: Copies, *, running: bool, with_key: bool) -> str:
    """Copy everything, in the order that this module argues for; return the database's folder."""
    paths, start = DataPaths(settings.data), _start(settings)
    # A dropped file is in the folder until the journal has it, so the folders come first.
    copies.folder(paths.drop, f"{DATA}/{paths.drop.name}")
    copies.folder(paths.maildir, f"{DATA}/{paths.maildir.name}")
    redo_log = f"{DATA}/{paths.redo_log.name}"
    copies.database(paths.redo_log, f"{redo_log}.before")
    try:
        if running:
            shutil.rmtree(paths.frozen, ignore_errors=True)
            ask_engine(settings, "/freeze", {})
        for path in (paths.outbox, paths.webhook_queue, paths.notice_queue):
            copies.database(path, f"{DATA}/{path.name}")
        copies.folder(paths.return_files, f"{DATA}/{paths.return_files.name}")
        _copy_redo_log(paths, copies, redo_log)
        _copy_journal(paths, copies, start)
        _copy_keys_and_settings(settings, copies, start, with_key=with_key)
        return _copy_store(paths, copies, running=running)
    finally:
        shutil.rmtree(paths.frozen, ignore_errors=True)


def _require_keys(settings: Settings) -> None:
    """Raise `BackupError` if there are no keys although the journal has or had sealed entries."""
    journal = DataPaths(settings.data).journal
    if _keys(settings) or not journal.exists():
        return
    with closing(sqlite3.connect(f"file:{journal}?mode=rw", uri=True)) as db:
        sealed = db.execute(EVER_WRITTEN).fetchone()
    if sealed:
        raise BackupError(
            f"there are no keys in {key_path(settings)}, and nobody can open the backup without"
            " them: set HUB_KEY_FILE to the file of the keys, or leave them out: --without-key"
        )


def _keys(settings: Settings) -> frozenset[str]:
    """Return the lines of the key file, none if there is no such file."""
    path = key_path(settings)
    return frozenset(path.read_text("ascii").split()) if path.is_file() else frozenset()


def _start(settings: Settings) -> Start:
    lines, journal = _keys(settings), DataPaths(settings.data).journal
    settled = first = 0
    if journal.exists():
        with closing(sqlite3.connect(f"file:{journal}?mode=rw", uri=True)) as db:
            row = db.execute("SELECT value FROM cursors WHERE name = ?", (SETTLED,)).fetchone()
            settled = int(row[0]) if row else 0
            first = int(db.execute(FIRST_AFTER, (settled,)).fetchone()[0] or 0)
    return Start(settled, first, lines, time.monotonic())


def _copy_redo_log(paths: DataPaths, copies: Copies, name: str) -> None:
    """Copy the redo log with all batches that it had before the store was copied, or has now."""
    before = copies.root / f"{name}.before"

    def add_earlier(db: sqlite3.Connection) -> None:
        db.execute("ATTACH ? AS before", (str(before),))
        db.execute("INSERT OR IGNORE INTO batches SELECT * FROM before.batches")
        db.execute("DETACH before")

    if not before.exists():
        return
    copies.database(paths.redo_log, name, add_earlier)
    before.unlink()
    copies.files = [file for file in copies.files if file.path != f"{name}.before"]


def _copy_journal(paths: DataPaths, copies: Copies, start: Start) -> None:
    """Copy the journal; the first start publishes all that the copied store may lack."""

    def reset(db: sqlite3.Connection) -> None:
        first = int(db.execute(FIRST_AFTER, (start.settled,)).fetchone()[0] or 0)
        late = time.monotonic() - start.at > RETENTION_SECONDS
        if late or (start.first and first != start.first):
            # The journal or the redo log may have deleted what the copied store lacks.
            raise BackupError("copying took too long; take the backup again, on a faster disk")
        db.execute("UPDATE cursors SET value = ? WHERE name = ?", (str(start.settled), SETTLED))

    copies.database(paths.journal, f"{DATA}/{paths.journal.name}", reset)


def _copy_keys_and_settings(
    settings: Settings, copies: Copies, start: Start, *, with_key: bool
) -> None:
    """Copy keys after everything that they seal, then accounts, models and the city's files."""
    paths, keys = DataPaths(settings.data), key_path(settings)
    if start.keys and not start.keys <= frozenset(keys.read_text("ascii").split()):
        raise BackupError("a key was dropped meanwhile; take the backup again")
    named = [
        (credentials_path(settings), paths.secrets),
        (addresses_path(settings), paths.feedback_addresses),
        *((path, path) for path in (paths.oidc_key, paths.metrics_token, paths.staff)),
        *((path, path) for path in (paths.callers, paths.webhooks, paths.notices)),
        *((path, path) for path in (paths.place_names, paths.province_readers)),
    ]
    if with_key:
        named.append((keys, paths.seal_key))
    for source, path in named:
        # The administrator may have put a link there; the hub follows it too.
        copies.file(source.resolve(), f"{DATA}/{path.name}")
    for folder in (paths.models, paths.learning, paths.digests, paths.photos):
        copies.folder(folder, f"{DATA}/{folder.name}")
    if settings.town != SHIPPED_TOWN:
        copies.folder(settings.town.resolve(), TOWN)
    if settings.models != SHIPPED_MODELS:
        copies.folder(settings.models.resolve(), MODELS)


def _copy_store(paths: DataPaths, copies: Copies, *, running: bool) -> str:
    """Copy the store's files; return the folder of its database, to which the engine has a link."""
    store, name = paths.clickhouse, f"{DATA}/{paths.clickhouse.name}"
    if running:
        for pattern in DEFINITIONS:
            for path in sorted(store.glob(pattern)):
                copies.file(path, f"{name}/{path.relative_to(store).as_posix()}")
        copies.folder(paths.frozen / "store", f"{name}/store")
    else:
        copies.folder(store / "store", f"{name}/store")
    link = store / "metadata" / "default"
    return str(Path(*link.resolve().parts[-3:]).as_posix()) if link.exists() else ""


def _finish(copies: Copies, target: Path, database: str, *, running: bool) -> Manifest:
    """Write the manifest when everything else is on disk, and give the folder its name."""
    os.sync()
    key = f"{DATA}/{DataPaths(Path()).seal_key.name}"
    manifest = Manifest(
        format=FORMAT,
        hub=version("minqing-hub"),
        engine=version("chdb"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        running=running,
        has_key=any(file.path == key for file in copies.files),
        database=database,
        files=tuple(copies.files),
    )
    manifest = manifest.model_copy(update={"digest": manifest.own_digest()})
    write_private(copies.root / MANIFEST, manifest.written())
    copies.root.rename(target)
    return manifest
