"""A part of a table that a merge left broken: found, set aside, and nothing lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.store.client import Store, open_reader
from hub.store.parts import Parts

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
    """What it was made of is read again; both is said."""
    meters = Meters()
    parts = Parts(tried, client, meters)
    cut(merge(tried), pattern, to)
    with pytest.raises(ClickHouseError):
        tried.rows(ALL)
    [broken] = parts.look()
    assert (broken.table, broken.rows) == (TABLE, len(ROWS))
    assert tried.rows(ALL) == [tuple(row) for row in ROWS]
    assert tried.rows(ASIDE) == [(f"broken-on-start_{broken.name}",)]
    assert meters.value(Metric.BROKEN_PARTS, "mended") == 1
    assert parts.look() == []


def test_whole_parts_are_looked_at_once(
    tried: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is attached anew for them."""
    parts = Parts(tried, client)
    merge(tried)
    monkeypatch.setattr(tried, "attach_anew", pytest.fail)
    asked: list[str] = []
    query = client.query

    def listen(sql: str, *others: object) -> object:
        asked.append(sql)
        return query(sql, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "query", listen)
    assert parts.look() == parts.look() == []
    assert sum(TABLE in sql for sql in asked) == 1


def test_rows_that_are_gone_are_told(tried: Store, client: Client) -> None:
    """Where the parts that it was made of are gone as well, that is said and counted."""
    meters = Meters()
    parts = Parts(tried, client, meters)
    folder = merge(tried)
    first = folder.parent / "all_1_1_1"
    cut(folder, "data.cmrk*", 0)
    cut(first, "data.cmrk*", 0)
    [_] = parts.look()
    assert tried.rows(ALL) == [tuple(row) for row in ROWS[10:]]
    assert meters.value(Metric.BROKEN_PARTS, "lacking") == 1


def test_a_table_that_could_not_be_attached_is_attached_at_the_next_look(
    tried: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may be full still when the part is found."""
    parts = Parts(tried, client)
    cut(merge(tried), "data.cmrk*", 0)
    with monkeypatch.context() as full:

        def refuse(table: str) -> None:
            tried.command(f"DETACH TABLE {table} SYNC")
            raise ClickHouseError("no space left on device")

        full.setattr(tried, "attach_anew", refuse)
        with pytest.raises(ClickHouseError, match="no space"):
            parts.look()
    parts.look()
    assert tried.rows(ALL) == [tuple(row) for row in ROWS]
