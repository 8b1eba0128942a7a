"""The tables of open and of lately settled cases show what the table of cases shows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.accounts.permissions import Scope
from hub.overview.figures import QUICK_QUERIES, scoped
from hub.store.case_sql import OPEN_SQL
from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from hub.store.open_cases import delete_settled
from schemas.cases.assignment import Tier
from schemas.cases.case import CaseEvent, State, case_event_id_of
from tests.hub.store.views.test_quick_views import life, stored

SHOWN = "case_id, number, seq, state, unit, title, reports, due_at"
OPEN = f"SELECT {SHOWN} FROM cases WHERE state IN {OPEN_SQL} ORDER BY case_id"
OPEN_KEPT = f"SELECT {SHOWN} FROM open_cases_kept ORDER BY case_id"
LATE = "case_id, number, seq, state, settled_at, opened_at, category, reports, channels"
SETTLED = f"SELECT {LATE} FROM cases WHERE settled_at IS NOT NULL ORDER BY case_id"
SETTLED_KEPT = f"SELECT {LATE} FROM settled_cases_kept ORDER BY case_id"
TABLES = ("open_cases_kept", "settled_cases_kept", "settlements")
SETTLED_TODAY = """
SELECT count() AS settled, countIf(settled_tier IN ('grid', 'village')) AS village,
       countIf(settled_tier = 'township') AS township, countIf(settled_tier = 'county') AS county
FROM cases WHERE settled_at >= toStartOfDay(now64(3, 'Asia/Shanghai'))"""
VIEWS = ("open_cases_fed", "settled_cases_fed", "settlements_fed")
CRASHES = [(crash, 0) for crash in (2, 5, 8, 9, 10, 11)]
AFTER_CRASHES = [(0, later) for later in (1, 12, 17, 18, 19, 20, 21, 22)]


def entries() -> list[CaseEvent]:
    """Return the entries of a dozen cases, of which some are settled."""
    return [body for body in life() if isinstance(body, CaseEvent)]


def same(store: Store) -> bool:
    """Whether the tables show what the table of cases shows."""
    counted = scoped(QUICK_QUERIES["settled_today"], Scope())
    pairs = ((OPEN, OPEN_KEPT), (SETTLED, SETTLED_KEPT), (SETTLED_TODAY, counted))
    return all(store.rows(wanted) == store.rows(kept) for wanted, kept in pairs)


def settle(some: list[CaseEvent]) -> list[CaseEvent]:
    """Return a last entry of every second case by which it is settled."""
    last = {entry.case_id: entry for entry in some}
    return [_settled(entry) for entry in list(last.values())[::2]]


def _settled(entry: CaseEvent, tier: Tier = Tier.VILLAGE) -> CaseEvent:
    """Return the entry after `entry`; the settlement is of today, so its row is not expired."""
    return _next(entry, State.RESOLVED, settled_at=datetime.now(UTC), settled_tier=tier)


def _reopened(entry: CaseEvent) -> CaseEvent:
    """Return the entry after `entry` that reopens its case."""
    reopenings = entry.case.reopenings + 1
    return _next(entry, State.RECEIVED, settled_at=None, settled_tier=None, reopenings=reopenings)


def _next(entry: CaseEvent, state: State, **fields: Any) -> CaseEvent:
    """Return the entry after `entry`, with a state and other fields of its case changed."""
    changes = {"seq": entry.seq + 1, "state": state}
    case = entry.case.model_copy(update={**changes, **fields, "updated_at": datetime.now(UTC)})
    return entry.model_copy(
        update={
            **changes,
            "case": case,
            "case_event_id": case_event_id_of(entry.case_id, entry.seq + 1),
        }
    )


@pytest.mark.parametrize("piece", [pytest.param(1, marks=pytest.mark.slow), 7, 1000])
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


@pytest.mark.parametrize("order", [1, -1])
def test_a_settlement_counts_until_its_case_is_reopened(store: Store, order: int) -> None:
    """Each case counts once, with its last settlement, in whatever order snapshots are stored."""
    record = entries()
    settled = settle(record)
    fed_back = [_next(entry, State.FED_BACK) for entry in settled]
    reopened = [_reopened(entry) for entry in fed_back[1:]]
    again = [_settled(entry, Tier.COUNTY) for entry in reopened[1:]]
    twice = [_reopened(entry) for entry in again[1:]]
    last = [_settled(entry, Tier.TOWNSHIP) for entry in twice[1:]]
    for some in (settled, fed_back, reopened, again, twice, last)[::order]:
        for _ in range(2):
            stored(store, some)
    (counted,) = store.named(scoped(QUICK_QUERIES["settled_today"], Scope()))
    tiers = {"village": 1, "county": 1, "township": len(last)}
    assert counted == {"settled": len(last) + 2, **tiers}
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
    ("crash", "later"),
    [
        (0, 0),
        (11, 22),
        *(pytest.param(*at, marks=pytest.mark.slow) for at in (*CRASHES, *AFTER_CRASHES)),
    ],
)
def test_a_migration_fills_the_tables_from_stored_cases(
    store: Store, crash: int, later: int
) -> None:
    """Also after a crash between two statements: `later` is one in the last two migrations."""
    some = entries()
    stored(store, [*some, *settle(some)])
    for view in VIEWS:
        store.command(f"DROP VIEW {view}")
    for table in TABLES:
        store.command(f"DROP TABLE {table} SYNC")
    first = steps("0030_open_cases", "0038_open_cases_fine")
    last = steps("0039_callbacks", "0044_settlements")
    for statement in (*first[:crash], *first, *last[:later], *last):
        store.command(statement)
    assert same(store)
    stored(store, [*some, *settle(some)])
    assert same(store)


def steps(*names: str) -> list[str]:
    """Return the statements of migrations."""
    texts = ((MIGRATIONS / f"{name}.sql").read_text("utf-8") for name in names)
    return [statement for text in texts for statement in statements(text)]
