"""The sink beside the engine 入库测量: rows a second of the same rows, three ways.

By the sink, which parses each record; by the engine's client, given the rows as they are; and by
the engine alone, which moves them from a table in memory.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hub.lab.bench.city import write_city
from hub.lab.bench.events import Made
from hub.lab.bench.loops import COUNTIES
from hub.runtime.metrics import Meters
from hub.runtime.process import tune_gc
from hub.settings import Settings
from hub.sink.rows import TABLES
from hub.sink.sink import Sink
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.town.models import load_matcher
from schemas.cloudevent import encode
from schemas.topic import EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

STAGED = "staged_for_measuring"


class Read(NamedTuple):
    """A record as a consumer has read it."""

    topic: str
    partition: int
    offset: int
    value: bytes


def measure(settings: Settings, events: int, rounds: int, seed: int) -> dict[str, float]:
    """Return rows a second of each way, medians over rounds with rows of their own."""
    by_sink, by_client, by_engine = [], [], []
    with TemporaryDirectory() as folder:
        given = settings.model_copy(update={"data": Path(folder), "clickhouse": ""})
        city = write_city(settings.town, Path(folder) / "city", COUNTIES)
        register = Register.of(city, load_matcher(settings.models))
        made = Made(city.grids, city.places, seed)
        store = open_store(given)
        migrate(store)
        sink = Sink(given, store, Meters())
        tune_gc()
        for _ in range(rounds + 1):
            batch = list(_records(made, events, register))
            begun = time.perf_counter()
            sink.save(batch)
            seconds = time.perf_counter() - begun
            rows, client, engine = _without_parsing(store, batch)
            by_sink.append(rows / seconds)
            by_client.append(rows / client)
            by_engine.append(rows / engine)
        store.close()
    figures = {"sink": by_sink, "client": by_client, "engine": by_engine}
    # The first round makes what the others find made.
    return {name: median(rates[1:]) for name, rates in figures.items()}


def _records(made: Made, events: int, register: Register) -> Iterator[Read]:
    """Yield what comes of events, as the topics have it."""
    state = PartitionState()
    offset = 0
    for event in made.events(events):
        effects = step(state, event, register)
        state.apply(effects)
        told = encode(EVENTS, event, event_id=str(event.event_id), time=event.occurred_at,
                      key=event.route)  # fmt: skip
        for record in (told, *RecordBatch.of([effects])):
            offset += 1
            yield Read(record.topic, record.partition, offset, record.value)


def _without_parsing(store: Store, batch: list[Read]) -> tuple[int, float, float]:
    """Return how many rows a batch has, and for how many seconds client and engine store them."""
    rows, client, engine = 0, 0.0, 0.0
    for table in TABLES:
        found = [table.row_of(one.value) for one in batch if one.topic == table.topic]
        if not found:
            continue
        columns = list(found[0])
        values: list[list[Any]] = [[row[name] for name in columns] for row in found]
        begun = time.perf_counter()
        store.insert(table.name, columns, values)
        client += time.perf_counter() - begun
        store.command(f"CREATE OR REPLACE TABLE {STAGED} ENGINE = Memory AS SELECT * FROM"
                      f" {table.name} LIMIT 0")  # fmt: skip
        store.insert(STAGED, columns, values)
        names = ", ".join(columns)
        begun = time.perf_counter()
        store.command(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {STAGED}")
        engine += time.perf_counter() - begun
        rows += len(found)
    store.command(f"DROP TABLE IF EXISTS {STAGED}")
    return rows, client, engine
