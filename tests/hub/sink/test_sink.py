"""The sink against the real engine: idempotent, a bad row costs only itself, offsets come last."""

from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from hub.runtime.metrics import Meters, Metric
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.sink.sink import Sink, _newest
from hub.store.client import Store
from hub.store.migrate import migrate
from schemas.topic import DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event


class Consumer:
    """A consumer whose records are given, and which remembers what was committed."""

    def __init__(self, records: list[Any]) -> None:
        self.records = records
        self.committed: dict[Any, int] = {}

    def poll(self, timeout_ms: int) -> dict[str, list[Any]]:
        """Return all at once, and nothing after that."""
        assert timeout_ms
        given, self.records = self.records, []
        return {"": given}

    def commit(self, offsets: dict[Any, int]) -> None:
        """Keep the offsets."""
        self.committed |= offsets

    def end(self, part: Any) -> int:
        """Return where the partition ends: one record beyond those that are given."""
        return self.committed[part] + 1

    def close(self) -> None:
        """Nothing is open."""


def records() -> list[Any]:
    """Return the records of two reports of one matter, as the broker would give them."""
    state, found = PartitionState(), list[Any]()
    for told in (event("a"), event("b", minutes=5)):
        effects = step(state, told, REGISTER)
        state.apply(effects)
        values = [(EVENTS.name, told.model_dump_json().encode())]
        values += [(record.topic, record.value) for record in RecordBatch.of([effects])]
        found += [
            SimpleNamespace(topic=topic, partition=0, offset=len(found) + index, value=value)
            for index, (topic, value) in enumerate(values)
        ]
    return found


def sink_of(store: Store, consumer: Consumer) -> Sink:
    """Return a sink that reads from `consumer`."""
    sink = Sink(Settings(sink_linger=0.01), store, Meters())
    sink.consumer = consumer
    return sink


def counts(store: Store) -> dict[str, int]:
    """Return how many ids each table has."""
    tables = ("events", "dispositions", "cases", "case_events", "sink_faults")
    return {name: store.rows(f"SELECT count() FROM {name}")[0][0] for name in tables}


def test_what_comes_twice_counts_once(store: Store) -> None:
    """The same records in two batches, the second in another order, are the same rows."""
    sink_of(store, Consumer(records())).step()
    once = counts(store)
    assert once == {"events": 2, "dispositions": 2, "cases": 1, "case_events": 3, "sink_faults": 0}
    sink_of(store, Consumer(records()[::-1])).step()
    assert counts(store) == once


def test_one_bad_row_costs_only_itself(store: Store) -> None:
    """Bytes that are no record of ours are kept in `sink_faults` with where they came from."""
    bad = SimpleNamespace(topic=DISPOSITIONS.name, partition=3, offset=77, value=b"\xff{")
    assert sink_of(store, Consumer([*records(), bad])).step() == len(records()) + 1
    assert counts(store)["events"] == 2
    told = store.rows("SELECT topic, partition, record_offset, value FROM sink_faults")
    assert told == [(DISPOSITIONS.name, 3, 77, "/3s=")]


def test_a_row_that_the_store_refuses_is_bisected_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other rows of its batch are stored, and its bytes are kept."""
    insert = store.insert

    def refuse(table: str, columns: list[str], rows: list[list[Any]]) -> None:
        if table == "events" and any("b" in row for row in rows):
            raise DatabaseError("Code: 53. DB::Exception: this row is refused. (TYPE_MISMATCH)")
        insert(table, columns, rows)

    monkeypatch.setattr(store, "insert", refuse)
    sink_of(store, Consumer(records())).step()
    assert counts(store) | {"cases": 1} == {
        "events": 1, "dispositions": 2, "cases": 1, "case_events": 3, "sink_faults": 1
    }  # fmt: skip


def test_offsets_are_committed_after_the_insert_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is away commits nothing; the same records are stored once it is back."""

    def away(*_: Any) -> None:
        raise OperationalError("away")

    consumer = Consumer(records())
    sink = sink_of(store, consumer)
    with monkeypatch.context() as broken:
        broken.setattr(store, "insert", away)
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
    "said",
    [
        "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)",
        "Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)",
        "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)",
        "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)",
        "Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS)",
        "something that nobody has seen before",
    ],
)
def test_a_store_that_cannot_store_blames_no_row(
    store: Store, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """It answers questions, and takes no rows: they wait, none of them goes to `sink_faults`."""

    def refuse(*_: Any) -> None:
        raise DatabaseError(said)

    consumer = Consumer(records())
    sink = sink_of(store, consumer)
    with monkeypatch.context() as broken:
        broken.setattr(store, "insert", refuse)
        with pytest.raises(DatabaseError):
            sink.step()
    assert consumer.committed == {}
    assert not any(counts(store).values())


def test_migrations_are_applied_once(store: Store) -> None:
    """A second start finds nothing to do."""
    assert migrate(store) == []


def test_of_several_snapshots_the_latest_is_stored_in_whatever_order() -> None:
    """A record that comes again after its successor does not replace it."""
    cases = next(table for table in TABLES if table.name == "cases")
    told = [("a", 2), ("b", 1), ("a", 1), ("a", 3), ("a", 3), ("b", 1)]
    read: list[Any] = [(None, SimpleNamespace(case_id=one, seq=seq)) for one, seq in told]
    kept = [(body.case_id, body.seq) for _, body in _newest(cases, read)]
    assert kept == [("a", 3), ("b", 1)]
    entries = next(table for table in TABLES if table.name == "case_events")
    assert _newest(entries, read) == read
