"""Small databases: all of a transaction or nothing, and the next one is not in its way."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.runtime.sqlite import open_durable, transaction

PAGES = 30


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a database that may not grow beyond a few pages, as on a full disk."""
    found = open_durable(tmp_path / "some.db", "CREATE TABLE IF NOT EXISTS kept (body BLOB)")
    found.execute(f"PRAGMA max_page_count = {PAGES}")
    yield found
    found.close()


def kept(opened: sqlite3.Connection) -> int:
    """Return how many rows there are."""
    (count,) = opened.execute("SELECT count(*) FROM kept").fetchone()
    return int(count)


@pytest.mark.parametrize("rows", [100, 3])
def test_a_full_disk_is_got_over(opened: sqlite3.Connection, rows: int) -> None:
    """Whether SQLite has undone it already or not."""
    full = pytest.raises(sqlite3.OperationalError, match="full")
    with full, transaction(opened):
        opened.executemany("INSERT INTO kept VALUES (?)", [(bytes(200_000 // rows),)] * rows)
    assert not opened.in_transaction
    assert kept(opened) == 0
    with transaction(opened):
        opened.execute("INSERT INTO kept VALUES (?)", (b"small",))
    assert kept(opened) == 1


def test_what_fails_in_between_is_undone(opened: sqlite3.Connection) -> None:
    """Whatever it is, and it is raised."""
    missing = dict[str, bytes]()
    with pytest.raises(KeyError), transaction(opened):
        opened.executemany("INSERT INTO kept VALUES (?)", ((missing[one],) for one in ("a",)))
    assert (kept(opened), opened.in_transaction) == (0, False)
