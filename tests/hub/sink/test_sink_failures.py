"""The sink with failures: a store that is down, read-only or being migrated, and a stale sink."""

import threading
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.sink import sink as sinking
from hub.sink.sink import MAX_PAUSE, Sink, sink_forever
from hub.store.client import Store
from tests.hub.sink.test_sink import Consumer, counts, records, sink_of

WHOLE = {"events": 2, "dispositions": 2, "cases": 1, "case_events": 3, "sink_faults": 0}


def test_the_sink_recovers_when_the_store_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In ten minutes without a store, pauses grow to a limit, and the sink reads nothing ahead."""
    paused: list[float] = []
    monkeypatch.setattr(sinking.time, "sleep", paused.append)
    insert = store.insert_columns

    def away_for_ten_minutes(*args: Any) -> None:
        if sum(paused) < 600:
            raise OperationalError("Connection refused")
        insert(*args)

    monkeypatch.setattr(store, "insert_columns", away_for_ten_minutes)
    opened: list[Consumer] = []

    class Broker(Sink):
        def _open(self) -> Any:
            opened.append(Consumer(records()))
            return opened[-1]

    sink = Broker(Settings(sink_linger=0.01), store, Meters())
    sink_forever(sink, lambda: sink.stored > 0)
    assert counts(store) == WHOLE
    assert paused == sorted(paused)
    assert paused[-1] == MAX_PAUSE
    # Each retry opens a consumer at the committed offsets, so no records pile up in memory.
    assert len(opened) == len(paused) + 1
    assert not any(consumer.committed for consumer in opened[:-1])
    assert sink.meters.value(Metric.SINK_WAITS) == len(paused)


def test_the_sink_waits_for_a_read_only_store(store: Store) -> None:
    """The refusal of a read-only engine is no fault of a row."""
    read_only = Store(store.reader, store.reader)
    consumer = Consumer(records())
    with pytest.raises(ClickHouseError):
        sink_of(read_only, consumer).step()
    assert consumer.committed == {}
    assert not any(counts(store).values())
    sink_of(store, Consumer(records())).step()
    assert counts(store) == WHOLE


def test_a_stale_sink_changes_nothing(store: Store) -> None:
    """A sink may store an old batch again after another sink has stored it and more."""
    polled = records()
    half = polled[: len(polled) // 2]
    for batch in (half, polled, half, polled[2:4]):
        sink_of(store, Consumer(batch)).step()
    assert counts(store) == WHOLE
    # The last snapshot of the case counts, in whatever order snapshots were stored.
    assert store.rows("SELECT seq, reports FROM cases") == [(3, 2)]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_size_of_batches_does_not_matter(store: Store, size: int) -> None:
    """A sink that is killed between two batches stores some records again."""
    polled = records()
    for start in range(0, len(polled), size):
        sink_of(store, Consumer(polled[max(0, start - 1) : start + size])).step()
    assert counts(store) == WHOLE


def test_a_migration_during_inserts_loses_no_row(store: Store) -> None:
    """The sink goes on while columns that it does not know are added and dropped."""
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
