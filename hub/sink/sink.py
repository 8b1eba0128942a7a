"""The sink 入库: records in batches into ClickHouse; offsets are committed after the insert.

Rows have ids, so a batch that is stored twice counts once. One bad row does not hold up its batch:
the batch is halved until the row is found, and the row's bytes go to `sink_faults`. Any other
trouble of the store, a full disk, is waited for: it is not the rows'.
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

from hub.broker.connection import patient_options
from hub.broker.consumer import Offsets, PartitionConsumer, offsets_after, partitions_of
from hub.runtime.metrics import METERS, Meters, Metric
from hub.settings.worker import SinkSettings
from hub.sink.rows import TABLES, Row, Table, fault_row
from hub.store.client import Store
from schemas.base import Frozen
from schemas.cloudevent import from_record
from schemas.topic import TOPICS

GROUP = "minqing-hub-sink"
LONGEST_PAUSE = 10.0
BAD_ROW = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 349, 407, 469, 691})
"""Codes with which ClickHouse refuses what a row says, from its ErrorCodes.cpp: it cannot be parsed
or converted, is out of range, too large, null, or against a constraint."""
CODE = re.compile(r"Code: (\d+)\.")

log = structlog.get_logger()

Pair = tuple[Any, Row]
"""A record and its row."""
Read = tuple[Any, Frozen]
"""A record and its body."""


class Sink:
    """Reads every topic and stores what it reads."""

    def __init__(self, settings: SinkSettings, store: Store, meters: Meters = METERS) -> None:
        self.settings, self.store, self.meters = settings, store, meters
        self.stored = 0
        self.consumer: PartitionConsumer | None = None

    def _open(self) -> PartitionConsumer:
        names = {table.topic for table in TABLES}
        return PartitionConsumer(
            patient_options(self.settings),
            partitions_of(topic for topic in TOPICS if topic.name in names),
            group=GROUP,
            max_poll_records=self.settings.sink_batch,
        )

    def step(self) -> int:
        """Store one batch; return how many records. Raises what broker or store raise."""
        if self.consumer is None:
            self.consumer = self._open()
        consumer = self.consumer
        batch: list[Any] = []
        give_up = time.monotonic() + self.settings.sink_linger
        while len(batch) < self.settings.sink_batch and time.monotonic() < give_up:
            for records in consumer.poll(timeout_ms=100).values():
                batch.extend(records)
        if not batch:
            return 0
        try:
            self.save(batch)
        except ClickHouseError:
            # Nothing is committed: the same records come again after the pause.
            self.close()
            raise
        ends = offsets_after(batch)
        consumer.commit(ends)
        self.stored += len(batch)
        self._tell_behind(consumer, ends)
        return len(batch)

    def _tell_behind(self, consumer: PartitionConsumer, ends: Offsets) -> None:
        """Say how many records of each topic of this batch are still to come."""
        behind: dict[str, int] = {}
        for part, end in ends.items():
            known = consumer.end(part) or end
            behind[part.topic] = behind.get(part.topic, 0) + max(0, known - end)
        for topic, records in behind.items():
            self.meters.set(Metric.BEHIND, records, topic)

    def save(self, batch: list[Any]) -> None:
        """Insert records into their tables, and those that are none of ours into `sink_faults`."""
        faults: list[Row] = []
        # A worker that takes a partition over, or lets a case go, leaves a record without a value.
        by_topic: dict[str, list[Any]] = {}
        for record in batch:
            if record.value is not None:
                by_topic.setdefault(record.topic, []).append(record)
        bodies: dict[str, list[Read]] = {}
        for table in TABLES:
            if table.topic not in bodies:
                bodies[table.topic], bad = self._parsed(table, by_topic.get(table.topic, ()))
                faults.extend(bad)
            pairs = [
                (record, table.row(body, record.value))
                for record, body in _newest(table, bodies[table.topic])
            ]
            faults.extend(self._insert(table.name, pairs))
        if faults:
            log.error("records that no table takes", count=len(faults), table="sink_faults")
            self._insert_rows("sink_faults", faults)
            self.meters.count(Metric.FAULTS, by=len(faults))

    def _parsed(self, table: Table, records: Iterable[Any]) -> tuple[list[Read], list[Row]]:
        """Return the records of a topic with their bodies, and those that have none as faults."""
        found: list[Read] = []
        faults: list[Row] = []
        for record in records:
            try:
                found.append((record, from_record(table.model, record.value)))
            except ValueError as error:
                faults.append(self._fault(record, f"{table.topic}: {error}"))
        return found, faults

    def _insert(self, table: str, pairs: list[Pair]) -> list[Row]:
        """Insert; bisect to the rows that the store refuses, and return them as faults."""
        if not pairs:
            return []
        try:
            self._insert_rows(table, [row for _, row in pairs])
        except (ClickHouseError, ValueError, TypeError) as error:
            if not _blames_row(error):
                raise
            if len(pairs) == 1:
                return [self._fault(pairs[0][0], str(error))]
            middle = len(pairs) // 2
            return self._insert(table, pairs[:middle]) + self._insert(table, pairs[middle:])
        return []

    def _insert_rows(self, table: str, rows: list[Row]) -> None:
        columns, begun = list(rows[0]), time.monotonic()
        self.store.insert(table, columns, [[row[name] for name in columns] for row in rows])
        self.meters.observe(Metric.INSERT_SECONDS, time.monotonic() - begun, table)
        self.meters.count(Metric.STORED, table, by=len(rows))

    def _fault(self, record: Any, detail: str) -> Row:
        row = fault_row(record.topic, record.partition, record.offset, record.value, detail)
        return row | {"at": datetime.now(UTC)}

    def close(self) -> None:
        """Let the consumer go."""
        if self.consumer is not None:
            self.consumer.close()
            self.consumer = None


def _newest(table: Table, read: list[Read]) -> list[Read]:
    """Return the records that the engine would keep: a batch has several snapshots of one case."""
    if table.newest is None:
        return read
    kept: dict[UUID, tuple[int, Read]] = {}
    for pair in read:
        name, version = table.newest(pair[1])
        if name not in kept or kept[name][0] <= version:
            kept[name] = version, pair
    return [pair for _, pair in kept.values()]


def _blames_row(error: Exception) -> bool:
    """Return whether it is a row that cannot be stored, not the store that cannot store."""
    if not isinstance(error, ClickHouseError) or isinstance(error, DataError):
        return True
    code = CODE.search(str(error))
    return code is not None and int(code[1]) in BAD_ROW


def sink_forever(sink: Sink, stopped: Callable[[], bool]) -> None:
    """Store until stopped; wait for a broker or store that is away, longer each time."""
    pause = 0.2
    while not stopped():
        try:
            sink.step()
            pause = 0.2
        except (KafkaError, ClickHouseError, OSError) as error:
            sink.meters.count(Metric.SINK_WAITS)
            log.warning("sink waits", error=str(error), retry=pause)
            sink.close()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    sink.close()
