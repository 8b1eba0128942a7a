"""Shadow tables 影子表: rebuild rows, compare them with the stored ones, and swap the tables."""

from dataclasses import dataclass, replace

from hub.sink.rows import Row
from hub.store.client import Store

BATCH = 20_000
VERSIONS = {
    "cases": "seq",
    "case_reports": "at",
    "events": "precedence",
    "dispositions": "precedence",
}
"""Column that orders the versions of a row; in other tables all rows of an id are equal."""
COMPUTED = ("MATERIALIZED", "ALIAS")
OWN = ("stored_at",)
"""Columns that record when a row was stored; the comparison ignores them."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Result of comparing one table, in ids: `unmatched` are stored but were not rebuilt."""

    table: str
    same: int
    changed: int
    missing: int
    unmatched: int
    swapped: bool = False

    @property
    def differs(self) -> bool:
        """Whether stored rows differ from the rebuilt ones, or are missing."""
        return bool(self.changed or self.missing)

    def with_swap(self) -> "Compared":
        """Return this result, marked as swapped in."""
        return replace(self, swapped=True)


class Shadow:
    """Rebuilt rows of one table, beside the stored ones."""

    def __init__(self, store: Store, table: str) -> None:
        self._store, self.table = store, table
        self._rows: list[Row] = []
        described = store.rows(
            "SELECT name, is_in_sorting_key, default_kind FROM system.columns"
            " WHERE database = currentDatabase() AND table = {table:String}",
            {"table": table},
        )
        self._columns = [name for name, _, kind in described if kind not in COMPUTED]
        self._key = ", ".join(name for name, is_key, _ in described if is_key)
        self._version = VERSIONS.get(table, "0")
        self.drop()
        for kind in ("replayed", "shadow"):
            store.command(f"CREATE TABLE {table}_{kind} AS {table}")
        # A merge would hide which parts the sink adds during the replay.
        store.command(f"SYSTEM STOP MERGES {table}")

    def add(self, row: Row | None) -> None:
        """Add one rebuilt row; None is skipped."""
        if row is not None:
            self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = list(self._rows[0])
            rows = [[row[name] for name in columns] for row in self._rows]
            self._store.insert(f"{self.table}_replayed", columns, rows)
            self._rows.clear()

    def compare(self) -> Compared:
        """Compare the rebuilt rows with the stored ones."""
        self._flush()
        columns = ", ".join(name for name in self._columns if name not in OWN)
        rows = self._store.rows(
            f"""
            WITH stored AS (SELECT {self._key}, cityHash64(tuple({columns})) AS stored_hash,
                                   {self._version} AS stored_version, 1 AS is_stored
                            FROM {self.table} FINAL),
                 made AS (SELECT {self._key}, cityHash64(tuple({columns})) AS made_hash,
                                 {self._version} AS made_version, 1 AS is_made
                          FROM {self.table}_replayed FINAL)
            SELECT countIf(is_stored = 1 AND is_made = 1
                           AND (stored_hash = made_hash OR stored_version > made_version)),
                   countIf(is_stored = 1 AND is_made = 1
                           AND stored_hash != made_hash AND stored_version <= made_version),
                   countIf(is_stored = 0), countIf(is_made = 0)
            FROM stored FULL OUTER JOIN made USING ({self._key})
            """
        )
        return Compared(self.table, *rows[0])

    def swap(self) -> None:
        """Replace the stored rows by the rebuilt ones atomically; no reader sees a gap."""
        store, table, key = self._store, self.table, self._key
        before = self._parts(table)
        columns = ", ".join(self._columns)
        store.command(
            f"INSERT INTO {table}_shadow ({columns}) SELECT {columns} FROM {table} FINAL"
            f" WHERE ({key}, {self._version}) NOT IN"
            f" (SELECT {key}, {self._version} FROM {table}_replayed FINAL)"
        )
        selected = ", ".join(
            f"if(s.is_stored = 1, s.{name}, r.{name}) AS {name}" if name in OWN else f"r.{name}"
            for name in self._columns
        )
        own = "".join(f", {name}" for name in OWN if name in self._columns)
        store.command(
            f"INSERT INTO {table}_shadow ({columns}) SELECT {selected}"
            f" FROM {table}_replayed AS r FINAL"
            f" LEFT JOIN (SELECT {key}{own}, 1 AS is_stored FROM {table} FINAL) AS s"
            f" USING ({key})"
        )
        store.command(f"EXCHANGE TABLES {table}_shadow AND {table}")
        # Rows that the sink stored in the meantime are in the table that was exchanged away.
        late = [name for name in self._parts(f"{table}_shadow") if name not in before]
        if late:
            parts = ", ".join(f"'{name}'" for name in late)
            store.command(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_shadow"
                f" WHERE _part IN ({parts})"
            )
        self._derive()

    def _parts(self, table: str) -> list[str]:
        """Return the names of the active parts of a table."""
        parts = self._store.rows(
            "SELECT name FROM system.parts WHERE active AND database = currentDatabase()"
            " AND table = {table:String}",
            {"table": table},
        )
        return [name for (name,) in parts]

    def _derive(self) -> None:
        """Rebuild the targets of the materialized views that read this table."""
        views = self._store.rows(
            "SELECT as_select, extract(create_table_query, ' TO (?:[a-z_0-9]+[.])?([a-z_0-9]+)')"
            " FROM system.tables WHERE engine = 'MaterializedView'"
            " AND database = currentDatabase() AND position(as_select, {table:String}) > 0",
            {"table": self.table},
        )
        for select, target in views:
            self._store.command(f"DROP TABLE IF EXISTS {target}_shadow")
            self._store.command(f"CREATE TABLE {target}_shadow AS {target}")
            self._store.command(f"INSERT INTO {target}_shadow {select}")
            self._store.command(f"EXCHANGE TABLES {target}_shadow AND {target}")
            self._store.command(f"DROP TABLE {target}_shadow")

    def drop(self) -> None:
        """Drop the tables of the comparison and allow merges again."""
        for kind in ("replayed", "shadow"):
            self._store.command(f"DROP TABLE IF EXISTS {self.table}_{kind}")
        self._store.command(f"SYSTEM START MERGES {self.table}")
