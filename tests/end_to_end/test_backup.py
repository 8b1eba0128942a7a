"""A backup that is taken while messages come in is restored to a hub that accounts for them."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.store.reader import Reader
from tests.end_to_end.running import Hub, running
from tests.end_to_end.test_crash import TWICE
from tests.integration.parts import await_true

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

DECIDED = "SELECT event_id, any(case_id) AS decided FROM dispositions GROUP BY event_id"
SETTLED = "SELECT uniqExact(receipt_id) AS n FROM settled_receipts"


def rows(hub: Hub, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    reader = Reader(hub.settings)
    try:
        return reader.rows(sql)
    finally:
        reader.close()


def test_a_backup_of_a_working_hub_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Each message of the copied journal is decided once, and as before where it was decided."""
    with running(tmp_path / "old") as old:
        day = [message for message in old.day(300, seed=5) if message.transport == "http"]
        first, second = day[: len(day) // 2], day[len(day) // 2 :]
        old.await_accounted(old.send(first))
        decided = {row["event_id"]: row["decided"] for row in rows(old, DECIDED)}
        sending = threading.Thread(target=old.send, args=(second,))
        sending.start()
        taken = old.run("backup", str(tmp_path / "backup"))
        sending.join()
        assert taken.returncode == 0, taken.stderr
        assert not list((tmp_path / "old" / "clickhouse" / "shadow").glob("*/store"))
        old.kill_all()
    with closing(sqlite3.connect(tmp_path / "backup" / "data" / "journal.db")) as journal:
        (entries,) = journal.execute("SELECT count(*) FROM entries").fetchone()
    assert entries >= len(first)
    fresh = Hub.at(tmp_path / "new")
    restored = fresh.run("restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    try:
        fresh.start()
        await_true(lambda: rows(fresh, SETTLED) == [{"n": entries}], "all entries are settled")
        after = {row["event_id"]: row["decided"] for row in rows(fresh, DECIDED)}
        assert decided.items() <= after.items()
        counts = {row["what"]: row["n"] for row in rows(fresh, TWICE)}
        assert not any(counts.values()), counts
    finally:
        fresh.kill_all()
