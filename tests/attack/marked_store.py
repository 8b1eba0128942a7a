"""A store with marks: the user's own rows, others' rows and hidden columns, in every table.

Stores of one seed differ in their secrets only. If a role gets different answers from two of them,
an answer has revealed a secret. Tables and columns are read from the store, so that a new column
is filled automatically.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.settings import Settings
from hub.sql.roles import HIDDEN, SCOPED, SHOWN
from hub.store.client import Store
from tests.attack.marks import CORES, DAY, NUMBER, UUID_START, Secret, mark

AREA, UNIT, TOWNSHIP_UNIT = "421299001", "U-C", "U-T"
"""The querying township, the querying unit, and the unit whose members are the township's."""
FED = frozenset(
    {
        *("arrivals_kept", "assessed_entries", "last_words"),
        *("open_cases_kept", "settled_cases_kept", "settlements"),
    }
)
"""Filled by views of the store."""
SAME_FOR_ALL = frozenset({"areas", "grids", "units", "plans", "calendar"})
"""Registers that a unit sees as a whole."""
COLUMNS = (
    "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
    " AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase()"
    " AND engine LIKE '%MergeTree') AND default_kind NOT IN ('MATERIALIZED', 'ALIAS')"
    " ORDER BY table, position"
)
TABLES = (
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
)
OWN_ROWS, FOREIGN_ROWS = 4, 3
OWN_DAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
FOREIGN_DAY = datetime.fromisoformat(f"{DAY}T04:00:00+00:00")
OF_TABLE: dict[tuple[str, str], tuple[Any, ...]] = {
    ("events", "channel"): ("hotline_12345", "grid_patrol", "service_items"),
    ("events", "kind"): ("report", "visit", "service_stage"),
    ("project_records", "kind"): ("registered", "money", "stage"),
    ("project_records", "stage"): ("proposed", "", "agreed"),
    ("project_records", "source"): ("", "donation", ""),
    ("project_records", "cancels"): (None,),
    ("tasks", "kind"): ("form", "campaign"),
    ("tasks", "ruling"): ("admitted", "to_county"),
    ("people", "standing"): ("current",),
    ("people", "classes"): (["key.released"], ["cared.alone", "key.drugs"]),
    ("firms", "standing"): ("current",),
    ("premises", "standing"): ("current",),
    ("asked_departments", "kind"): ("whistle", "hand_over"),
    ("township_ratings", "grade"): ("good", "poor"),
}
"""Words that the views ask for: without them a view has no row, and nothing would be tried."""
MOVES = ("open", "assign", "accept", "resolve", "evaluate", "suggest", "whistle")
FILES = ("sql.token", "seal.key.old", "staff.old.yaml", "notes.txt")


class Variant(StrEnum):
    """Which secrets differ from those of `FIRST`."""

    FIRST = "first"
    HIDDEN = "hidden"
    """hidden columns, files and the audit: for city and auditor"""
    FOREIGN = "foreign"
    """the same, and all rows of strangers: for township and unit"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row to insert: its table, its owner, and its number."""

    table: str
    own: bool
    number: int


def fill(store: Store, variant: Variant) -> None:
    """Fill every table of a migrated, empty store."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in store.rows(COLUMNS):
        tables.setdefault(table, []).append((name, kind))
    for table, columns in tables.items():
        if table in FED:
            continue
        more = 2 if variant is Variant.FOREIGN and table not in SAME_FOR_ALL else 0
        more += 1 if variant is not Variant.FIRST and table == "audit" else 0
        # Foreign rows come first, to expose a count of rows before the row filter.
        rows = [Row(table, False, number) for number in range(FOREIGN_ROWS + more)]
        if table not in ("migrations", "audit"):
            rows += [Row(table, True, number) for number in range(OWN_ROWS)]
        values = [[value(row, name, kind, variant) for name, kind in columns] for row in rows]
        store.insert(table, [name for name, _ in columns], values)
    for (table,) in store.rows(TABLES):
        # One part each: the order in which parts are read is no secret, but would look like one.
        store.command(f"OPTIMIZE TABLE {table} FINAL")


def secret_of(row: Row, column: str) -> Secret | None:
    """Return whose secret a value is, or None if everybody may see it."""
    if column in HIDDEN.get(row.table, ()) or row.table not in SHOWN:
        return Secret.HIDDEN
    if row.table == "audit":
        return Secret.AUDIT
    if row.table in SAME_FOR_ALL:
        return None
    return None if row.own and row.table in SCOPED else Secret.FOREIGN


def salt_of(secret: Secret | None, variant: Variant) -> str:
    """Return `A`, or `B` for a secret that is different in this variant."""
    if secret is None or variant is Variant.FIRST:
        return "A"
    return "A" if variant is Variant.HIDDEN and secret is Secret.FOREIGN else "B"


def value(row: Row, column: str, kind: str, variant: Variant) -> Any:
    """Return the value of a column: a mark if it is a secret."""
    secret = secret_of(row, column)
    salt = salt_of(secret, variant)
    if (known := _known(row, column, salt)) is not None:
        return known
    inner = re.sub(r"^(Nullable|LowCardinality)\((.*)\)$", r"\2", kind)
    inner = re.sub(r"^(Nullable|LowCardinality)\((.*)\)$", r"\2", inner)
    if inner.startswith("Array("):
        return [_plain(row, column, inner[6:-1], secret, salt)]
    return _plain(row, column, inner, secret, salt)


def _known(row: Row, column: str, salt: str) -> Any:
    """Return values that place the rows in the town and give the views something to show."""
    strange = "429999002" if salt == "A" else "429999003"
    fixed: dict[str, Any] = {
        "division_code": f"{AREA if row.own else strange}001",
        "grid_code": f"{AREA if row.own else strange}001G{row.number}",
        "unit": UNIT if row.own else f"U-{strange}",
        "state": ("handling", "resolved")[(row.number + (salt == "B")) % 2],
        "move": MOVES[row.number % len(MOVES)],
        "channel": ("hotline_12345", "grid_patrol")[row.number % 2],
        "kind": ("report", "visit")[row.number % 2],
        "merged_into": UUID(int=0),
    }
    if row.table in ("grids", "areas", "units", "calendar") and column in ("code", "division_code"):
        return f"{AREA if row.own else '429999002'}00{row.number}"
    if row.table == "migrations" and column == "name":
        return None
    if row.table == "grids" and column == "grid_code":
        return None
    if (row.table, column) in OF_TABLE:
        words = OF_TABLE[row.table, column]
        return words[row.number % len(words)]
    if row.table == "events" and column == "service":
        return _service(row, salt)
    return fixed.get(column)


def _service(row: Row, salt: str) -> str:
    """Return a stage of a service item, whose applicant and office are secrets of a foreign row."""
    secret = None if row.own else Secret.FOREIGN
    words = {
        name: _plain(row, name, "String", secret, salt) for name in ("item_name", "department")
    }
    stage = {"stage": "accepted", "unit": UNIT if row.own else f"U-{words['department']}"}
    return json.dumps({**words, **stage}, ensure_ascii=False)


def _plain(row: Row, column: str, kind: str, secret: Secret | None, salt: str) -> Any:
    place, marked = f"{row.table}.{column}.{row.number}", secret is not None
    number = row.number + (0 if salt == "A" else 50)
    if kind in ("String", "LowCardinality(String)"):
        own = f"own-{column}-{row.number}"
        return mark(secret, salt, place) if secret is not None else own
    if kind == "UUID":
        name = {"cause": "event_id", "replay_of": "receipt_id"}.get(column, column)
        text = str(uuid5(NAMESPACE_URL, f"{name} {row.own} {number}"))
        return UUID(UUID_START + text[8:] if marked else text)
    at = (FOREIGN_DAY if marked else OWN_DAY) + timedelta(minutes=number)
    if kind.startswith("DateTime"):
        return at
    if kind == "Date":
        return at.date() if marked else date(2026, 3, 2 + row.number)
    if kind in ("Bool", "UInt8"):
        return number % 2 == 0
    if kind.startswith("Float"):
        return float(f"{NUMBER / 10000}{number:03}") if marked else 1.5 + number
    limit = {"UInt16": 10}.get(kind, 1)
    return (NUMBER * 1000 + number) // (10000 * limit if limit > 1 else 1) if marked else number


def write_files(settings: Settings, variant: Variant) -> None:
    """Write files with marks into the data folder; keys that the hub reads are marks too."""
    salt = salt_of(Secret.FILE, variant)
    key = (salt + CORES[Secret.FILE] * 5)[:43] + "="
    (settings.data / "session.key").write_text(key, encoding="utf-8")
    for name in FILES:
        (settings.data / name).write_text(f"{mark(Secret.FILE, salt, name)}\n", encoding="utf-8")
