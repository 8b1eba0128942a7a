"""The sink with the real engine: idempotent inserts, isolated bad rows, offsets committed last."""

from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.sink.sink import Sink, _newest_versions
from hub.store.client import Store
from hub.store.migrate import migrate
from schemas.topic import DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event


class Consumer:
    """A consumer with fixed records, which remembers the committed offsets."""

    def __init__(self, records: list[Any]) -> None:
        self.records = records
        self.committed: dict[Any, int] = {}

    def gather(self, first_ms: int, linger: float, most: int) -> list[Any]:
        """Return all records at the first call, and none later."""
        assert first_ms
        assert most
        assert linger >= 0
        records, self.records = self.records, []
        return records

    def commit(self, offsets: dict[Any, int]) -> None:
        """Remember the offsets."""
        self.committed |= offsets

    def end(self, part: Any) -> int:
        """Return the end offset: the partition has one record more than this consumer returned."""
        return self.committed[part] + 1

    def close(self) -> None:
        """Do nothing: no connection is open."""


def records() -> list[Any]:
    """Return the records of two reports about one matter, as a consumer returns them."""
    state, polled = PartitionState(), list[Any]()
    for report in (event("a"), event("b", minutes=5)):
        effects = step(state, report, REGISTER)
        state.apply(effects)
        polled += [
            SimpleNamespace(
                topic=record.topic,
                partition=0,
                offset=len(polled) + index,
                value=record.value,
                headers=record.headers,
            )
            for index, record in enumerate((EVENTS.record(report), *RecordBatch.of([effects])))
        ]
    return polled


def sink_of(store: Store, consumer: Consumer) -> Sink:
    """Return a sink that reads from `consumer`."""
    sink = Sink(Settings(sink_linger=0.01), store, Meters())
    sink.consumer = consumer
    return sink


def counts(store: Store) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = ("events", "dispositions", "cases", "case_events", "sink_faults")
    return {name: store.rows(f"SELECT count() FROM {name}")[0][0] for name in tables}


def test_a_record_that_is_read_twice_counts_once(store: Store) -> None:
    """The same records in a second batch, in another order, add no rows."""
    sink_of(store, Consumer(records())).step()
    once = counts(store)
    assert once == {"events": 2, "dispositions": 2, "cases": 1, "case_events": 3, "sink_faults": 0}
    sink_of(store, Consumer(records()[::-1])).step()
    assert counts(store) == once


def test_a_bad_record_does_not_block_its_batch(store: Store) -> None:
    """A value that is no body goes to `sink_faults` with topic, partition and offset."""
    bad = SimpleNamespace(
        topic=DISPOSITIONS.name, partition=3, offset=77, value=b"\xff{", headers=[]
    )
    assert sink_of(store, Consumer([*records(), bad])).step() == len(records()) + 1
    assert counts(store)["events"] == 2
    faults = store.rows("SELECT topic, partition, record_offset, value FROM sink_faults")
    assert faults == [(DISPOSITIONS.name, 3, 77, "/3s=")]


def test_a_row_that_the_store_refuses_is_bisected_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other rows of the batch are stored, and the refused record goes to `sink_faults`."""
    insert = store.insert_columns

    def refuse(table: str, columns: dict[str, list[Any]]) -> None:
        if table == "events" and "b" in columns["native_id"]:
            raise DatabaseError("Code: 53. DB::Exception: this row is refused. (TYPE_MISMATCH)")
        insert(table, columns)

    monkeypatch.setattr(store, "insert_columns", refuse)
    sink_of(store, Consumer(records())).step()
    others = {"dispositions": 2, "cases": 1, "case_events": 3}
    assert counts(store) | {"cases": 1} == {"events": 1, "sink_faults": 1, **others}


def test_offsets_are_committed_only_after_the_insert(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store is down nothing is committed; later the same records are stored."""

    def away(*_: Any) -> None:
        raise OperationalError("away")

    consumer = Consumer(records())
    sink = sink_of(store, consumer)
    with monkeypatch.context() as broken:
        broken.setattr(store, "insert_columns", away)
        broken.setattr(store, "rows", away)
        with pytest.raises(OperationalError):
            sink.step()
    assert consumer.committed == {}
    consumer.records = records()
    sink.consumer = consumer
    sink.step()
    assert set(consumer.committed.values()) >= {len(records())}
    assert counts(store)["events"] == 2
    assert sink.meters.value(Metric.STORED, "events") == 2
    assert sink.meters.value(Metric.BEHIND, EVENTS.name) == 1


@pytest.mark.parametrize(
    "message",
    [
        "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)",
        "Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)",
        "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)",
        "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)",
        "Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS)",
        "something that nobody has seen before",
    ],
)
def test_an_error_of_the_store_is_no_fault_of_a_row(
    store: Store, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    """If the store answers queries but refuses all inserts, no record goes to `sink_faults`."""

    def refuse(*_: Any) -> None:
        raise DatabaseError(message)

    consumer = Consumer(records())
    sink = sink_of(store, consumer)
    with monkeypatch.context() as broken:
        broken.setattr(store, "insert_columns", refuse)
        with pytest.raises(DatabaseError):
            sink.step()
    assert consumer.committed == {}
    assert not any(counts(store).values())


def test_migrations_are_applied_once(store: Store) -> None:
    """A second start applies no migration."""
    assert migrate(store) == []


def test_the_latest_snapshot_of_a_case_is_stored_in_any_order() -> None:
    """An older snapshot that is read after a newer one does not replace it."""
    cases = next(table for table in TABLES if table.name == "cases")
    versions = [("a", 2), ("b", 1), ("a", 1), ("a", 3), ("a", 3), ("b", 1)]
    read: list[Any] = [
        (None, SimpleNamespace(case_id=name, seq=seq, kept=())) for name, seq in versions
    ]
    newest = [(body.case_id, body.seq) for _, body in _newest_versions(cases, read)]
    assert newest == [("a", 3), ("b", 1)]
    entries = next(table for table in TABLES if table.name == "case_events")
    assert _newest_versions(entries, read) == read
