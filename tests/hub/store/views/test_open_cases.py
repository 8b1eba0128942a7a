"""The tables of open and of lately settled cases show what the table of cases shows."""

from datetime import UTC, datetime

import pytest

from hub.store.case_sql import OPEN_SQL
from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from hub.store.open_cases import delete_settled
from schemas.cases.case import CaseEvent, State, case_event_id_of
from tests.hub.store.views.test_quick_views import life, stored

SHOWN = "case_id, number, seq, state, unit, title, reports, due_at"
OPEN = f"SELECT {SHOWN} FROM cases WHERE state IN {OPEN_SQL} ORDER BY case_id"
OPEN_KEPT = f"SELECT {SHOWN} FROM open_cases_kept ORDER BY case_id"
LATE = "case_id, number, seq, state, settled_at, opened_at, category, reports, channels"
SETTLED = f"SELECT {LATE} FROM cases WHERE settled_at IS NOT NULL ORDER BY case_id"
SETTLED_KEPT = f"SELECT {LATE} FROM settled_cases_kept ORDER BY case_id"
TABLES = ("cases", "open_cases_kept", "settled_cases_kept")
AFTER_CRASHES = [(0, later) for later in (1, 12, 17, 18, 19, 20)]


def entries() -> list[CaseEvent]:
    """Return the entries of a dozen cases, of which some are settled."""
    return [body for body in life() if isinstance(body, CaseEvent)]


def same(store: Store) -> bool:
    """Whether both tables show what the table of cases shows."""
    pairs = ((OPEN, OPEN_KEPT), (SETTLED, SETTLED_KEPT))
    return all(store.rows(wanted) == store.rows(kept) for wanted, kept in pairs)


def settle(some: list[CaseEvent]) -> list[CaseEvent]:
    """Return a last entry of every second case by which it is settled."""
    last = {entry.case_id: entry for entry in some}
    return [_settled(entry) for entry in list(last.values())[::2]]


def _settled(entry: CaseEvent) -> CaseEvent:
    """Return the entry after `entry`; the settlement is of today, so its row is not expired."""
    changes = {"seq": entry.seq + 1, "state": State.RESOLVED}
    case = entry.case.model_copy(update={**changes, "settled_at": datetime.now(UTC)})
    return entry.model_copy(
        update={
            **changes,
            "case": case,
            "case_event_id": case_event_id_of(entry.case_id, entry.seq + 1),
        }
    )


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_pieces_and_redelivery_change_nothing(store: Store, piece: int) -> None:
    """In pieces, each twice, and the last pieces once more: the tables are equal."""
    some = entries()
    record = [*some, *settle(some)]
    for begin in range(0, len(record), piece):
        for _ in range(2):
            stored(store, list(record[begin : begin + piece]))
    assert store.rows(OPEN)
    assert store.rows(SETTLED)
    assert same(store)
    delete_settled(store)
    assert same(store)
    stored(store, list(record[len(record) // 2 :]))
    assert same(store)


def test_only_open_cases_stay_in_the_table(store: Store) -> None:
    """The rows of a settled case are deleted, and so are its former rows."""
    some = entries()
    stored(store, list(some))
    settled = settle(some)
    stored(store, list(settled))
    delete_settled(store)
    ((kept,),) = store.rows(
        "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase()"
        " AND table = 'open_cases_kept'"
    )
    ((still_open,),) = store.rows(f"SELECT count() FROM ({OPEN})")
    assert kept == still_open > 0


@pytest.mark.parametrize(
    ("crash", "later"), [(0, 0), (2, 0), (5, 0), (8, 0), (9, 0), (10, 0), (11, 0), *AFTER_CRASHES]
)
def test_a_migration_fills_the_tables_from_stored_cases(
    store: Store, crash: int, later: int
) -> None:
    """Also after a crash between two of its statements: `later` is one in the last migration."""
    some = entries()
    stored(store, [*some, *settle(some)])
    for table in TABLES[1:]:
        store.command(f"DROP VIEW {table.removesuffix('kept')}fed")
        store.command(f"DROP TABLE {table} SYNC")
    first = steps("0030_open_cases", "0038_open_cases_fine")
    last = steps("0039_callbacks")
    for statement in (*first[:crash], *first, *last[:later], *last):
        store.command(statement)
    assert same(store)
    stored(store, [*some, *settle(some)])
    assert same(store)


def steps(*names: str) -> list[str]:
    """Return the statements of migrations."""
    texts = ((MIGRATIONS / f"{name}.sql").read_text("utf-8") for name in names)
    return [statement for text in texts for statement in statements(text)]
