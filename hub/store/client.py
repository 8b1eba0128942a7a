"""The store 存储: ClickHouse through clickhouse-connect, embedded (chDB, a folder) or a server.

One process owns the embedded engine. A query with `readonly=1` makes its whole client read-only
from then on, so readers use a second client.
"""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clickhouse_connect
import structlog
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.insert import InsertContext

from hub.runtime.paths import DataPaths
from hub.settings.store import StoreSettings
from hub.store.replicated import replicated

QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`")

log = structlog.get_logger()

LINES = "JSONCompactEachRow"
LINE_SETTINGS = {"input_format_null_as_default": 0, "input_format_allow_errors_num": 0}
"""A NULL in a column without NULL is an error, and no row is skipped."""
READ_ONLY = {"max_execution_time": 30, "final": 1, "readonly": 1}
"""Settings of the reading client: a time limit in seconds, each id counted once, read-only."""

FREEZABLE = (
    "SELECT name FROM system.tables"
    " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    " AND NOT endsWith(name, '_next') ORDER BY name"
)
"""All tables but those that are filled beside a register, which may disappear meanwhile."""


COLUMNS_WITHOUT_EXPRESSION = (
    "SELECT name FROM system.columns WHERE database = currentDatabase()"
    " AND table = {table:String} AND default_kind = ''"
)


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """The type of a column, and whether the engine fills it with the default of that type."""

    type: ClickHouseType
    has_plain_default: bool

    def is_default(self, values: Sequence[Any]) -> bool:
        """Whether each value is the default: NULL, or what is empty, zero or false."""
        if not self.has_plain_default:
            return False
        if self.type.nullable:
            return all(value is None for value in values)
        return not any(values)


class Store:
    """One writing client and one read-only client; each used by one thread at a time."""

    def __init__(self, writer: Client, reader: Client, *, is_replicated: bool = False) -> None:
        self.writer, self.reader, self._is_replicated = writer, reader, is_replicated
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._known: dict[tuple[str, ...], InsertContext] = {}
        """Insert contexts by table and columns, reused instead of reading the column types."""
        self._columns: dict[str, dict[str, KnownColumn]] = {}
        """The columns of the tables that `insert_columns` has filled."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows; returns once they are stored."""
        key = (table, *columns)
        with self._writing:
            context = self._known.pop(key, None)
            if context is None:
                context = self.writer.create_insert_context(table, column_names=columns)
            context.data = rows
            self.writer.insert(context=context)
            # A failed context is not reused: the table may have changed.
            self._known[key] = context

    def insert_lines(self, table: str, columns: Sequence[str], lines: bytes) -> None:
        """Insert rows that are JSON arrays, one a line; returns once they are stored.

        The engine reads them by itself, several times faster than the client writes columns.
        Raises `ClickHouseError` for a row of another shape; then none of them is stored.
        """
        with self._writing:
            self.writer.raw_insert(table, columns, lines, LINE_SETTINGS, LINES)

    def insert_columns(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Insert rows, passed as the values of each column; returns once they are stored.

        A column in which every row has the default of its type, such as an empty text, is left to
        the engine: it fills such columns faster than the client writes them.
        """
        with self._writing:
            # A failed table is not remembered: it may have changed.
            known = self._columns.pop(table, None) or self._columns_of(table, columns)
            full = {
                name: values
                for name, values in columns.items()
                if not known[name].is_default(values)
            }
            context = self.writer.create_insert_context(
                table,
                column_names=list(full),
                column_types=[known[name].type for name in full],
                column_oriented=True,
                data=list(full.values()),
            )
            self.writer.insert(context=context)
            self._columns[table] = known

    def _columns_of(self, table: str, names: Iterable[str]) -> dict[str, KnownColumn]:
        """Return the columns of a table as the engine describes them; raises `ClickHouseError`."""
        described = self.writer.create_insert_context(table, column_names=list(names))
        rows = self.writer.query(COLUMNS_WITHOUT_EXPRESSION, {"table": table}).result_rows
        plain = {name for (name,) in rows}
        return {
            name: KnownColumn(type_, name in plain)
            for name, type_ in zip(names, described.column_types, strict=True)
        }

    def await_replicas(self, table: str) -> None:
        """Wait until the replica that is asked has every row of a table; else it has all anyway."""
        if self._is_replicated:
            self.command(f"SYSTEM SYNC REPLICA {table}")

    def command(self, sql: str) -> None:
        """Run one statement that changes something."""
        with self._writing:
            self.writer.command(replicated(sql) if self._is_replicated else sql)

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._reading:
            return [tuple(row) for row in self.reader.query(sql, parameters).result_rows]

    def long_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that may take longer than the reader's time limit.

        It runs on the writing client, so it must change nothing, and no insert happens meanwhile.
        """
        with self._writing:
            return [tuple(row) for row in self.writer.query(sql).result_rows]

    def named(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of their columns."""
        with self._reading:
            return list(self.reader.query(sql, parameters).named_results())

    def raw(self, sql: str, fmt: str, parameters: dict[str, Any] | None = None) -> bytes:
        """Return a query's result in a ClickHouse format."""
        with self._reading:
            return bytes(self.reader.raw_query(sql, parameters, fmt=fmt))

    def freeze(self, name: str) -> int:
        """Keep hard links to the present parts of all tables as `shadow/NAME`; return how many.

        No insert happens meanwhile, so all tables are of one moment. Raises `ClickHouseError`.
        """
        with self._writing:
            tables = self.writer.query(FREEZABLE).result_rows
            for (table,) in tables:
                self.writer.command(f"ALTER TABLE `{table}` FREEZE WITH NAME '{name}'")
        return len(tables)

    def reattach(self, table: str) -> None:
        """Detach and attach a table, so that the engine reads its files again; blocks writes."""
        with self._writing:
            self.writer.command(f"DETACH TABLE IF EXISTS `{table}` SYNC")
            self.writer.command(f"ATTACH TABLE IF NOT EXISTS `{table}`")

    def close(self) -> None:
        """Close both clients."""
        self.reader.close()
        self.writer.close()


def open_store(settings: StoreSettings) -> Store:
    """Return the store of the settings, without migrating it."""
    if settings.clickhouse:
        writer = clickhouse_connect.get_client(dsn=settings.clickhouse)
        reader = clickhouse_connect.get_client(dsn=settings.clickhouse, settings=READ_ONLY)
    else:
        set_aside_damaged(DataPaths(settings.data).clickhouse)
        writer = clickhouse_connect.get_client(interface="chdb", path=_folder(settings))
        reader = reading_client(settings, {})
    return Store(writer, reader, is_replicated=settings.clickhouse_replicated)


def set_aside_damaged(folder: Path) -> list[Path]:
    """Move truncated table definitions to another folder; return their new paths.

    A full disk may leave one, and the engine does not start with it. The table was never created;
    the migration or start that creates it runs again.
    """
    aside = folder / "definitions_damaged"
    damaged = [path for path in folder.glob("store/*/*/*.sql") if not _is_whole(path.read_text())]
    moved = []
    for path in damaged:
        aside.mkdir(exist_ok=True)
        moved.append(path.rename(aside / f"{path.parent.name}.{path.name}"))
        log.error("table_definition_truncated", table=path.stem, aside=str(aside))
    return moved


def _is_whole(definition: str) -> bool:
    without_quotes = QUOTED.sub("", definition)
    return (
        definition.startswith("ATTACH ")
        and definition.endswith("\n")
        and without_quotes.count("(") == without_quotes.count(")")
    )


def killing_client(settings: StoreSettings) -> Client:
    """Return a writable client of the embedded engine that can kill queries of other clients."""
    return clickhouse_connect.get_client(interface="chdb", path=_folder(settings))


def open_beside(settings: StoreSettings) -> Store:
    """Return a second store on the embedded engine of this process.

    Its long statements do not wait for those of the first, nor the first for them.
    """
    return Store(killing_client(settings), reading_client(settings, {"max_execution_time": 0}))


def reading_client(settings: StoreSettings, limits: dict[str, Any]) -> Client:
    """Return a new read-only client of the embedded engine with these extra settings."""
    # `readonly` comes last: after it no setting can be changed.
    merged = {**READ_ONLY, **limits}
    merged["readonly"] = merged.pop("readonly")
    return clickhouse_connect.get_client(interface="chdb", path=_folder(settings), settings=merged)


def _folder(settings: StoreSettings) -> str:
    return str(DataPaths(settings.data).clickhouse)


def open_reader(settings: StoreSettings) -> Client:
    """Return a read-only client of the store without a time limit."""
    endless = {"max_execution_time": 0}
    if settings.clickhouse:
        return clickhouse_connect.get_client(
            dsn=settings.clickhouse, settings={**READ_ONLY, **endless}
        )
    return reading_client(settings, endless)
