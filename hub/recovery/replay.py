"""`hub replay` 重放: rebuilds tables from the raw journal or from the topics.

It decodes all messages of a time window again into a separate table, compares this table row by
row with the stored one, and swaps the tables atomically. If the journal or the topic has deleted
the message of a stored row, this row stays unchanged. A second replay changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from clickhouse_connect.driver.exceptions import ProgrammingError

from hub.broker.connection import consumer_options
from hub.broker.consumer import PartitionConsumer, partitions_of
from hub.journal.keys import journal_path
from hub.journal.migration import open_sealed
from hub.publish.publisher import Publisher
from hub.recovery.shadow import Compared, Shadow
from hub.runtime.errors import HubError
from hub.runtime.metrics import Meters
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import open_sealer
from hub.settings.intake import IntakeSettings
from hub.sink.rows import TABLES, Row, TableMapping
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.town.mappings import mapped_connectors
from hub.town.models import load_register
from schemas.cloudevent import Record
from schemas.topic import EVENTS, RECEIPTS, REJECTED, TOPICS

FROM_JOURNAL = (EVENTS.name, RECEIPTS.name, REJECTED.name)
CHUNK = 500
IDLE_POLLS = 20
POLL_MS = 500

log = structlog.get_logger()

Progress = Callable[[int], None]
"""Called with the number of further records that were read."""
Values = Iterator[tuple[str, bytes]]
"""Topic and value of each record of the window."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time window from `begin` (included) to `end` (excluded)."""

    begin: datetime
    end: datetime

    def has(self, moment: datetime) -> bool:
        """Return whether a moment is in the window."""
        return self.begin <= moment < self.end


class _Collected:
    """A sender that collects the records of a publisher."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send_all(self, records: Sequence[Record]) -> None:
        """Collect the records."""
        self.records.extend(records)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to replay. `names` are tables; if empty, all tables that the source can rebuild."""

    window: Window
    names: Sequence[str] = ()
    source: str = "journal"
    """journal, or topics"""
    compare_only: bool = False


def replay(settings: IntakeSettings, wanted: Wanted, progress: Progress) -> list[Compared]:
    """Rebuild tables; return the comparison of each table. Raises `HubError`."""
    try:
        store = open_store(settings)
    except ProgrammingError as error:
        detail = f"the store cannot be opened; stop the hub, which uses the store ({error})"
        raise HubError(detail) from error
    try:
        migrate(store)
        return replay_into(store, settings, wanted, progress)
    finally:
        store.close()


def replay_into(
    store: Store, settings: IntakeSettings, wanted: Wanted, progress: Progress
) -> list[Compared]:
    """Rebuild tables in a store that is already open; return the comparison of each."""
    tables = _tables(wanted.names, wanted.source)
    if wanted.source == "journal":
        values = _of_journal(settings, wanted.window, progress)
    else:
        topics = {table.topic for table in tables}
        values = values_of_topics(settings, wanted.window, topics, progress)
    return _replayed(store, tables, values, compare_only=wanted.compare_only)


def _tables(names: Sequence[str], source: str) -> list[TableMapping]:
    able = [table for table in TABLES if source == "topics" or table.topic in FROM_JOURNAL]
    known = {table.name for table in able}
    if unknown := set(names) - known:
        rebuildable = ", ".join(sorted(known))
        raise HubError(
            f"{', '.join(unknown)} cannot be rebuilt from the {source}; these can: {rebuildable}"
        )
    return [table for table in able if not names or table.name in names]


def _replayed(
    store: Store, tables: Sequence[TableMapping], values: Values, *, compare_only: bool
) -> list[Compared]:
    shadows = {table.name: Shadow(store, table.name) for table in tables}
    by_topic: dict[str, list[TableMapping]] = {}
    for table in tables:
        by_topic.setdefault(table.topic, []).append(table)
    try:
        for topic, value in values:
            for table in by_topic.get(topic, ()):
                shadows[table.name].add(_row(table, value))
        results = []
        for shadow in shadows.values():
            compared = shadow.compare()
            if compared.differs and not compare_only:
                shadow.swap()
                compared = compared.with_swap()
            results.append(compared)
    finally:
        for shadow in shadows.values():
            shadow.drop()
    return results


def _row(table: TableMapping, value: bytes) -> Row | None:
    try:
        return table.row_of(value)
    except ValueError as error:
        # The sink stored its bytes in `sink_faults`.
        log.warning("replay_row_invalid", table=table.name, error=str(error))
        return None


def _of_journal(settings: IntakeSettings, window: Window, progress: Progress) -> Values:
    """Yield (topic, value) of the journal's entries, decoded by this version of the hub."""
    path = journal_path(settings)
    if not path.exists():
        raise HubError(f"there is no journal {path}")
    sealer = open_sealer(settings)
    journal, sender = open_sealed(settings, sealer), _Collected()
    credentials = load_or_create_credentials(settings)
    publisher = Publisher(
        routes=journal,
        connectors=mapped_connectors(settings.town),
        contexts=credentials.contexts(),
        register=load_register(settings),
        sealer=sealer,
        sender=sender,
        meters=Meters(),
    )
    after = max(0, journal.first_since(window.begin) - 1)
    try:
        while entries := journal.read(after, CHUNK):
            after = entries[-1][0]
            publisher.publish([raw for _, raw in entries if window.has(raw.received_at)])
            for record in sender.records:
                yield record.topic, record.value
            sender.records.clear()
            progress(len(entries))
    finally:
        journal.close()


def values_of_topics(
    settings: IntakeSettings, window: Window, topics: set[str], progress: Progress
) -> Values:
    """Yield (topic, value) of the records that the broker received within the window."""
    parts = partitions_of(topic for topic in TOPICS if topic.name in topics)
    with PartitionConsumer(consumer_options(settings), parts) as consumer:
        begin, end = consumer.offsets_at(window.begin), consumer.offsets_at(window.end)
        consumer.seek(begin)
        open_parts = {part for part in parts if begin[part] < end[part]}
        idle = 0
        while open_parts and idle < IDLE_POLLS:
            polled = consumer.poll(timeout_ms=POLL_MS)
            idle = 0 if polled else idle + 1
            for part, records in polled.items():
                for record in records:
                    if record.offset < end[part] and record.value is not None:
                        yield part.topic, record.value
                progress(len(records))
            # Transaction markers at the end are not records, so a poll may return none.
            open_parts = {part for part in open_parts if consumer.position(part) < end[part]}
        if open_parts:
            missing = ", ".join(f"{part.topic}/{part.partition}" for part in open_parts)
            raise HubError(f"the broker did not return all records of {missing}")
