"""Reads which keys a journal needs 日志的密钥, without opening sealed entries."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.journal.schema import SEALED_WHOLE
from hub.runtime.paths import DataPaths
from hub.security.keyring import key_path, make_sealer
from hub.security.sealing import Sealer, SealError
from hub.settings.journal import JournalSettings

CLEAR = ""
"""The key id of entries that an older version stored unsealed."""
UNREADABLE = "?"
"""The key id for a journal whose keys cannot be read now."""
LOCK_SECONDS = 30.0
COUNT = "SELECT coalesce(key, ''), count(*) FROM {table} GROUP BY key"


def journal_path(settings: JournalSettings) -> Path:
    """Return the path of the intake's journal."""
    return DataPaths(settings.data).journal


def sealed_entries(path: Path) -> dict[str, int]:
    """Return how many entries each key has sealed; unsealed ones count for `CLEAR`.

    Without a file it is empty. Raises `sqlite3.DatabaseError` if the file is damaged.
    """
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return _counted(db)


def is_sealed_whole(path: Path) -> bool:
    """Return whether all of the file, with its free pages, is sealed; raises as above."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] == SEALED_WHOLE)


@contextlib.contextmanager
def held_journal(path: Path) -> Iterator[Mapping[str, int]]:
    """Lock the journal against writers; yields the result of `sealed_entries`."""
    if not path.exists():
        yield {}
        return
    with contextlib.closing(
        sqlite3.connect(path, isolation_level=None, timeout=LOCK_SECONDS)
    ) as db:
        db.execute("BEGIN IMMEDIATE")
        yield _counted(db)
        db.execute("ROLLBACK")


def _counted(db: sqlite3.Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in ("entries", "damaged"):
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if "key" in columns:
            rows = db.execute(COUNT.format(table=table)).fetchall()
        else:
            # There is no such table, or an old version wrote it, which sealed nothing.
            rows = db.execute(f"SELECT '', count(*) FROM {table}").fetchall() if columns else []  # noqa: S608
        for key, count in rows:
            counts[key] = counts.get(key, 0) + count
    return {key: count for key, count in counts.items() if count}


def check_keys(path: Path, sealer: Sealer, where: Path) -> None:
    """Raise `SealError` if the journal has entries of a key that is not in the ring."""
    check_known(path, sealed_entries(path), sealer, where)


def check_known(path: Path, entries: Mapping[str, int], sealer: Sealer, where: Path) -> None:
    """Do the same for entries that were counted by key."""
    for key_id, count in entries.items():
        if key_id not in (CLEAR, UNREADABLE, *sealer.key_ids):
            raise SealError(
                f"{count} entries of {path} were sealed with key {key_id}, which is not in {where}:"
                " put its line back from your copy, and start again; nothing was changed"
            )


def sealer_of(settings: JournalSettings) -> Sealer:
    """Return the sealer. Creates a key only if the journal needs no existing one.

    Raises `SealError` if a key that the journal needs is missing.
    """
    path, where = journal_path(settings), key_path(settings)
    needed = _needed_keys(path)
    if not where.exists() and needed:
        raise SealError(
            f"{path} was sealed with a key that is missing: copy the key to {where}, or set"
            " HUB_KEY_FILE to its path, and start again; nothing was changed"
        )
    sealer = make_sealer(settings)
    check_known(path, needed, sealer, where)
    return sealer


def _needed_keys(path: Path) -> dict[str, int]:
    try:
        return {key: count for key, count in sealed_entries(path).items() if key != CLEAR}
    except sqlite3.DatabaseError:
        # The file is damaged, or an intake that is sealing it has locked it. It may need a key.
        return {UNREADABLE: 0}
