"""Restores a backup 恢复 into an empty data folder.

The files are copied into a folder of the data folder, and each is compared with the manifest. Once
all are there they are moved to their places. A restore that is killed leaves that folder, beside
which no process of the hub starts; the same command then begins or continues.
"""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from hub.backup.copying import copy_file
from hub.backup.manifest import (
    DATA,
    MODELS,
    TOWN,
    BackupError,
    CopiedFile,
    Manifest,
    read_manifest,
    require_only_listed,
)
from hub.runtime.errors import sentence_of
from hub.runtime.lock import RESTORE_LOCK, acquire_lock
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.settings import Settings

COMPLETE = "complete"
"""File in the folder of an unfinished restore: all files are there and wait to be moved.

It has the digest of the backup's manifest.
"""
IGNORED = ("lost+found", f"{RESTORE_LOCK}.lock")
"""Entries that an empty data folder may have."""


def restore_backup(settings: Settings, backup: Path) -> tuple[Manifest, list[str]]:
    """Restore a backup into the data folder; return its manifest, and what remains to be done.

    Raises `BackupError` before anything is written if the data folder is not empty, or if the
    backup is not complete, was changed, or is of a later version of the hub.
    """
    _require_apart(settings.data, backup)
    manifest = read_manifest(backup, version("minqing-hub"))
    require_only_listed(backup, manifest)
    paths = DataPaths(settings.data)
    _require_empty(paths, manifest)
    try:
        lock = acquire_lock(settings.data, RESTORE_LOCK)
        if not (paths.unfinished_restore / COMPLETE).exists():
            _copy_all(paths, backup, manifest)
        _move_all(paths)
        if lock:
            lock.close()
    except OSError as error:
        raise BackupError(f"the backup was not restored: {sentence_of(error)}") from error
    return manifest, list(_remaining(settings))


def _require_apart(data: Path, backup: Path) -> None:
    """Raise `BackupError` if one folder is in the other: a restore would change the backup."""
    ours, theirs = data.resolve(), backup.resolve()
    if ours.is_relative_to(theirs):
        raise BackupError(f"{data} is inside the backup; set HUB_DATA to a new folder outside it")
    if theirs.is_relative_to(ours):
        raise BackupError(f"{backup} is inside the data folder; set HUB_DATA to a new folder")


def _digest_of_complete(complete: Path) -> str:
    """Return the digest that an interrupted restore has written."""
    try:
        return complete.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{complete} is damaged; set HUB_DATA to a new folder") from error


def _require_empty(paths: DataPaths, manifest: Manifest) -> None:
    data, unfinished = paths.data, paths.unfinished_restore
    if (unfinished / COMPLETE).exists():
        if _digest_of_complete(unfinished / COMPLETE) != manifest.digest:
            raise BackupError(f"{data} has a part of another backup: restore that, or delete it")
        return
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise BackupError(f"{data} is no folder; set HUB_DATA to a new folder")
    present = {path.name for path in data.iterdir()} if data.exists() else set()
    if present - {unfinished.name, *IGNORED}:
        raise BackupError(
            f"{data} is in use: it has {sorted(present)[0]}; set HUB_DATA to a new folder"
        )


def _copy_all(paths: DataPaths, backup: Path, manifest: Manifest) -> None:
    """Copy every file and compare it with the manifest; delete the copies if one differs."""
    unfinished = paths.unfinished_restore
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        _require_room(paths, manifest)
        for file in manifest.files:
            _copy_checked(backup, file, unfinished / _place(paths, file.path))
        _link_database(unfinished / paths.clickhouse.name, manifest.database)
    except (OSError, BackupError):
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    os.sync()
    write_private(unfinished / COMPLETE, manifest.digest)


def _require_room(paths: DataPaths, manifest: Manifest) -> None:
    needed = sum(file.size for file in manifest.files)
    free = shutil.disk_usage(paths.data).free
    if free < needed:
        raise BackupError(f"{paths.data} has {free} free bytes, and the backup needs {needed}")


def _copy_checked(backup: Path, file: CopiedFile, target: Path) -> None:
    if copy_file(backup / file.path, target) != (file.size, file.sha256):
        raise BackupError(f"{backup / file.path} is damaged; take another backup")


def _place(paths: DataPaths, name: str) -> str:
    """Return where a file of the backup belongs, below the data folder."""
    folder, _, below = name.partition("/")
    places = {TOWN: paths.restored_town.name, MODELS: paths.restored_models.name}
    return below if folder == DATA else f"{places[folder]}/{below}"


def _link_database(store: Path, database: str) -> None:
    """Make the link by which the engine finds its database."""
    if database:
        metadata = store / "metadata"
        metadata.mkdir(parents=True, exist_ok=True, mode=0o700)
        (metadata / "default").symlink_to(Path("..") / database)


def _move_all(paths: DataPaths) -> None:
    """Move every entry to its place; may be repeated after it was interrupted."""
    unfinished = paths.unfinished_restore
    for path in sorted(unfinished.iterdir()):
        if path.name != COMPLETE:
            path.rename(unfinished.with_name(path.name))
    os.sync()
    shutil.rmtree(unfinished)


def _remaining(settings: Settings) -> Iterator[str]:
    paths = DataPaths(settings.data)
    # Earlier versions wrote has_key without looking at the files.
    if not paths.seal_key.exists():
        where = settings.key_file or paths.seal_key
        yield f"copy the keys that seal personal data to {where}: the backup has none"
    for setting, configured, restored in (
        ("HUB_KEY_FILE", settings.key_file, paths.seal_key),
        ("HUB_SECRETS_FILE", settings.secrets_file, paths.secrets),
        ("HUB_FEEDBACK_FILE", settings.feedback_file, paths.feedback_addresses),
    ):
        if configured and restored.exists():
            yield f"{setting} is set: move {restored} to {configured}, or unset it"
    for setting, configured_folder, folder in (
        ("HUB_TOWN", settings.town, paths.restored_town),
        ("HUB_MODELS", settings.models, paths.restored_models),
    ):
        if folder.exists() and configured_folder.resolve() != folder.resolve():
            yield f"set {setting} to {folder}"
    yield "set the other HUB_ settings as they were; no backup has them"
