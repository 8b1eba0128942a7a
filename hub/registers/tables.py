"""The tables of the base registers 台账表: a load fills a table beside, and then exchanges both.

So readers see the former version until the new one is whole, and a load that is killed changes
nothing. The comment of a table is the number of its version; both change in one step.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from hub.store.client import Store
from schemas.registers.entry import RegisterKind

TABLE_COLUMNS: Mapping[RegisterKind, tuple[str, ...]] = {
    RegisterKind.PEOPLE: (
        *("code", "grid_code", "division_code", "household", "classes", "standing", "until"),
        *("sealed", "ordinal"),
    ),
    RegisterKind.FIRMS: (
        *("code", "name", "kind", "industry", "address", "grid_code", "division_code"),
        *("standing", "until", "sealed", "ordinal"),
    ),
    RegisterKind.PREMISES: (
        *("code", "name", "kind", "address", "lon", "lat", "grid_code", "division_code"),
        *("standing", "until", "sealed", "ordinal"),
    ),
    RegisterKind.DWELLINGS: (
        *("code", "address", "estate", "building", "unit", "room", "kind", "lon", "lat"),
        *("grid_code", "division_code", "standing", "until", "sealed", "ordinal"),
    ),
    RegisterKind.HOUSEHOLDS: (
        *("code", "dwelling", "grid_code", "division_code", "standing", "until", "sealed"),
        "ordinal",
    ),
}
"""The columns of each table, in the order in which rows are passed.

This module imports nothing that reads files: the engine's process has it in memory.
"""


class Reference(NamedTuple):
    """A column of a register whose values are codes of entries of another one."""

    column: str
    target: RegisterKind


REFERENCES: Mapping[RegisterKind, Reference] = {
    RegisterKind.PEOPLE: Reference("household", RegisterKind.HOUSEHOLDS),
    RegisterKind.HOUSEHOLDS: Reference("dwelling", RegisterKind.DWELLINGS),
}
WITH_NULL = frozenset(("until", "lon", "lat"))
MOST_EXAMPLES = 5
IN_SMALL_BLOCKS = "SETTINGS max_threads = 1, min_insert_block_size_rows = 200000"
"""For copies of millions of rows: else the engine holds gigabytes of them at once."""
VERSION_COLUMNS = (
    *("register", "version", "at", "who", "way", "files", "digests", "entries"),
    *("added", "changed", "removed", "noted", "refused"),
)
COMMENT = (
    "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
)
"""The number of the version that is in use; empty before the first load."""


class Way(StrEnum):
    """What a load does with the entries that its files do not have."""

    FULL = "full"
    """全量: removes them"""
    CHANGES = "changes"
    """增量: keeps them"""


class Difference(NamedTuple):
    """Entries of the former version, of the new one, and how many differ."""

    before: int
    after: int
    added: int
    changed: int
    removed: int


class Unknown(NamedTuple):
    """Codes that a register names and that the other register does not have."""

    codes: int
    entries: int
    examples: list[str]


class Version(NamedTuple):
    """One load of a register, as the table `register_versions` has it, without its number."""

    at: datetime
    who: str
    way: Way
    files: list[str]
    digests: list[str]
    difference: Difference
    noted: int
    refused: int


class RegisterStore(Protocol):
    """What a load needs of the store; the methods are called in this order."""

    def stage(self, kind: RegisterKind, *, keep: bool) -> None:
        """Create the table beside; `keep`: with the entries of the present version."""

    def fill(self, kind: RegisterKind, lines: bytes) -> None:
        """Insert rows into it: JSON arrays of `TABLE_COLUMNS`, one a line."""

    def difference(self, kind: RegisterKind) -> Difference:
        """Compare it with the present version."""

    def unknown(self, kind: RegisterKind) -> Unknown:
        """Return what it names and another register lacks; nothing if that is not loaded."""

    def publish(self, kind: RegisterKind, version: Version) -> int:
        """Exchange the tables; return the number of the version."""

    def drop(self, kind: RegisterKind) -> None:
        """Delete the table beside; the present version stays."""


class RegisterTables:
    """The registers in a store that this process may change."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stage(self, kind: RegisterKind, *, keep: bool) -> None:
        """Create the table beside; `keep`: with the entries of the present version."""
        self.drop(kind)
        self._store.command(f"CREATE TABLE {_beside(kind)} AS {kind}")
        if keep:
            columns = ", ".join(TABLE_COLUMNS[kind][:-1])
            self._store.command(
                f"INSERT INTO {_beside(kind)} ({columns}, ordinal)"  # noqa: S608 - our own names
                f" SELECT {columns}, 0 FROM {kind} FINAL {IN_SMALL_BLOCKS}"
            )

    def fill(self, kind: RegisterKind, lines: bytes) -> None:
        """Insert rows: JSON arrays of `TABLE_COLUMNS`, one a line; days are ISO 8601 texts."""
        self._store.insert_lines(_beside(kind), TABLE_COLUMNS[kind], lines)

    def difference(self, kind: RegisterKind) -> Difference:
        """Compare the table beside with the present version."""
        # The rows may have gone to another replica than the one that counts them.
        self._store.await_replicas(_beside(kind))
        content = ", ".join(map(_hashed, TABLE_COLUMNS[kind][:-1]))
        parts = " UNION ALL ".join(
            f"SELECT cityHash64(code) AS key, cityHash64({content}) AS content,"  # noqa: S608
            f" {is_new} AS is_new FROM {table} FINAL"
            for table, is_new in ((kind, 0), (_beside(kind), 1))
        )
        ((before, after, added, changed, removed),) = self._store.long_rows(
            "SELECT countIf(was), countIf(stays), countIf(stays AND NOT was),"  # noqa: S608
            " countIf(was AND stays AND former != present), countIf(was AND NOT stays) FROM ("
            " SELECT key, max(is_new = 0) AS was, max(is_new = 1) AS stays,"
            " maxIf(content, is_new = 0) AS former, maxIf(content, is_new = 1) AS present"
            f" FROM ({parts}) GROUP BY key)"
        )
        return Difference(int(before), int(after), int(added), int(changed), int(removed))

    def unknown(self, kind: RegisterKind) -> Unknown:
        """Return what it names and another register lacks; nothing if that is not loaded."""
        if kind not in REFERENCES:
            return Unknown(0, 0, [])
        column, target = REFERENCES[kind]
        ((codes, entries, examples),) = self._store.long_rows(
            f"SELECT uniqExact({column}), count(), groupUniqArray({MOST_EXAMPLES})({column})"  # noqa: S608
            f" FROM {_beside(kind)} FINAL WHERE standing = 'current' AND {column} != ''"
            f" AND (SELECT count() FROM {target}) > 0"
            f" AND {column} NOT IN (SELECT code FROM {target} FINAL WHERE standing = 'current')"
        )
        return Unknown(int(codes), int(entries), sorted(map(str, examples)))

    def publish(self, kind: RegisterKind, version: Version) -> int:
        """Write the line about the version, and exchange the tables; return its number."""
        ((last,),) = self._store.rows(
            "SELECT max(version) FROM register_versions WHERE register = {kind:String}",
            {"kind": str(kind)},
        )
        number = int(last) + 1
        _, after, *differences = version.difference
        line = [
            *(str(kind), number, version.at, version.who, str(version.way)),
            *(version.files, version.digests, after, *differences),
            *(version.noted, version.refused),
        ]
        # In one part, so that a query with FINAL has nothing to merge.
        self._store.command(f"OPTIMIZE TABLE {_beside(kind)} FINAL")
        # Before the exchange: a version in use always has its line. One without use is harmless.
        self._store.insert("register_versions", VERSION_COLUMNS, [line])
        self._store.command(f"ALTER TABLE {_beside(kind)} MODIFY COMMENT '{number}'")
        self._store.command(f"EXCHANGE TABLES {_beside(kind)} AND {kind}")
        self.drop(kind)
        return number

    def drop(self, kind: RegisterKind) -> None:
        """Delete the table beside; the present version stays."""
        self._store.command(f"DROP TABLE IF EXISTS {_beside(kind)} SYNC")


def _hashed(column: str) -> str:
    """Return a column for a hash, which of NULL would be NULL."""
    return f"ifNull(toString({column}), '')" if column in WITH_NULL else column


def _beside(kind: RegisterKind) -> str:
    return f"{kind}_next"
