"""The catalogue that a session sees 目录: tables, views, columns and their types.

Read once from the engine when the session opens. It leaves out hidden columns and tables that the
role may not see, so no answer built from it can name them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.sql.roles import HIDDEN, Visibility
from hub.store.catalogue import DATA

COLUMNS = (
    "SELECT table, name, type, comment FROM system.columns"
    " WHERE database = currentDatabase() ORDER BY table, position"
)
VIEWS = "SELECT name FROM system.tables WHERE engine = 'View' AND database = currentDatabase()"
TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase()"
DATABASE = "default"

RunQuery = Callable[[str], Iterable[Sequence[Any]]]
"""Runs one of the statements above; returns the rows."""


class Column(NamedTuple):
    """A column: its name, its ClickHouse type and its comment."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class VisibleRelation:
    """A table or view that the session may query."""

    name: str
    is_view: bool
    comment: str
    columns: tuple[Column, ...]

    @property
    def engine(self) -> str:
        """Return the engine name by which clients distinguish tables from views."""
        return "View" if self.is_view else "MergeTree"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Relations that a session may query, by name, and the names of all relations."""

    relations: dict[str, VisibleRelation]
    everything: frozenset[str]

    def find(self, database: str, name: str) -> VisibleRelation | None:
        """Return the relation of this name, or None if the session may not see it."""
        return self.relations.get(name) if database in ("", DATABASE) else None


def catalogue_of(rows: RunQuery, visibility: Visibility) -> Catalogue:
    """Return the catalogue that a role sees."""
    views = {name for (name,) in rows(VIEWS)}
    everything = frozenset(name for (name,) in rows(TABLES))
    columns: dict[str, list[Column]] = {}
    for table, name, type_name, comment in rows(COLUMNS):
        if name not in HIDDEN.get(table, ()):
            columns.setdefault(table, []).append(Column(name, type_name, comment))
    names = visibility.names & everything
    relations = {}
    for name in sorted(names):
        comment = DATA[name].row if name in DATA else ""
        relations[name] = VisibleRelation(
            name, name in views, comment, tuple(columns.get(name, ()))
        )
    return Catalogue(relations, everything)
