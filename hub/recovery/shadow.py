"""Shadow tables 影子表: rows made anew, compared with what is stored, put in its place at once."""

from dataclasses import dataclass, replace

from hub.sink.rows import Row
from hub.store.client import Store

BATCH = 20_000
VERSIONS = {"cases": "seq", "events": "precedence", "dispositions": "precedence"}
"""Column by which of two rows of one id the later is known; of other tables both are the same."""
COMPUTED = ("MATERIALIZED", "ALIAS")
OWN = ("stored_at",)
"""Columns that say when a row was stored, not what it says."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found of one table, in ids: `kept` are stored ones that were not made anew."""

    table: str
    same: int
    changed: int
    missing: int
    kept: int
    swapped: bool = False

    @property
    def differs(self) -> bool:
        """Whether what is stored is not what it should be."""
        return bool(self.changed or self.missing)

    def with_swap(self) -> "Compared":
        """Return the same, put into effect."""
        return replace(self, swapped=True)


class Shadow:
    """Rows of one table, made anew."""

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
        # What is stored meanwhile must be told from what was there before.
        store.command(f"SYSTEM STOP MERGES {table}")

    def add(self, row: Row | None) -> None:
        """Take one row."""
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
        """Return how the rows made anew stand to those that are stored."""
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
        """Put the rows made anew in the place of those that are stored; no reader sees a gap."""
        store, table, key = self._store, self.table, self._key
        before = self._parts(table)
        columns = ", ".join(self._columns)
        store.command(
            f"INSERT INTO {table}_shadow ({columns}) SELECT {columns} FROM {table} FINAL"
            f" WHERE ({key}, {self._version}) NOT IN"
            f" (SELECT {key}, {self._version} FROM {table}_replayed FINAL)"
        )
        kept = ", ".join(
            f"if(s.is_stored = 1, s.{name}, r.{name}) AS {name}" if name in OWN else f"r.{name}"
            for name in self._columns
        )
        own = "".join(f", {name}" for name in OWN if name in self._columns)
        store.command(
            f"INSERT INTO {table}_shadow ({columns}) SELECT {kept} FROM {table}_replayed AS r FINAL"
            f" LEFT JOIN (SELECT {key}{own}, 1 AS is_stored FROM {table} FINAL) AS s"
            f" USING ({key})"
        )
        store.command(f"EXCHANGE TABLES {table}_shadow AND {table}")
        # What the sink has stored since then went to the table that was put aside.
        late = [name for name in self._parts(f"{table}_shadow") if name not in before]
        if late:
            parts = ", ".join(f"'{name}'" for name in late)
            store.command(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_shadow"
                f" WHERE _part IN ({parts})"
            )
        self._derive()

    def _parts(self, table: str) -> list[str]:
        """Return the parts that a table is made of now."""
        parts = self._store.rows(
            "SELECT name FROM system.parts WHERE active AND database = currentDatabase()"
            " AND table = {table:String}",
            {"table": table},
        )
        return [name for (name,) in parts]

    def _derive(self) -> None:
        """Fill anew what is counted from this table as it is filled."""
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
        """Let go of what was made for the comparison."""
        for kind in ("replayed", "shadow"):
            self._store.command(f"DROP TABLE IF EXISTS {self.table}_{kind}")
        self._store.command(f"SYSTEM START MERGES {self.table}")
