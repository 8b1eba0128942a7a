"""The sink compared with the engine 入库测量: rows a second of the same rows, stored in three ways.

The sink parses each record and inserts the rows. The client of the engine inserts parsed rows. The
engine alone copies them from a table in memory.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hub.lab.bench.city import write_city
from hub.lab.bench.events import EventGenerator
from hub.lab.bench.loops import COUNTIES
from hub.runtime.metrics import Meters
from hub.runtime.process import tune_gc
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.sink.sink import Sink
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.town.models import load_matcher
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

STAGED = "staged_for_measuring"


class ConsumedRecord(NamedTuple):
    """A record as a consumer returns it."""

    topic: str
    partition: int
    offset: int
    value: bytes
    headers: list[tuple[str, bytes]]


def measure(settings: Settings, events: int, rounds: int, seed: int) -> dict[str, float]:
    """Return the median rows a second of each way; every round has new rows."""
    by_sink, by_client, by_engine = [], [], []
    with TemporaryDirectory() as folder:
        sink_settings = settings.model_copy(update={"data": Path(folder), "clickhouse": ""})
        city = write_city(settings.town, Path(folder) / "city", COUNTIES)
        register = Register.of(city, load_matcher(settings.models))
        generator = EventGenerator(city.grids, city.places, seed)
        store = open_store(sink_settings)
        migrate(store)
        sink = Sink(sink_settings, store, Meters())
        tune_gc()
        for _ in range(rounds + 1):
            batch = list(_records(generator, events, register))
            started = time.perf_counter()
            sink.save(batch)
            seconds = time.perf_counter() - started
            rows, client, engine = _without_parsing(store, batch)
            by_sink.append(rows / seconds)
            by_client.append(rows / client)
            by_engine.append(rows / engine)
        store.close()
    figures = {"sink": by_sink, "client": by_client, "engine": by_engine}
    # The first round only warms up: it fills caches and creates files.
    return {name: median(rates[1:]) for name, rates in figures.items()}


def _records(
    generator: EventGenerator, events: int, register: Register
) -> Iterator[ConsumedRecord]:
    """Yield the records of events and of their processing, as they are on the topics."""
    state = PartitionState()
    offset = 0
    for event in generator.events(events):
        effects = step(state, event, register)
        state.apply(effects)
        for record in (EVENTS.record(event), *RecordBatch.of([effects])):
            offset += 1
            yield ConsumedRecord(
                record.topic, record.partition, offset, record.value, record.headers
            )


def _without_parsing(store: Store, batch: list[ConsumedRecord]) -> tuple[int, float, float]:
    """Return the number of rows, and the seconds in which client and engine insert them."""
    rows, client, engine = 0, 0.0, 0.0
    for table in TABLES:
        rows_of_table = [
            row
            for record in batch
            if record.topic == table.topic and (row := table.row_of(record.value)) is not None
        ]
        if not rows_of_table:
            continue
        columns = list(rows_of_table[0])
        values: list[list[Any]] = [[row[name] for name in columns] for row in rows_of_table]
        started = time.perf_counter()
        store.insert(table.name, columns, values)
        client += time.perf_counter() - started
        store.command(
            f"CREATE OR REPLACE TABLE {STAGED} ENGINE = Memory AS SELECT * FROM"
            f" {table.name} LIMIT 0"
        )
        store.insert(STAGED, columns, values)
        names = ", ".join(columns)
        started = time.perf_counter()
        store.command(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {STAGED}")
        engine += time.perf_counter() - started
        rows += len(rows_of_table)
    store.command(f"DROP TABLE IF EXISTS {STAGED}")
    return rows, client, engine
