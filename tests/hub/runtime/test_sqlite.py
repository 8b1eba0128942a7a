"""Transactions of small databases: all or nothing, and the next transaction can begin."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.runtime.sqlite import open_durable, transaction

PAGES = 30


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a database that cannot grow beyond a few pages, as on a full disk."""
    connection = open_durable(tmp_path / "some.db", "CREATE TABLE IF NOT EXISTS kept (body BLOB)")
    connection.execute(f"PRAGMA max_page_count = {PAGES}")
    yield connection
    connection.close()


def count_rows(opened: sqlite3.Connection) -> int:
    """Return the number of rows."""
    (count,) = opened.execute("SELECT count(*) FROM kept").fetchone()
    return int(count)


@pytest.mark.parametrize("rows", [100, 3])
def test_the_next_transaction_works_after_a_full_disk(
    opened: sqlite3.Connection, rows: int
) -> None:
    """It works whether SQLite has rolled back already or not."""
    full = pytest.raises(sqlite3.OperationalError, match="full")
    with full, transaction(opened):
        opened.executemany("INSERT INTO kept VALUES (?)", [(bytes(200_000 // rows),)] * rows)
    assert not opened.in_transaction
    assert count_rows(opened) == 0
    with transaction(opened):
        opened.execute("INSERT INTO kept VALUES (?)", (b"small",))
    assert count_rows(opened) == 1


def test_a_failed_block_is_rolled_back(opened: sqlite3.Connection) -> None:
    """Any exception rolls back, and is raised."""
    missing = dict[str, bytes]()
    with pytest.raises(KeyError), transaction(opened):
        opened.executemany("INSERT INTO kept VALUES (?)", ((missing[key],) for key in ("a",)))
    assert (count_rows(opened), opened.in_transaction) == (0, False)
