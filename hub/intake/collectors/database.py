"""12369 生态环境举报: a table of another system, polled by watermark through SQLAlchemy.

`updated_at` is the watermark. Rows that were committed late, with a time behind it, are found by
reading again over the last minutes, and those that are later still by comparing all keys now and
then; what was read before has the same delivery name, so it is kept once. A row that was deleted
there keeps its number here and is told as withdrawn.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    MetaData,
    String,
    Table,
    cast,
    create_engine,
    inspect,
    select,
    true,
)
from sqlalchemy.exc import SQLAlchemyError

from hub.intake.collectors.source import Source
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.raw import Transport

CURSOR = "environment"
TABLE, KEY, WATERMARK = "complaints", "complaint_no", "updated_at"
OVERLAP = dt.timedelta(minutes=15)
"""How far behind the watermark a row may be committed and is still found."""
PAGE = 500
SWEEP_EVERY = 12
"""Rounds between two looks at all keys."""
KNOWN = "environment_rows"

Which = Callable[[Table], ColumnElement[bool]]


class EnvironmentTable:
    """The table `complaints` of the 12369 system."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._engine: Engine | None = None
        self._rounds = 0
        self._recent: dict[str, str] = {}

    async def collect(self) -> int:
        """Take rows at and after the watermark, then deletions; raises `OSError`."""
        rows = await asyncio.to_thread(self._read)
        fresh = [(row, body) for row, body in rows if self._is_new(row, body)]
        for row, body in fresh:
            await self._take(str(row[KEY]), body)
        self._recent = {str(row[KEY]): _digest(body) for row, body in rows}
        if fresh:
            self._source.journal.join(KNOWN, [str(row[KEY]) for row, _ in fresh])
            newest = max(str(row[WATERMARK]) for row, _ in fresh)
            if newest > (self._source.journal.get(CURSOR) or ""):
                self._source.journal.set(CURSOR, newest)
        return len(fresh) + await self._sweep()

    def _is_new(self, row: Mapping[str, Any], body: bytes) -> bool:
        return self._recent.get(str(row[KEY])) != _digest(body)

    async def _take(self, key: str, body: bytes) -> None:
        await self._source.receiver.take(
            Channel.ENVIRONMENT_12369,
            Transport.DATABASE,
            body,
            delivery=f"row:{key}:{_digest(body)}",
            source=f"{TABLE} {key}",
            content_type="application/json",
        )

    async def _sweep(self) -> int:
        """Compare all keys with those read before: read late rows, withdraw deleted ones."""
        self._rounds += 1
        if self._rounds % SWEEP_EVERY != 1:
            return 0
        known = self._source.journal.members(KNOWN)
        there = await asyncio.to_thread(self._keys)
        missed = sorted(there - known)
        for row, body in await asyncio.to_thread(self._read, missed) if missed else ():
            await self._take(str(row[KEY]), body)
        self._source.journal.join(KNOWN, missed)
        gone = sorted(known - there)
        for key in gone:
            now = dt.datetime.now(BEIJING).isoformat(timespec="seconds")
            row = {KEY: key, "deleted": True, WATERMARK: now}
            await self._take(key, json.dumps(row).encode())
        self._source.journal.leave(KNOWN, gone)
        return len(gone) + len(missed)

    def _table(self) -> tuple[Engine, Table]:
        if self._engine is None:
            self._engine = create_engine(self._source.settings.environment_url.get_secret_value())
        if not inspect(self._engine).has_table(TABLE):
            raise OSError(f"12369 database: there is no table {TABLE}")
        return self._engine, Table(TABLE, MetaData(), autoload_with=self._engine)

    def _read(self, keys: Sequence[str] = ()) -> list[tuple[Mapping[str, Any], bytes]]:
        """Return the rows of `keys`; without keys those at and after the watermark."""
        try:
            if not keys:
                return list(self._pages(self._after_mark))
            chunks = [keys[at : at + PAGE] for at in range(0, len(keys), PAGE)]
            return [row for chunk in chunks for row in self._pages(_of_keys(chunk))]
        except SQLAlchemyError as error:
            raise OSError(f"12369 database: {error}") from error

    def _after_mark(self, table: Table) -> ColumnElement[bool]:
        mark = self._source.journal.get(CURSOR)
        return table.c[WATERMARK] >= _behind(mark, table) if mark else true()

    def _pages(self, which: Which) -> Iterator[tuple[Mapping[str, Any], bytes]]:
        engine, table = self._table()
        query = select(table).where(which(table)).order_by(table.c[WATERMARK], table.c[KEY])
        with engine.connect() as connection:
            result = connection.execution_options(yield_per=PAGE).execute(query)
            for row in result.mappings():
                yield dict(row), json.dumps(dict(row), ensure_ascii=False, default=_plain).encode()

    def _keys(self) -> frozenset[str]:
        try:
            engine, table = self._table()
            with engine.connect() as connection:
                keys = connection.execute(select(table.c[KEY])).scalars()
                return frozenset(map(str, keys))
        except SQLAlchemyError as error:
            raise OSError(f"12369 database: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()


def _of_keys(keys: Sequence[str]) -> Which:
    return lambda table: cast(table.c[KEY], String).in_(keys)


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()


def _behind(mark: str, table: Table) -> Any:
    """Return the watermark less the overlap, in the type of the column."""
    moment = dt.datetime.fromisoformat(mark) - OVERLAP
    column = table.c[WATERMARK].type
    return moment if issubclass(column.python_type, dt.datetime) else moment.isoformat(" ")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"a column holds a {type(value).__name__}, which has no JSON form")
