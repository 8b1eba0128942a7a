"""A data part that a merge left broken is found and detached, and no rows are lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.store.client import Store, open_reader
from hub.store.parts import BrokenPartMonitor

TABLE = "parts_tried"
ALL = f"SELECT number, text FROM {TABLE} ORDER BY number"
FOLDER = (
    f"SELECT path FROM system.parts WHERE table = '{TABLE}' AND active"
    " AND min_block_number != max_block_number"
)
ASIDE = f"SELECT name FROM system.detached_parts WHERE table = '{TABLE}'"
ROWS = [[number, f"第{number}号路灯不亮"] for number in range(30)]


@pytest.fixture
def tried(engine: Store) -> Iterator[Store]:
    """Return the engine with a table of three parts."""
    engine.command(
        f"CREATE TABLE {TABLE} (number UInt32, text String)"
        " ENGINE = ReplacingMergeTree ORDER BY number"
    )
    engine.command(f"SYSTEM STOP MERGES {TABLE}")
    for begin in range(0, len(ROWS), 10):
        engine.insert(TABLE, ["number", "text"], ROWS[begin : begin + 10])
    yield engine
    engine.command(f"DROP TABLE {TABLE} SYNC")


@pytest.fixture
def client(engine_settings: Settings) -> Iterator[Client]:
    """Return another reader of the engine."""
    opened = open_reader(engine_settings)
    yield opened
    opened.close()


def merge(store: Store) -> Path:
    """Merge all into one part; return its folder."""
    store.command(f"SYSTEM START MERGES {TABLE}")
    store.command(f"OPTIMIZE TABLE {TABLE} FINAL")
    [(folder,)] = store.rows(FOLDER)
    return Path(folder)


def cut(folder: Path, pattern: str, to: int) -> None:
    """Leave a file of a part as a full disk does."""
    [file] = folder.glob(pattern)
    with file.open("r+b") as opened:
        opened.truncate(to)


@pytest.mark.parametrize(("pattern", "to"), [("data.cmrk*", 0), ("data.cmrk*", 1), ("*.bin", 40)])
def test_a_part_that_a_merge_left_broken_is_set_aside(
    tried: Store, client: Client, pattern: str, to: int
) -> None:
    """The source parts are read again and the repair is counted."""
    meters = Meters()
    parts = BrokenPartMonitor(tried, client, meters)
    cut(merge(tried), pattern, to)
    with pytest.raises(ClickHouseError):
        tried.rows(ALL)
    [broken] = parts.check()
    assert (broken.table, broken.rows) == (TABLE, len(ROWS))
    assert tried.rows(ALL) == [tuple(row) for row in ROWS]
    assert tried.rows(ASIDE) == [(f"broken-on-start_{broken.name}",)]
    assert meters.value(Metric.BROKEN_PARTS, "mended") == 1
    assert parts.check() == []


def test_whole_parts_are_checked_once(
    tried: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Intact parts are checked once and no table is reattached."""
    parts = BrokenPartMonitor(tried, client)
    merge(tried)
    monkeypatch.setattr(tried, "reattach", pytest.fail)
    statements: list[str] = []
    query = client.query

    def listen(sql: str, *others: object) -> object:
        statements.append(sql)
        return query(sql, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "query", listen)
    assert parts.check() == parts.check() == []
    assert sum(TABLE in sql for sql in statements) == 1


def test_missing_rows_are_counted(tried: Store, client: Client) -> None:
    """If the source parts are broken too, the missing rows are counted."""
    meters = Meters()
    parts = BrokenPartMonitor(tried, client, meters)
    folder = merge(tried)
    first = folder.parent / "all_1_1_1"
    cut(folder, "data.cmrk*", 0)
    cut(first, "data.cmrk*", 0)
    [_] = parts.check()
    assert tried.rows(ALL) == [tuple(row) for row in ROWS[10:]]
    assert meters.value(Metric.BROKEN_PARTS, "lacking") == 1


def test_a_table_that_could_not_be_attached_is_attached_at_the_next_check(
    tried: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that could not be reattached is reattached by the next check."""
    parts = BrokenPartMonitor(tried, client)
    cut(merge(tried), "data.cmrk*", 0)
    with monkeypatch.context() as full:

        def refuse(table: str) -> None:
            tried.command(f"DETACH TABLE {table} SYNC")
            raise ClickHouseError("no space left on device")

        full.setattr(tried, "reattach", refuse)
        with pytest.raises(ClickHouseError, match="no space"):
            parts.check()
    parts.check()
    assert tried.rows(ALL) == [tuple(row) for row in ROWS]
