"""Entries of cases 事项动态: read from the topic, each with its whole snapshot."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from kafka.errors import KafkaError
from pydantic import ValidationError

from hub.broker.connection import batching_options
from hub.broker.consumer import PartitionConsumer, partitions_of
from hub.broker.wakeup import TopicReader, WakeUp, wakeup_of
from hub.settings.kafka import KafkaSettings
from hub.store.case_entries import Rows, last_entries
from hub.store.reader import StoreAwayError
from schemas.cases.case import Case, CaseEvent
from schemas.cases.fold import fold
from schemas.cloudevent import from_record
from schemas.topic import CASES

GROUP = "minqing-hub-notifications"
RETRY_SECONDS = 1.0
HELD_CASES = 2000
"""Snapshots that are kept, to complete entries that leave fields out."""
RECOVERED_MARGIN = timedelta(minutes=10)
"""So much before the newest entry that was read, entries may be missing: their order is by case."""
CHANGED_SINCE = (
    "SELECT toString(case_id) AS id, seq, body FROM cases FINAL"
    " WHERE updated_at >= toDateTime64({since:String}, 3, 'UTC') ORDER BY updated_at"
)

log = structlog.get_logger()


class EntryTaker(Protocol):
    """Takes entries in the order of each case; an entry may come twice."""

    def take(self, entries: Sequence[CaseEvent]) -> int:
        """Put on disk what follows from entries; return how much is new."""

    def read_to(self) -> float:
        """Return the time of the newest entry that was taken, in epoch seconds; 0 if none was."""


class Snapshots:
    """The newest snapshots, to complete entries that leave fields out."""

    def __init__(self, limit: int = HELD_CASES) -> None:
        self._limit = limit
        self._cases: OrderedDict[UUID, Case] = OrderedDict()

    def whole(self, entry: CaseEvent) -> CaseEvent:
        """Return an entry with its whole snapshot.

        If the entry before it was not read here, it stays as it is, and `kept` names what it lacks.
        """
        former = self._cases.pop(entry.case_id, None)
        if entry.kept and (former is None or former.seq != entry.seq - 1):
            return entry
        case = fold(former, entry)
        self._cases[entry.case_id] = case
        if len(self._cases) > self._limit:
            self._cases.popitem(last=False)
        return entry.model_copy(update={"case": case, "kept": ()}) if entry.kept else entry


class EntryReader:
    """Reads `cases.v1` for all takers; commits offsets once each of them has its part on disk."""

    def __init__(self, settings: KafkaSettings, takers: Sequence[EntryTaker], rows: Rows) -> None:
        self._settings, self._takers, self._rows = settings, takers, rows
        self._snapshots = Snapshots()

    def run(self, stopped: threading.Event) -> None:
        """Read until stopped; wait while broker or store are unavailable."""
        recovered, wakeup = False, wakeup_of(self._settings, TopicReader.NOTIFICATIONS)
        while not stopped.is_set():
            try:
                if not recovered:
                    self.recover()
                    recovered = True
                self._run(stopped, wakeup)
            except (KafkaError, StoreAwayError) as error:
                log.warning("notifications_wait", error=repr(error))
                stopped.wait(RETRY_SECONDS)

    def _run(self, stopped: threading.Event, wakeup: WakeUp | None) -> None:
        options, parts = batching_options(self._settings), partitions_of([CASES])
        with PartitionConsumer(options, parts, group=GROUP, wakeup=wakeup) as consumer:
            while not stopped.is_set():
                batches = consumer.poll(timeout_ms=500)
                if batches:
                    self.take(record.value for records in batches.values() for record in records)
                    consumer.commit(
                        {part: records[-1].offset + 1 for part, records in batches.items()}
                    )

    def take(self, values: Iterable[bytes]) -> int:
        """Give the entries of records to all takers; return how much is new.

        Invalid records are skipped: the sink keeps them as faults.
        """
        entries = [self._snapshots.whole(entry) for entry in _entries(values)]
        return sum(taker.take(entries) for taker in self._takers) if entries else 0

    def recover(self) -> int:
        """Take what the store has and the topic may have lost; return how much is new.

        The embedded broker keeps its log in memory. Of each case that has changed since the newest
        entry that was taken, the last entry is taken. Raises `StoreAwayError`.
        """
        read_to = min(filter(None, (taker.read_to() for taker in self._takers)), default=0.0)
        if not read_to:
            return 0
        since = datetime.fromtimestamp(read_to, UTC) - RECOVERED_MARGIN
        rows = self._rows(CHANGED_SINCE, {"since": f"{since:%Y-%m-%d %H:%M:%S}"})
        entries = last_entries(self._rows, rows)
        added = sum(taker.take(entries) for taker in self._takers) if entries else 0
        if added:
            log.info("notifications_recovered", count=added)
        return added


def _entries(values: Iterable[bytes]) -> Iterator[CaseEvent]:
    for value in values:
        try:
            yield from_record(CaseEvent, value)
        except ValidationError:
            log.exception("case_entry_invalid")
