"""Small databases 本地库 of one process: what is committed is on disk."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


def open_durable(path: Path, schema: str) -> sqlite3.Connection:
    """Open or make a database: WAL, `synchronous=FULL`, transactions said by the caller.

    Of any thread, one at a time. Only its owner may read it (mode 0600, which SQLite gives its log
    too). Raises `sqlite3.Error`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(OSError):
        # Before SQLite makes it: who may read a file is asked when it is opened.
        path.touch(0o600)
        path.chmod(0o600)
    opened = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("PRAGMA synchronous=FULL")
    opened.executescript(schema)
    return opened


@contextlib.contextmanager
def transaction(opened: sqlite3.Connection) -> Iterator[None]:
    """Do all of a block or nothing of it.

    On a full disk SQLite may have undone it already; left open, it would be in the way of the next.
    """
    opened.execute("BEGIN IMMEDIATE")
    try:
        yield
        opened.execute("COMMIT")
    except BaseException:
        if opened.in_transaction:
            opened.execute("ROLLBACK")
        raise
