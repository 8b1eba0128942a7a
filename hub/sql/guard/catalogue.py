"""What an asker may know of the store 目录: names of tables, views and columns, and their types.

Read once from the engine when a way to it is opened. Hidden columns and tables out of sight are
left out, so no answer that is made of it can name them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.sql.roles import HIDDEN, Sight
from hub.store.catalogue import DATA

COLUMNS = (
    "SELECT table, name, type, comment FROM system.columns"
    " WHERE database = currentDatabase() ORDER BY table, position"
)
VIEWS = "SELECT name FROM system.tables WHERE engine = 'View' AND database = currentDatabase()"
TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase()"
DATABASE = "default"

Rows = Callable[[str], Iterable[Sequence[Any]]]
"""Asks the engine one of the statements above; gives the rows."""


class Column(NamedTuple):
    """A column: its name, the engine's type of it, and what it is."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that may be asked."""

    name: str
    is_view: bool
    comment: str
    columns: tuple[Column, ...]

    @property
    def engine(self) -> str:
        """Return what clients tell tables from views by."""
        return "View" if self.is_view else "MergeTree"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one asker may know: relations by name, and the names of all that there are."""

    relations: dict[str, Relation]
    everything: frozenset[str]

    def find(self, database: str, name: str) -> Relation | None:
        """Return the relation of that name, where it is one that may be known."""
        return self.relations.get(name) if database in ("", DATABASE) else None


def catalogue_of(rows: Rows, sight: Sight | None) -> Catalogue:
    """Return the catalogue of an asker; without a sight that of the hub's own processes."""
    views = {name for (name,) in rows(VIEWS)}
    everything = frozenset(name for (name,) in rows(TABLES))
    columns: dict[str, list[Column]] = {}
    for table, name, type_name, comment in rows(COLUMNS):
        if sight is None or name not in HIDDEN.get(table, ()):
            columns.setdefault(table, []).append(Column(name, type_name, comment))
    names = everything if sight is None else sight.names & everything
    relations = {}
    for name in sorted(names):
        comment = DATA[name].row if name in DATA else ""
        relations[name] = Relation(name, name in views, comment, tuple(columns.get(name, ())))
    return Catalogue(relations, everything)
