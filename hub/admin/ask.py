"""Listing 列表: what a command line asks the store, and shows as a table or as JSON lines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError


@contextmanager
def reading(settings: Settings) -> Iterator[Reader]:
    """Yield what asks the store; where it is away, `HubError` says what to do."""
    reader = Reader(settings)
    try:
        yield reader
    except StoreAwayError as error:
        raise HubError(f"{error}; start it with hub up") from error
    finally:
        reader.close()


def ask_store(
    settings: Settings, sql: str, given: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a query; raises `HubError` where the store is away."""
    with reading(settings) as reader:
        return reader.rows(sql, given)


def listed(rows: list[dict[str, Any]], *, as_json: bool) -> str:
    """Return rows as JSON lines or as a table."""
    if as_json:
        return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    if not rows:
        return "none"
    ids = [name for name in rows[0] if name.endswith("_id")]
    table = Table(*(Column(name, no_wrap=name in ids) for name in rows[0]))
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table)
    return shown.get().rstrip()
