"""Replay of a day: lost and changed rows are restored, and a second replay changes nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.registry import load_connectors
from hub.journal.journal import Journal
from hub.lab.simulate.run import messages_of
from hub.publish.publisher import Publisher, publish_batch
from hub.recovery.replay import Wanted, Window, replay_into
from hub.recovery.shadow import Compared
from hub.runtime.errors import HubError
from hub.runtime.metrics import Meters
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.sink.sink import Sink
from hub.store.client import Store
from hub.town.models import load_register
from schemas.cloudevent import Record
from schemas.reports.raw import RawMessage, receipt_of_delivery

DAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(DAY, DAY + timedelta(days=1))
COUNTED = "SELECT * EXCEPT (lag_ms) FROM arrivals ORDER BY ALL"
ARRIVED = """
SELECT toDate(received_at), toStartOfFifteenMinutes(toDateTime(received_at)), channel, kind,
       division_code, grid_code, count() FROM events GROUP BY ALL ORDER BY ALL
"""


class Broker:
    """Keeps the published records."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send_all(self, records: list[Record]) -> None:
        """Accept all records."""
        self.records += records


@pytest.fixture
def day(tmp_path: Path, store: Store) -> Settings:
    """Return settings of a hub that has received and stored a day."""
    settings = Settings(data=tmp_path)
    journal = Journal(tmp_path / "journal.db", make_sealer(settings), max_bytes=10**9)
    drawn = messages_of(settings, 5, 150, WINDOW.end - timedelta(hours=1))
    step = timedelta(days=1) / len(drawn)
    journal.append(
        [
            RawMessage(
                receipt_id=receipt_of_delivery(message.channel, str(number)),
                channel=message.channel,
                transport=message.transport,
                received_at=DAY + number * step,
                content_type=message.content_type,
                headers=dict(message.headers),
                body=message.body,
            )
            for number, message in enumerate(drawn)
        ]
    )
    broker = Broker()
    publisher = Publisher(
        journal,
        load_connectors(),
        load_or_create_credentials(settings).contexts(),
        load_register(settings),
        make_sealer(settings),
        broker,
        Meters(),
    )
    while publish_batch(publisher, journal):
        pass
    journal.close()
    records: list[Any] = [
        SimpleNamespace(
            topic=result.topic,
            partition=0,
            offset=number,
            value=result.value,
            headers=result.headers,
        )
        for number, result in enumerate(broker.records)
    ]
    Sink(settings, store, Meters()).save(records)
    return settings


def replayed(
    store: Store, settings: Settings, *names: str, compare_only: bool = False
) -> dict[str, Compared]:
    """Replay the day; return the differences by table."""
    wanted = Wanted(WINDOW, names, compare_only=compare_only)
    results = replay_into(store, settings, wanted, lambda _: None)
    return {result.table: result for result in results}


def contents(store: Store) -> dict[str, list[Any]]:
    """Return all rows, with the time at which they were stored."""
    tables = ("events", "receipts", "rejected")
    results = {name: store.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in tables}
    return results | {"arrivals": store.rows(COUNTED)}


def test_a_replay_of_a_complete_day_changes_nothing(store: Store, day: Settings) -> None:
    """Every row is recomputed exactly as it was stored."""
    before = contents(store)
    results = replayed(store, day)
    assert {name for name, result in results.items() if result.same > 5} == {*before} - {"arrivals"}
    assert not any(
        result.differs or result.swapped or result.unmatched for result in results.values()
    )
    assert contents(store) == before


def test_a_replay_restores_lost_and_changed_rows_and_a_second_changes_nothing(
    store: Store, day: Settings
) -> None:
    """Removed rows, changed rows and their figures are restored; other days stay as they are."""
    before = contents(store)
    settled = "SETTINGS mutations_sync = 2"
    lost = store.rows("SELECT count() FROM events WHERE cityHash64(event_id) % 3 = 0")[0][0]
    store.command(f"ALTER TABLE events DELETE WHERE cityHash64(event_id) % 3 = 0 {settled}")
    store.command(f"ALTER TABLE events UPDATE title = '?' WHERE kind = 'report' {settled}")
    store.command(f"ALTER TABLE receipts DELETE WHERE 1 {settled}")
    store.command("TRUNCATE TABLE arrivals_kept")
    assert replayed(store, day, compare_only=True)["events"].missing == lost
    results = replayed(store, day)
    assert results["events"].swapped
    assert results["events"].missing == lost
    assert results["events"].changed > 10
    assert results["receipts"].missing == len(before["receipts"])
    assert not results["rejected"].swapped
    once = contents(store)
    assert once["rejected"] == before["rejected"]
    assert once["arrivals"] == store.rows(ARRIVED)
    says = "SELECT * EXCEPT (stored_at) FROM events ORDER BY ALL"
    records = store.rows(says)
    again = replayed(store, day)
    assert not any(result.differs for result in again.values())
    assert contents(store) == once
    assert store.rows(says) == records
    assert (
        store.rows("SHOW TABLES LIKE '%_shadow'")
        == store.rows("SHOW TABLES LIKE '%_replayed'")
        == []
    )


def test_rows_that_cannot_be_rebuilt_stay(store: Store, day: Settings) -> None:
    """The journal has deleted their messages: they are reported and not changed."""
    path = day.data / "journal.db"
    journal = Journal(path, make_sealer(day), max_bytes=10**9)
    deleted = journal.forget(journal.last_seq() // 2, datetime.now(UTC))
    journal.close()
    before = contents(store)
    store.command("ALTER TABLE receipts UPDATE size = 0 WHERE 1 SETTINGS mutations_sync = 2")
    results = replayed(store, day, "receipts")["receipts"]
    assert (results.unmatched, results.changed, results.missing) == (
        deleted,
        len(before["receipts"]) - deleted,
        0,
    )
    zeros = store.rows("SELECT count() FROM receipts WHERE size = 0")
    assert zeros == [(deleted,)]


def test_a_table_that_the_journal_cannot_rebuild_is_refused(store: Store, day: Settings) -> None:
    """Cases come from the topics, not from the journal."""
    with pytest.raises(HubError, match="cases cannot be rebuilt from the journal"):
        replayed(store, day, "cases")
