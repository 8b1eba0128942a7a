"""The views that inserts update stay correct with repeated, split, late and unordered rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.settings import Settings
from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from hub.store.retention import set_retention, terms
from schemas.cases.case import CaseEvent, Move
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, EVENTS
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

ASSESSED = "SELECT * FROM assessed ORDER BY figure, case_id, at"
ARRIVED = "SELECT day, channel, sum(events) FROM arrivals GROUP BY day, channel ORDER BY day"
WINDOW = """
SELECT count() FROM
(
    SELECT unit_before, handed_before, accept_before, lagInFrame(unit) OVER life AS u,
           lagInFrame(handed_over) OVER life AS h, lagInFrame(accept_by) OVER life AS a
    FROM case_events FINAL
    WINDOW life AS (PARTITION BY case_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING
                    AND CURRENT ROW)
) WHERE unit_before != u OR handed_before != h OR NOT (accept_before <=> a)"""


def life() -> Iterator[UnifiedEvent | CaseEvent]:
    """Yield a dozen events and all entries of their cases: accepted, late, returned, fed back."""
    state, begun = PartitionState(), datetime(2026, 9, 28, 9, tzinfo=UTC)
    for number in range(12):
        at = begun + timedelta(hours=7 * number)
        record = event(
            f"q{number}",
            category="facility.streetlight",
            grid="G1",
            content=f"路灯{number}不亮",
            confidential=number % 2 == 0,
        ).model_copy(update={"received_at": at, "occurred_at": at})
        yield record
        for effects in clock.step(state, REGISTER, at):
            yield from effects.case_events
        effects = receive.step(state, record, REGISTER)
        state.apply(effects)
        yield from effects.case_events
        case = state.case_of(record.channel, record.native_id)
        assert case is not None
        for move in (Move.ACCEPT, Move.RETURN)[: number % 3]:
            effects = follow.step(state, command(case, move, reason="不属本单位"), REGISTER, at)
            state.apply(effects)
            yield from effects.case_events
            case = state.case_of(record.channel, record.native_id)
            assert case is not None
    for effects in clock.step(state, REGISTER, begun + timedelta(days=40)):
        yield from effects.case_events


def stored(store: Store, some: list[Any]) -> None:
    """Store the records, each kind in its tables."""
    events = [body for body in some if isinstance(body, UnifiedEvent)]
    entries = [body for body in some if isinstance(body, CaseEvent)]
    if events:
        keep(store, EVENTS.name, *events)
    if entries:
        keep(store, CASES.name, *entries)


def test_redelivery_and_late_arrival_change_nothing(store: Store) -> None:
    """All at once, or in parts, in reverse order and twice: the figures are equal."""
    record = list(life())
    stored(store, record)
    once = store.rows(ASSESSED), store.rows(ARRIVED)
    assert {row[0] for row in once[0]} >= {"acceptance", "overdue"}
    assert sum(row[2] for row in once[1]) == 12
    for table in (
        "events",
        "cases",
        "case_events",
        "assessed_entries",
        "last_words",
        "arrivals_kept",
    ):
        store.command(f"TRUNCATE TABLE {table}")
    for begin in range(len(record) - 1, -1, -3):
        for _ in range(2):
            stored(store, record[max(0, begin - 2) : begin + 1])
    stored(store, record)
    assert (store.rows(ASSESSED), store.rows(ARRIVED)) == once


def test_the_unit_before_is_that_of_the_entry_before(store: Store) -> None:
    """It equals a window function over the entries of each case."""
    stored(store, list(life()))
    ((entries, handed),) = store.rows("SELECT count(), countIf(unit_before != '') FROM case_events")
    assert handed > 10, (entries, handed)
    assert store.rows(WINDOW) == [(0,)]


@pytest.mark.parametrize("crash", [0, 4, 9, 30])
def test_a_migration_fills_new_views_from_old_rows(store: Store, crash: int) -> None:
    """The migration fills the views from rows that are not in them yet, also after a crash."""
    record = list(life())
    stored(store, record)
    want = store.rows(ASSESSED), store.rows(ARRIVED)
    store.command(
        "ALTER TABLE case_events UPDATE unit_before = '', handed_before = 0, accept_before = NULL"
        " WHERE 1 SETTINGS mutations_sync = 2"
    )
    for table in ("assessed_entries", "last_words", "arrivals_kept"):
        store.command(f"TRUNCATE TABLE {table}")
    steps = statements((MIGRATIONS / "0017_quick_views.sql").read_text(encoding="utf-8"))
    for statement in (*steps[:crash], *steps):
        store.command(statement)
    assert store.rows(WINDOW) == [(0,)]
    assert (store.rows(ASSESSED), store.rows(ARRIVED)) == want


def test_contact_details_are_deleted_after_their_retention(store: Store) -> None:
    """The row stays; retentions are set once, and again when a setting changes."""
    settings = Settings(keep_contacts=30, keep_rows=100)
    now = datetime.now(UTC)
    ages = (10, 60, 200)
    for days in ages:
        record = event(f"d{days}").model_copy(update={"received_at": now - timedelta(days=days)})
        reporter = record.reporter.model_copy(update={"sealed": "v1.x"})
        keep(store, EVENTS.name, record.model_copy(update={"reporter": reporter}))
    try:
        assert len(set_retention(store, settings)) == len(terms(settings))
        assert set_retention(store, settings) == []
        store.command("ALTER TABLE events MATERIALIZE TTL SETTINGS mutations_sync = 2")
        assert store.rows(
            "SELECT native_id, reporter_sealed != '' FROM events ORDER BY received_at DESC"
        ) == [("d10", True), ("d60", False)]
        assert set_retention(store, Settings(keep_contacts=31, keep_rows=100)) == [
            "ALTER TABLE events MODIFY COLUMN reporter_sealed TTL"
            " toDateTime(received_at) + toIntervalDay(31)",
            "ALTER TABLE person_visits MODIFY TTL toDateTime(at) + toIntervalDay(31)",
        ]
    finally:
        for term in terms(settings):
            what = f"MODIFY COLUMN {term.column} REMOVE TTL" if term.column else "REMOVE TTL"
            store.command(f"ALTER TABLE {term.table} {what}")
