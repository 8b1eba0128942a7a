"""`python -m hub.lab.bench.views` 视图测量: the duration of figures, views and searches.

Generates a synthetic year in a temporary store (`--folder` keeps it), runs each query repeatedly,
and prints median and 95th percentile in milliseconds.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import click
from rich.progress import track

from hub.accounts.permissions import Scope
from hub.lab.bench.made_year import statements
from hub.lab.bench.searches import search_durations
from hub.overview.case_list import list_query
from hub.overview.figures import OverviewFigures, quick_queries, scoped, slow_queries
from hub.settings import Settings
from hub.store.catalogue import DATA, Theme
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.open_cases import delete_settled
from hub.store.registers import store_registers
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.base import BEIJING

ROUNDS, ENOUGH = 20, 6.0
"""A query runs this often, or for this many seconds, and at least `AT_LEAST` times."""
AT_LEAST = 3
BATCH = 20_000
"""Rows of one insert, like `HUB_SINK_BATCH`."""
COLUMNS = (
    "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
    " AND default_kind != 'MATERIALIZED' ORDER BY position"
)
ROWS = (
    "SELECT table, sum(rows), formatReadableSize(sum(bytes_on_disk)) FROM system.parts"
    " WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
)
VIEWS = (
    "SELECT name FROM system.tables WHERE engine = 'View' AND database = currentDatabase()"
    " ORDER BY name"
)
LISTS = (
    "duties",
    "case_entries",
    "assessed",
    "evaluations",
    "worker_reports",
    "whistles",
    "suggestions",
    "wishes",
    "service_items",
    "service_stages",
    "arrivals",
    "open_cases",
    "rejections",
    "feedback_open",
)
"""Views with many rows, of which a list shows a part: the query reads 100 rows."""


class Figure(NamedTuple):
    """The duration of one query; `median` and `p95` are in milliseconds."""

    name: str
    rounds: int
    median: float
    p95: float


def make(settings: Settings, events: int) -> Store:
    """Return a store with a synthetic year; a store that has events already stays as it is."""
    store = open_store(settings)
    migrate(store)
    store_registers(store, load_town(settings.town), load_patrols(settings.town), datetime.now(UTC))
    if store.rows("SELECT count() FROM events") == [(0,)]:
        now = datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        for _, sql in track(list(statements(now, events)), "generating the year"):
            store.command(sql)
    # A running hub does this at the start and every hour.
    delete_settled(store)
    return store


def queries(views: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, SQL) of the overview's figures, a list of cases, and every view."""
    whole = Scope()
    for name, sql in (quick_queries(whole) | slow_queries(whole)).items():
        yield f"screen: {name}", scoped(sql, whole)
    sql, _ = list_query({"overdue": "1"}, whole, page=0, size=50)
    yield "list: overdue", sql
    for name in views:
        if DATA[name].theme is Theme.INNER:
            continue
        if name in LISTS:
            yield f"view: {name}, 100 rows", f"SELECT * FROM {name} LIMIT 100"
        else:
            yield f"view: {name}", f"SELECT * FROM {name}"


def timed(store: Store, name: str, sql: str) -> Figure:
    """Run one query repeatedly; return its duration."""
    durations: list[float] = []
    while len(durations) < AT_LEAST or (len(durations) < ROUNDS and sum(durations) < ENOUGH * 1000):
        started = time.perf_counter()
        store.raw(sql, "JSON")
        durations.append((time.perf_counter() - started) * 1000)
    return _figure(name, durations)


def together(store: Store, name: str) -> Figure:
    """Return the duration of all quick or all slow figures of the overview together."""
    ask, durations = getattr(OverviewFigures(store), name), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask(Scope())
        durations.append((time.perf_counter() - started) * 1000)
    return _figure(f"screen: all {name} numbers", durations)


def inserts(store: Store) -> Iterator[Figure]:
    """Yield the rows a second of inserts like those of the sink, with all materialized views.

    `median` and `p95` are rows a second here. The rows are copies of stored rows with new ids.
    """
    for table in ("events", "case_events", "cases", "dispositions"):
        names = [name for (name,) in store.rows(COLUMNS, {"table": table})]
        rows = store.rows(f"SELECT {', '.join(names)} FROM {table} LIMIT {BATCH}")
        speeds = []
        for round_ in range(5):
            fresh = [_with_new_ids(names, row, f"{round_}-{n}") for n, row in enumerate(rows)]
            started = time.perf_counter()
            store.insert(table, names, fresh)
            speeds.append(len(fresh) / (time.perf_counter() - started))
        speeds.sort()
        yield Figure(f"insert: {table}, rows/s", 5, statistics.median(speeds), speeds[0])


def _with_new_ids(names: list[str], row: tuple[Any, ...], mark: str) -> list[Any]:
    """Return the row with new UUIDs, and with `mark` at the end of its native id."""
    values = dict(zip(names, row, strict=True))
    values |= {name: uuid4() for name in ("event_id", "case_id") if name in values}
    if "native_id" in values:
        values["native_id"] = f"{values['native_id']}-{mark}"
    return list(values.values())


def _figure(name: str, durations: list[float]) -> Figure:
    durations.sort()
    worst = durations[min(len(durations) - 1, int(len(durations) * 0.95))]
    return Figure(name, len(durations), statistics.median(durations), worst)


@click.command()
@click.option("--events", default=5_000_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the store here.")
@click.option("--only", default="", help="Only queries whose name contains this text.")
@click.option("--json", "as_json", is_flag=True)
def main(events: int, folder: Path | None, only: str, *, as_json: bool) -> None:
    """Measure the queries of the overview and the views."""
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(data=folder or Path(temporary), clickhouse="")
        store, town = make(settings, events), load_town(settings.town)
        if not as_json:
            for table, rows, size in store.rows(ROWS):
                click.echo(f"{table:20} {rows:>12,} rows  {size}")
        views = [name for (name,) in store.rows(VIEWS)]
        for name, sql in queries(views):
            if only in name:
                _print(timed(store, name, sql), as_json=as_json)
        for name in ("quick", "slow"):
            if only in f"screen: all {name} numbers":
                _print(together(store, name), as_json=as_json)
        for scope, durations in search_durations(store, town) if only in "search" else ():
            _print(_figure(f"search: {scope}", durations), as_json=as_json)
        # Inserts come last, because the engine merges their parts for a while.
        for figure in inserts(store) if only in "insert" else ():
            _print(figure, as_json=as_json)
        store.close()


def _print(figure: Figure, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figure._asdict()))
    else:
        click.echo(f"{figure.name:34} {figure.median:9.1f}  p95 {figure.p95:9.1f}")


if __name__ == "__main__":
    main()
