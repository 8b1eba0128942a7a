"""The sink in trouble: a store away, read-only, or changed meanwhile; a sink taken for dead."""

import threading
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.sink import sink as sinking
from hub.sink.sink import LONGEST_PAUSE, Sink, sink_forever
from hub.store.client import Store
from tests.hub.sink.test_sink import Consumer, counts, records, sink_of

WHOLE = {"events": 2, "dispositions": 2, "cases": 1, "case_events": 3, "sink_faults": 0}


def test_a_store_that_is_away_for_long_is_waited_for_without_help(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes of it: pauses grow to a bound, nothing is read ahead, then all is stored."""
    paused: list[float] = []
    monkeypatch.setattr(sinking.time, "sleep", paused.append)
    insert = store.insert

    def away_for_ten_minutes(*args: Any) -> None:
        if sum(paused) < 600:
            raise OperationalError("Connection refused")
        insert(*args)

    monkeypatch.setattr(store, "insert", away_for_ten_minutes)
    opened: list[Consumer] = []

    class Broker(Sink):
        def _open(self) -> Any:
            opened.append(Consumer(records()))
            return opened[-1]

    sink = Broker(Settings(sink_linger=0.01), store, Meters())
    sink_forever(sink, lambda: sink.stored > 0)
    assert counts(store) == WHOLE
    assert paused == sorted(paused)
    assert paused[-1] == LONGEST_PAUSE
    # Each try reads from what was committed: nothing heaps up meanwhile.
    assert len(opened) == len(paused) + 1
    assert not any(one.committed for one in opened[:-1])
    assert sink.meters.value(Metric.SINK_WAITS) == len(paused)


def test_a_store_that_is_read_only_is_waited_for(store: Store) -> None:
    """The engine itself refuses each row; it is no row's fault."""
    read_only = Store(store.reader, store.reader)
    consumer = Consumer(records())
    with pytest.raises(ClickHouseError):
        sink_of(read_only, consumer).step()
    assert consumer.committed == {}
    assert not any(counts(store).values())
    sink_of(store, Consumer(records())).step()
    assert counts(store) == WHOLE


def test_a_sink_that_was_taken_for_dead_changes_nothing(store: Store) -> None:
    """It stores its old batch after another has stored that and more."""
    told = records()
    for half in (told[: len(told) // 2], told, told[: len(told) // 2], told[2:4]):
        sink_of(store, Consumer(half)).step()
    assert counts(store) == WHOLE
    # The case stands as its last snapshot says, whichever was stored last.
    assert store.rows("SELECT seq, reports FROM cases") == [(3, 2)]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_batches_split_in_any_way_are_the_same(store: Store, size: int) -> None:
    """Killed between any two of them, the next begins anywhere before."""
    told = records()
    for start in range(0, len(told), size):
        sink_of(store, Consumer(told[max(0, start - 1) : start + size])).step()
    assert counts(store) == WHOLE


def test_a_migration_while_rows_come_loses_none(store: Store) -> None:
    """Columns come and go under a sink that does not know of them."""
    ended, faults = threading.Event(), list[Exception]()

    def store_on() -> None:
        try:
            while not ended.is_set():
                sink_of(store, Consumer(records())).step()
        except ClickHouseError as error:
            faults.append(error)

    thread = threading.Thread(target=store_on)
    thread.start()
    try:
        for table in ("events", "cases", "case_events"):
            store.command(f"ALTER TABLE {table} ADD COLUMN later String DEFAULT 'x'")
            store.command(f"ALTER TABLE {table} DROP COLUMN later")
    finally:
        ended.set()
        thread.join()
    assert faults == []
    assert counts(store) == WHOLE
