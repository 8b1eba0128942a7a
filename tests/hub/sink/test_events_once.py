"""A fact that arrives in two messages is one row, and every view counts it once."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.publish.normalise import to_unified_event
from hub.security.sealing import Sealer
from hub.sink.rows import TABLES
from hub.store.client import Store
from hub.store.migrate import MIGRATIONS, statements
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.reports.raw import RawMessage, Transport
from schemas.topic import DISPOSITIONS, EVENTS
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.town import NOON, REGISTER, event

LINES = (
    b'{"id":"p1","type":"check","workerId":"W-1","gridCode":"G1","at":"2026-03-02T09:00:00+08:00"}',
    b'{"id":"p2","type":"report","workerId":"W-1","gridCode":"G1","text":"\xe4\xba\x95\xe7\x9b\x96'
    b'\xe7\xa0\xb4\xe6\x8d\x9f","at":"2026-03-02T09:05:00+08:00"}',
)
LATER = NOON + timedelta(days=40)
REBUILT = MIGRATIONS / "0012_events_once.sql"
FEED = re.compile(r"CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+)")
FROM_EVENTS = re.compile(r"\bFROM events\b")
"""The second upload: another day, another month, another partition."""
COUNTED = {
    "events": "SELECT count() FROM events",
    "patrols": "SELECT sum(checks) + sum(found) FROM patrols",
    "worker_reports": "SELECT count() + 1 FROM worker_reports",
    "assessment_by_worker": "SELECT sum(found) + 1 FROM assessment_by_worker",
    "events_by_channel": "SELECT sum(events) FROM events_by_channel",
    "events_by_grid": "SELECT sum(events) FROM events_by_grid",
}
"""The count of two facts in each view."""


def upload(store: Store, lines: tuple[bytes, ...], at: datetime, number: int) -> None:
    """Decode, normalise and store an upload of a phone."""
    raw = RawMessage(
        receipt_id=UUID(int=number),
        channel=Channel.GRID_PATROL,
        transport=Transport.HTTP,
        received_at=at,
        body=b"\n".join(lines),
    )
    connector = load_connectors()[Channel.GRID_PATROL]
    facts = connector.decode_batch([raw], DecodeContext())[0].facts
    assert len(facts) == len(lines)
    none: Callable[..., str | None] = lambda *_: None  # noqa: E731
    table = next(table for table in TABLES if table.topic == EVENTS.name)
    rows: list[Mapping[str, Any]] = [
        table.row_of(
            to_unified_event(raw, fact, REGISTER, Sealer(b"k" * 32), none)
            .model_dump_json()
            .encode()
        )
        for fact in facts
    ]
    store.insert(table.name, list(rows[0]), [list(row.values()) for row in rows])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_upload_that_arrives_twice_counts_once(store: Store, order: tuple[int, int]) -> None:
    """The row of the earlier message is kept, in whatever order the messages are stored."""
    uploads = ((LINES, NOON, 1), (LINES[1:], LATER, 2))
    for index in order:
        upload(store, *uploads[index])
    assert {name: store.rows(sql)[0][0] for name, sql in COUNTED.items()} == dict.fromkeys(
        COUNTED, 2
    )
    first = store.rows("SELECT DISTINCT toDate(received_at) = '2026-03-02' FROM events")
    assert first == [(True,)]


def test_the_migration_that_rebuilds_the_table_loses_no_row(store: Store) -> None:
    """If it runs again after a crash between any two statements, the rows are the same."""
    upload(store, LINES, NOON, 1)
    rows = "SELECT * FROM events ORDER BY native_id"
    before = store.named(rows)
    steps = statements(REBUILT.read_text(encoding="utf-8"))
    for crash in range(1, len(steps) + 1):
        for statement in (*steps[:crash], *steps):
            store.command(statement)
        after = store.named(rows)
        assert len(after) == len(before), crash
        assert all(row.items() <= known.items() for row, known in zip(after, before, strict=True))
    repeat_later_migrations(store)
    assert store.named(rows)[0].keys() == before[0].keys()
    assert store.rows("SELECT count() FROM system.tables WHERE name LIKE 'events\\_%'") == [(2,)]


def repeat_later_migrations(store: Store) -> None:
    """Give the rebuilt table its later columns, and the views that are bound to the former one."""
    feeds: dict[str, str] = {}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        for statement in statements(path.read_text(encoding="utf-8")):
            if path > REBUILT and statement.startswith("ALTER TABLE events ADD COLUMN"):
                store.command(statement)
            if (feed := FEED.match(statement)) and FROM_EVENTS.search(statement):
                feeds[feed[1]] = statement
    for view, statement in feeds.items():
        store.command(f"DROP VIEW {view}")
        store.command(statement)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_event_that_was_reissued_has_its_case(store: Store, order: tuple[int, int]) -> None:
    """A follow-up that arrived before its report has two dispositions, stored in any order."""
    early = event("r", kind=Kind.FOLLOW_UP, parent="a", minutes=1)
    state, dispositions = PartitionState(), []
    for received in (early, event("a", minutes=5), early):
        effects = step(state, received, REGISTER)
        state.apply(effects)
        dispositions.append(effects.disposition)
    table = next(table for table in TABLES if table.topic == DISPOSITIONS.name)
    for index in order:
        row = table.row_of((dispositions[0], dispositions[2])[index].model_dump_json().encode())
        store.insert(table.name, list(row), [list(row.values())])
    (case,) = state.cases
    assert store.rows("SELECT outcome, case_id FROM dispositions") == [("followed", case)]
