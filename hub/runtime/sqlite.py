"""Small SQLite databases 本地库 of one process: a committed transaction is on disk."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


def open_durable(path: Path, schema: str) -> sqlite3.Connection:
    """Open or create a database with WAL and `synchronous=FULL`; the caller begins transactions.

    Any thread may use the connection, one at a time. Only the owner may read the file (mode 0600;
    SQLite gives its log files the same mode). Raises `sqlite3.Error`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(OSError):
        # Before SQLite creates it: a process that opens it in between could read it for ever.
        path.touch(0o600)
        path.chmod(0o600)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(schema)
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run a block as one transaction: all of its changes are committed, or none.

    On a full disk SQLite may have rolled back already. An open transaction is rolled back here, so
    that the next one can begin.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
