"""Queries to the store 查询与列表, `hub query` too, and rows as a table or as JSON lines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console
from rich.table import Column, Table

from hub.runtime.errors import HubError
from hub.settings.store import StoreSettings
from hub.store.reader import Reader


@contextmanager
def open_reader(settings: StoreSettings) -> Iterator[Reader]:
    """Yield a reader of the store; raises `StoreAwayError` if it does not answer."""
    reader = Reader(settings)
    try:
        yield reader
    finally:
        reader.close()


def ask_store(
    settings: StoreSettings, sql: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a query; raises `HubError` if the store does not answer."""
    with open_reader(settings) as reader:
        return reader.rows(sql, parameters)


def run_query(settings: StoreSettings, sql: str, form: str) -> str:
    """Return the answer to read-only SQL in the ClickHouse format `form`; raises `HubError`."""
    with open_reader(settings) as reader:
        try:
            return reader.raw(sql, form).decode("utf-8", "replace")
        except ClickHouseError as error:
            raise HubError(str(error)) from error


def render_rows(rows: list[dict[str, Any]], *, as_json: bool) -> str:
    """Return rows as JSON lines or as a table; `none` for a table without rows."""
    if as_json:
        return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    if not rows:
        return "none"
    ids = [name for name in rows[0] if name.endswith("_id")]
    table = Table(*(Column(name, no_wrap=name in ids) for name in rows[0]))
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return render_table(table, width=200).rstrip()


def render_table(table: Table, *, width: int) -> str:
    """Return a table as text, at most `width` characters wide.

    What citizens write is no markup: a text may contain [二楼], [/b] or :sos:.
    """
    console = Console(width=width, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
