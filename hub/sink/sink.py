"""The sink 入库: inserts records into ClickHouse in batches, then commits their offsets.

Rows have ids, so a batch that is inserted twice counts once. A row that the store refuses does not
block its batch: the sink bisects the batch to the row and writes the record to `sink_faults`. On
any other error of the store, such as a full disk, the sink retries the whole batch.
"""

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from kafka.errors import KafkaError

from hub.broker.connection import batching_options
from hub.broker.consumer import Offsets, PartitionConsumer, offsets_after, partitions_of
from hub.broker.wakeup import TopicReader, WakeUp, wakeup_of
from hub.runtime.metrics import METERS, Meters, Metric
from hub.settings.worker import SinkSettings
from hub.sink.own_records import body_reader
from hub.sink.rows import TABLES, Row, TableMapping, fault_row
from hub.store.client import Store
from schemas.topic import TOPICS

GROUP = "minqing-hub-sink"
FIRST_MS = 1000
"""Longest wait for the first record of a batch."""
MAX_PAUSE = 10.0
"""Longest wait before a retry, in seconds."""
ROW_ERRORS = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 349, 407, 469, 691})
"""Codes of ClickHouse errors that are the fault of a row, from its ErrorCodes.cpp.

A value cannot be parsed or converted, is out of range, too large or null, or violates a constraint.
"""
CODE = re.compile(r"Code: (\d+)\.")

log = structlog.get_logger()

RecordBody = tuple[Any, Any]
"""A record and its body: a model, or a struct with the same fields."""


class Sink:
    """Reads every topic that has a table, and inserts the rows."""

    def __init__(
        self,
        settings: SinkSettings,
        store: Store,
        meters: Meters = METERS,
        wakeup: WakeUp | None = None,
    ) -> None:
        """Insert into `store`; a process behind the wall opens its `wakeup` before the wall."""
        self.settings, self.store, self.meters = settings, store, meters
        self._wakeup = wakeup or wakeup_of(settings, TopicReader.SINK)
        self.stored = 0
        self.consumer: PartitionConsumer | None = None

    def _open(self) -> PartitionConsumer:
        names = {table.topic for table in TABLES}
        return PartitionConsumer(
            batching_options(self.settings),
            partitions_of(topic for topic in TOPICS if topic.name in names),
            group=GROUP,
            wakeup=self._wakeup,
            max_poll_records=self.settings.sink_batch,
        )

    def step(self) -> int:
        """Store one batch; return how many records.

        Raises `KafkaError`, `ClickHouseError`, or `OSError`.
        """
        if self.consumer is None:
            self.consumer = self._open()
        consumer = self.consumer
        batch = consumer.gather(
            FIRST_MS, linger=self.settings.sink_linger, most=self.settings.sink_batch
        )
        if not batch:
            return 0
        try:
            self.save(batch)
        except ClickHouseError:
            # Nothing is committed: a new consumer reads the same records again.
            self.close()
            raise
        ends = offsets_after(batch)
        consumer.commit(ends)
        self.stored += len(batch)
        self._report_lag(consumer, ends)
        return len(batch)

    def _report_lag(self, consumer: PartitionConsumer, ends: Offsets) -> None:
        """Set the lag of each topic in this batch, in records."""
        behind: dict[str, int] = {}
        for part, end in ends.items():
            known = consumer.end(part) or end
            behind[part.topic] = behind.get(part.topic, 0) + max(0, known - end)
        for topic, records in behind.items():
            self.meters.set(Metric.BEHIND, records, topic)

    def save(self, batch: list[Any]) -> None:
        """Insert the rows of records; records that no table accepts go to `sink_faults`."""
        faults: list[Row] = []
        # Barrier records of workers, and tombstones of cases, have no value.
        by_topic: dict[str, list[Any]] = {}
        for record in batch:
            if record.value is not None:
                by_topic.setdefault(record.topic, []).append(record)
        topic, bodies = "", list[RecordBody]()
        # The tables of a topic follow each other, so that its bodies are needed once and not kept.
        for table in TABLES:
            if table.topic != topic:
                topic, records = table.topic, by_topic.get(table.topic, ())
                bodies, bad = self._parsed(table, records)
                faults.extend(bad)
            faults.extend(self._insert(table, _newest_versions(table, bodies)))
        if faults:
            log.error("sink_faults", count=len(faults), table="sink_faults")
            columns = {name: [fault[name] for fault in faults] for name in faults[0]}
            self._insert_columns("sink_faults", columns, len(faults))
            self.meters.count(Metric.FAULTS, by=len(faults))

    def _parsed(
        self, table: TableMapping, records: Iterable[Any]
    ) -> tuple[list[RecordBody], list[Row]]:
        """Return the records of a topic with their bodies, and faults for bad values."""
        bodies: list[RecordBody] = []
        faults: list[Row] = []
        read = body_reader(table.model)
        for record in records:
            try:
                bodies.append((record, read(record)))
            except ValueError as error:
                faults.append(self._fault(record, f"{table.topic}: {error}"))
        return bodies, faults

    def _insert(self, table: TableMapping, pairs: list[RecordBody]) -> list[Row]:
        """Insert rows; bisect to the rows that the store refuses, and return them as faults."""
        if not pairs:
            return []
        try:
            columns = table.column_values(
                [body for _, body in pairs], (record.value for record, _ in pairs)
            )
            self._insert_columns(table.name, columns, len(pairs))
        except (ClickHouseError, ValueError, TypeError) as error:
            if not _is_row_error(error):
                raise
            if len(pairs) == 1:
                return [self._fault(pairs[0][0], str(error))]
            middle = len(pairs) // 2
            return self._insert(table, pairs[:middle]) + self._insert(table, pairs[middle:])
        return []

    def _insert_columns(self, table: str, columns: dict[str, list[Any]], rows: int) -> None:
        started = time.monotonic()
        self.store.insert_columns(table, columns)
        self.meters.observe(Metric.INSERT_SECONDS, time.monotonic() - started, table)
        self.meters.count(Metric.STORED, table, by=rows)

    def _fault(self, record: Any, detail: str) -> Row:
        row = fault_row(record.topic, record.partition, record.offset, record.value, detail)
        return row | {"at": datetime.now(UTC)}

    def close(self) -> None:
        """Close the consumer."""
        if self.consumer is not None:
            self.consumer.close()
            self.consumer = None


def _newest_versions(table: TableMapping, records: list[RecordBody]) -> list[RecordBody]:
    """Return what a table accepts, in the newest version of each id: a case has several."""
    records = [pair for pair in records if table.accepts(pair[1])]
    if table.newest is None:
        return records
    newest: dict[UUID, tuple[int, RecordBody]] = {}
    for pair in records:
        name, version = table.newest(pair[1])
        if name not in newest or newest[name][0] <= version:
            newest[name] = version, pair
    return [pair for _, pair in newest.values()]


def _is_row_error(error: Exception) -> bool:
    """Return whether a row caused the error, and not the store."""
    if not isinstance(error, ClickHouseError) or isinstance(error, DataError):
        return True
    code = CODE.search(str(error))
    return code is not None and int(code[1]) in ROW_ERRORS


def sink_forever(sink: Sink, stopped: Callable[[], bool]) -> None:
    """Store until stopped; if broker or store fail, retry after a pause that doubles."""
    pause = 0.2
    while not stopped():
        try:
            sink.step()
            pause = 0.2
        except (KafkaError, ClickHouseError, OSError) as error:
            sink.meters.count(Metric.SINK_WAITS)
            log.warning("sink_retry", error=str(error), pause=pause)
            sink.close()
            time.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE)
    sink.close()
