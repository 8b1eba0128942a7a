"""`python -m hub.lab.bench.views` 视图测量: how long the screen's numbers and the views take.

Makes a year in a store of its own (`--folder` keeps it), asks each question again and again, and
prints median and 95th percentile in milliseconds. `--write FILE` puts the table into a page.
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
from hub.overview.case_list import list_query
from hub.overview.figures import OverviewFigures, quick_queries, scoped, slow_queries
from hub.settings import Settings
from hub.store.catalogue import DATA, Theme
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.registers import store_registers
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from streams.case.deadline import SHANGHAI

ROUNDS, ENOUGH = 20, 6.0
"""A question is asked so often, or for so many seconds; thrice at least."""
AT_LEAST = 3
BATCH = 20_000
"""Rows of one insert, as the sink's `HUB_SINK_BATCH`."""
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
    "duties", "case_entries", "assessed", "evaluations", "worker_reports", "whistles",
    "suggestions", "wishes", "arrivals", "open_cases", "rejections", "feedback_open",
)  # fmt: skip
"""Views of many rows: as a list is asked, a month of it or a hundred of it."""


class Figure(NamedTuple):
    """Milliseconds of one question."""

    name: str
    rounds: int
    median: float
    p95: float


def make(settings: Settings, events: int) -> Store:
    """Return a store with a made year of so many events; one that is there is kept."""
    store = open_store(settings)
    migrate(store)
    store_registers(store, load_town(settings.town), load_patrols(settings.town), datetime.now(UTC))
    if store.rows("SELECT count() FROM events") == [(0,)]:
        now = datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        for _, sql in track(list(statements(now, events)), "making the year"):
            store.command(sql)
    return store


def asked(views: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, SQL): the screen's numbers, a list of cases, and every view."""
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
    """Ask one question until it is known how long it takes."""
    took: list[float] = []
    while len(took) < AT_LEAST or (len(took) < ROUNDS and sum(took) < ENOUGH * 1000):
        begun = time.perf_counter()
        store.raw(sql, "JSON")
        took.append((time.perf_counter() - begun) * 1000)
    return _figure(name, took)


def together(store: Store, name: str) -> Figure:
    """Return how long all quick or all slow numbers of the screen take, one after the other."""
    ask, took = getattr(OverviewFigures(store), name), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask(Scope())
        took.append((time.perf_counter() - begun) * 1000)
    return _figure(f"screen: all {name} numbers", took)


def inserts(store: Store) -> Iterator[Figure]:
    """Yield rows a second that the sink's inserts reach, with all that is kept as they come in.

    `median` and `p95` are rows a second here. The tables are given rows of their own, with new ids.
    """
    for table in ("events", "case_events", "cases", "dispositions"):
        names = [name for (name,) in store.rows(COLUMNS, {"table": table})]
        rows = store.rows(f"SELECT {', '.join(names)} FROM {table} LIMIT {BATCH}")
        speeds = []
        for round_ in range(5):
            fresh = [_renewed(names, row, f"{round_}-{n}") for n, row in enumerate(rows)]
            begun = time.perf_counter()
            store.insert(table, names, fresh)
            speeds.append(len(fresh) / (time.perf_counter() - begun))
        speeds.sort()
        yield Figure(f"insert: {table}, rows/s", 5, statistics.median(speeds), speeds[0])


def _renewed(names: list[str], row: tuple[Any, ...], mark: str) -> list[Any]:
    return [
        uuid4() if name in ("event_id", "case_id")
        else f"{value}-{mark}" if name == "native_id" else value
        for name, value in zip(names, row, strict=True)
    ]  # fmt: skip


def _figure(name: str, took: list[float]) -> Figure:
    took.sort()
    worst = took[min(len(took) - 1, int(len(took) * 0.95))]
    return Figure(name, len(took), statistics.median(took), worst)


@click.command()
@click.option("--events", default=5_000_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the store here.")
@click.option("--only", default="", help="Questions whose name has this in it.")
@click.option("--json", "as_json", is_flag=True)
def main(events: int, folder: Path | None, only: str, *, as_json: bool) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as made:
        store = make(Settings(data=folder or Path(made), clickhouse=""), events)
        if not as_json:
            for table, rows, size in store.rows(ROWS):
                click.echo(f"{table:20} {rows:>12,} rows  {size}")
        views = [name for (name,) in store.rows(VIEWS)]
        for name, sql in asked(views):
            if only in name:
                _print(timed(store, name, sql), as_json=as_json)
        for name in ("quick", "slow"):
            if only in f"screen: all {name} numbers":
                _print(together(store, name), as_json=as_json)
        # Last: what it inserts is merged for a while.
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
