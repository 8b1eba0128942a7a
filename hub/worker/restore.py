"""Restoring the state of a partition 状态恢复 from `case-state.v1` and two other topics.

`case-reports.v1` has the reports that no snapshot lists, `dispositions.v1` the decided events. The
topics are partitioned as `events.v1` is. A worker that is assigned a partition reads the same
partition of each, from its start to its present end.
"""

import asyncio
from collections.abc import Iterable
from types import MappingProxyType
from typing import Protocol

import msgspec

from hub.broker.connection import consumer_options
from hub.settings.worker import WorkerSettings
from hub.worker.partition_reader import PartitionReader
from schemas.cases.case import Case
from schemas.cases.filed import FiledReport
from schemas.cloudevent import from_record
from schemas.reports.receipt import Disposition
from schemas.topic import CASE_REPORTS, CASE_STATE, DISPOSITIONS
from streams.case.state import PartitionState
from streams.case.store.case_store import CaseStore
from streams.case.store.packing import SAMPLES, CasePacker
from streams.worker.publisher import MinimumOffsets


class TopicRecord(Protocol):
    """A record of a topic, of any client."""

    @property
    def key(self) -> bytes | None:
        """Id of the case, or route of the event."""

    @property
    def value(self) -> bytes | None:
        """Body; None in a barrier record, or in a tombstone."""


class _Numbered(msgspec.Struct):
    """A snapshot of which nothing but the number of its last entry is read."""

    seq: int


_SEQ = msgspec.json.Decoder(_Numbered)


class StateRestorer:
    """Builds a partition's state from its snapshot and disposition topics, in offset order.

    Only the last snapshot of each case is parsed: a topic has many of each, and records of the
    partition wait for the restore. Snapshots wait for it packed, as the state keeps them.
    """

    def __init__(self) -> None:
        self._state = PartitionState()
        self._latest: dict[bytes, tuple[int, bytes]] = {}
        """Case → number of its last entry, and its snapshot: packed, if there is a packer."""
        self._packer: CasePacker | None = None
        self._filed: dict[bytes, bytes] = {}
        """Event → its filed report."""

    def read(self, topic: str, records: Iterable[TopicRecord]) -> None:
        """Read records of one of the topics."""
        for record in records:
            if record.key is None:
                continue
            if record.value is None:
                # The tombstone of what was settled long ago, or a barrier record.
                self._latest.pop(record.key, None)
                self._filed.pop(record.key, None)
            elif topic == CASE_STATE.name:
                self._add_snapshot(record.key, record.value)
            elif topic == CASE_REPORTS.name:
                self._filed[record.key] = record.value
            else:
                self._state.remember_disposition(from_record(Disposition, record.value))

    def _add_snapshot(self, case: bytes, snapshot: bytes) -> None:
        seq, known = _SEQ.decode(snapshot).seq, self._latest.get(case)
        # A snapshot that was published again after a crash may follow a later one.
        if known is None or known[0] <= seq:
            packed = snapshot if self._packer is None else self._packer.pack(snapshot)
            self._latest[case] = seq, packed
        if self._packer is None and len(self._latest) >= SAMPLES:
            self._pack_all()

    def _pack_all(self) -> None:
        """Pack the snapshots that have been read; later ones are packed when they are read."""
        self._packer = packer = CasePacker([body for _, body in self._latest.values()])
        self._latest = {
            case: (seq, packer.pack(body)) for case, (seq, body) in self._latest.items()
        }

    def state(self) -> PartitionState:
        """Return the state; to be called once, after all records were read."""
        while self._filed:
            self._state.file(from_record(FiledReport, self._filed.popitem()[1]))
        if self._packer is not None:
            self._state.cases = CaseStore(self._packer)
        while self._latest:
            _, (_, snapshot) = self._latest.popitem()
            if self._packer is None:
                self._state.put(from_record(Case, snapshot))
            else:
                self._state.put_packed(snapshot)
        self._state.drop_unowned_reports()
        return self._state


async def restore(
    settings: WorkerSettings, partition: int, minimum_offsets: MinimumOffsets = MappingProxyType({})
) -> PartitionState:
    """Return the state of `partition`; raises `KafkaError`.

    Reads committed transactions only, up to the end of each topic and to `minimum_offsets` at
    least: a broker that does not know yet that it is no longer the leader reports an older end.
    Records are parsed in a thread, because the event loop has other partitions to process.
    """
    restorer = StateRestorer()
    parts = [(topic.name, partition) for topic in (CASE_STATE, CASE_REPORTS, DISPOSITIONS)]
    async with PartitionReader(consumer_options(settings), parts, reset="earliest") as reader:
        ends = await reader.end_offsets()
        await reader.seek(0)
        for part in parts:
            topic = part[0]
            end = max(ends[part], minimum_offsets.get(topic, 0))
            async for records in reader.batches(part, end):
                await asyncio.to_thread(restorer.read, topic, records)
    return await asyncio.to_thread(restorer.state)
