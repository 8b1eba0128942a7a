"""Rows of a table 逐行读取: a row with a value that the driver cannot read loses only that column.

A driver may fail on one value and return no row at all: a date outside its range, text in another
charset, broken JSON. The faulty rows are found by bisection, then read without conversion, then
column by column.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Engine,
    Executable,
    Label,
    MetaData,
    Select,
    Table,
    and_,
    create_engine,
    event,
    inspect,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NULLTYPE

PAGE = 500

Which = ColumnElement[bool]


class Row(NamedTuple):
    """One row of the table."""

    values: Mapping[str, Any]
    """Column name → value."""
    damaged: Mapping[str, str]
    """Columns that could not be read, with the reason."""


class TableRows:
    """A table of another system. Every method may raise `OSError`: the database is away."""

    def __init__(self, url: str, name: str, key: str, order: str) -> None:
        """`key` and `order` are the columns by which rows are found and sorted."""
        self._url, self._name, self._key, self._order = url, name, key, order
        self._engine: Engine | None = None
        self._table: Table | None = None
        self._faulty: dict[str, Any] = {}
        """Keys of rows that need reading with care."""

    def refresh(self) -> Table:
        """Look at the columns again: the other system may have changed them."""
        try:
            engine = self._connect()
            if not inspect(engine).has_table(self._name):
                raise OSError(f"there is no table {self._name}")
            table = Table(self._name, MetaData(), autoload_with=engine)
        except SQLAlchemyError as error:
            raise OSError(str(error)) from error
        if missing := [name for name in (self._key, self._order) if name not in table.c]:
            raise OSError(f"the table {self._name} has no column {' and no '.join(missing)}")
        self._table = table
        return table

    @property
    def table(self) -> Table:
        """The table with its columns."""
        return self._table if self._table is not None else self.refresh()

    def keys(self) -> dict[str, Any]:
        """Return the keys of all rows, as text and as the database has them; none for NULL."""
        column = self.table.c[self._key]
        keys = self._run(select(column).where(column.is_not(None)))
        return {key_text(key): key for (key,) in keys}

    def all(self) -> list[Row]:
        """Return all rows."""
        return self._rows(None)

    def where(self, which: Which) -> list[Row]:
        """Return the rows for which a condition holds."""
        return self._rows(which)

    def of_keys(self, keys: Sequence[Any]) -> list[Row]:
        """Return the rows with these keys, at most `PAGE`, as `keys` returned them."""
        return self._rows(self.table.c[self._key].in_(keys))

    def _rows(self, which: Which | None) -> list[Row]:
        key, condition = self.table.c[self._key], true() if which is None else which
        sound = and_(true(), *(key.not_in(part) for part in _parts(list(self._faulty.values()))))
        try:
            # A row without a key is not faulty.
            rows = self._typed(select(self.table).where(condition, sound | key.is_(None)))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like for one value
            self._check_alive(error)
            keys = self._run(select(key).where(condition, sound, key.is_not(None)))
            rows = list(self._halved([value for (value,) in keys]))
            rows += self._by_columns(and_(condition, key.is_(None)))
        for part in _parts(list(self._faulty.values())):
            rows += self._by_columns(and_(condition, key.in_(part)))
        return rows

    def _typed(self, query: Select[Any]) -> list[Row]:
        ordered = query.order_by(self.table.c[self._order], self.table.c[self._key])
        with self._connect().connect() as connection:
            result = connection.execution_options(yield_per=PAGE).execute(ordered)
            return [Row(dict(row), {}) for row in result.mappings()]

    def _halved(self, keys: Sequence[Any]) -> Iterator[Row]:
        """Yield the rows of keys that can be read at once; remember the others as faulty."""
        if not keys:
            return
        if len(keys) > PAGE:
            for part in _parts(keys):
                yield from self._halved(part)
            return
        try:
            yield from self._typed(select(self.table).where(self.table.c[self._key].in_(keys)))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like for one value
            self._check_alive(error)
            if len(keys) == 1:
                self._faulty[key_text(keys[0])] = keys[0]
                return
            middle = len(keys) // 2
            yield from self._halved(keys[:middle])
            yield from self._halved(keys[middle:])

    def _by_columns(self, which: Which) -> Iterator[Row]:
        """Yield rows without conversion of their values; a faulty column is left out."""
        plain = [type_coerce(column, NULLTYPE).label(column.name) for column in self.table.c]
        query = select(*plain).where(which)
        try:
            for row in self._run(query):
                yield Row(dict(row._mapping), {})
        except OSError:
            for (key,) in self._run(select(self.table.c[self._key]).where(which)):
                yield self._column_by_column(self.table.c[self._key] == key, plain)

    def _column_by_column(self, which: Which, columns: Sequence[Label[Any]]) -> Row:
        values, damaged = dict[str, Any](), dict[str, str]()
        for column in columns:
            name = column.name
            try:
                values[name] = self._run(select(column).where(which))[0][0]
            except (OSError, IndexError) as error:
                damaged[name] = str(error)[:200]
        return Row(values, damaged)

    def _run(self, query: Executable) -> Sequence[Any]:
        """Return all rows of a query; raises `OSError`, whatever the driver raises."""
        try:
            with self._connect().connect() as connection:
                return connection.execute(query).all()
        except Exception as error:
            self._check_alive(error)
            raise OSError(str(error) or repr(error)) from error

    def _check_alive(self, error: Exception) -> None:
        """Raise `OSError` if the database does not answer; then no row is at fault."""
        try:
            with self._connect().connect() as connection:
                connection.execute(select(literal(1)))
        except Exception:  # noqa: BLE001 - whatever the driver raises
            raise OSError(str(error) or repr(error)) from error

    def _connect(self) -> Engine:
        if self._engine is None:
            # A connection that the server closed meanwhile is replaced before its use.
            self._engine = create_engine(self._url, pool_pre_ping=True)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _read_any_text)
        return self._engine

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()


def key_text(key: Any) -> str:
    """Return a key as text."""
    raw = key if isinstance(key, bytes) else str(key).encode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace")


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[at : at + PAGE] for at in range(0, len(items), PAGE))


def _utf8_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _read_any_text(connection: Any, _: object) -> None:
    """Let SQLite return text that is not UTF-8 as bytes, because else no row is returned."""
    factory: Callable[[bytes], str | bytes] = _utf8_or_bytes
    connection.text_factory = factory
