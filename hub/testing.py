"""An in-memory hub for tests 测试替身: the same decoders, steps and records, without processes.

    hub = MemoryHub()
    hub.receive("hotline_12345", b'{"workOrderNo": "1", …}')
    hub.work()
    hub.read(CASES, CaseEvent)

It passes the same contract tests as the brokers (`tests/kafka/test_contract.py`). It has no
durability, consumer groups or transactions, and its time does not pass by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from kafka.errors import (
    InvalidPartitionsError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.broker.topics import LARGEST_RECORD
from hub.publish.publisher import Publisher
from hub.runtime.metrics import Meters
from hub.security.sealing import KEY_BYTES, Sealer
from hub.settings import Settings
from hub.settings.town import TownSettings
from hub.town.models import load_register
from hub.worker.restore import StateRestorer
from schemas.base import Frozen
from schemas.cases.command import Command, CommandOutcome
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.receipt import Receipt
from schemas.topic import (
    CASE_REPORTS,
    CASE_STATE,
    COMMANDS,
    DISPOSITIONS,
    EVENTS,
    INTAKE_TOPICS,
    OUTCOMES,
    RECEIPTS,
    TOPICS,
    Topic,
)
from streams.case.state import Effects, PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

B = TypeVar("B", bound=Frozen)


class MemoryTopics:
    """The topics of the catalogue: per partition, the records in the order in which they came."""

    def __init__(self) -> None:
        self._logs: dict[str, list[list[Record]]] = {
            topic.name: [[] for _ in range(topic.partitions)] for topic in (*TOPICS, *INTAKE_TOPICS)
        }

    def send_all(self, records: Sequence[Record]) -> None:
        """Append all records or none, as a broker does; raises `KafkaError`."""
        for record in records:
            log = self._logs.get(record.topic)
            if log is None:
                raise UnknownTopicOrPartitionError(record.topic)
            if not 0 <= record.partition < len(log):
                raise InvalidPartitionsError(f"{record.topic} has no {record.partition}")
            if len(record.value) > LARGEST_RECORD:
                raise MessageSizeTooLargeError(f"{len(record.value)} bytes")
        for record in records:
            self._logs[record.topic][record.partition].append(record)

    def records(self, topic: Topic, partition: int, after: int = 0) -> list[Record]:
        """Return the records of a partition from offset `after` on."""
        return self._logs[topic.name][partition][after:]

    def all(self, topic: Topic) -> Iterator[Record]:
        """Yield the records of all partitions of a topic."""
        for log in self._logs[topic.name]:
            yield from log


class MemoryJournal:
    """The intake's journal in memory: messages, routes, and messages before their report."""

    def __init__(self) -> None:
        self.raws: dict[UUID, RawMessage] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._early: dict[tuple[str, str], set[UUID]] = {}

    def route(self, channel: str, *native_ids: str) -> str | None:
        """Return the kept route of the first id that is known."""
        routes = (self._known.get((channel, native_id)) for native_id in native_ids if native_id)
        return next(filter(None, routes), None)

    def keep_routes(self, routes: Iterable[tuple[str, str, str]]) -> None:
        """Keep the route of each (channel, native id); the first one counts."""
        for channel, native_id, route in routes:
            self._known.setdefault((channel, native_id), route)

    def keep_early(self, early: Iterable[tuple[str, str, UUID]]) -> None:
        """Keep which message followed up on a report before it came."""
        for channel, native_id, receipt_id in early:
            self._early.setdefault((channel, native_id), set()).add(receipt_id)

    def early(self, reports: Iterable[tuple[str, str]]) -> list[RawMessage]:
        """Return the messages that followed up on these reports too early."""
        waiting = set[UUID]().union(*(self._early.get(report, ()) for report in reports))
        return [raw for receipt_id, raw in self.raws.items() if receipt_id in waiting]


class MemoryHub:
    """Intake and worker over `MemoryTopics`."""

    def __init__(
        self,
        settings: TownSettings | None = None,
        register: Register | None = None,
        contexts: Mapping[str, DecodeContext] | None = None,
    ) -> None:
        self.topics = MemoryTopics()
        self.register = register or load_register(settings or Settings())
        self._states: dict[int, PartitionState] = {}
        self._read: dict[tuple[str, int], int] = {}
        self._journal = MemoryJournal()
        self._publisher = Publisher(
            routes=self._journal,
            connectors=load_connectors(),
            contexts=contexts or {},
            register=self.register,
            sealer=Sealer(bytes(KEY_BYTES)),
            sender=self.topics,
            meters=Meters(),
        )

    def receive(
        self,
        channel: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        transport: Transport = Transport.HTTP,
        received_at: datetime | None = None,
    ) -> Receipt:
        """Receive one message in the channel's own form; return its receipt."""
        raw = RawMessage(
            receipt_id=uuid4(),
            channel=channel,
            transport=transport,
            received_at=received_at or datetime.now(UTC),
            content_type=content_type,
            body=body,
        )
        self._journal.raws[raw.receipt_id] = raw
        self._publisher.publish([raw])
        receipts = self.read(RECEIPTS, Receipt)
        return next(receipt for receipt in receipts if receipt.receipt_id == raw.receipt_id)

    def command(self, command: Command, now: datetime | None = None) -> CommandOutcome:
        """Give one command; return what came of it."""
        self.topics.send_all([COMMANDS.record(command)])
        self.work(now)
        outcomes = self.read(OUTCOMES, CommandOutcome)
        return next(answer for answer in outcomes if answer.command_id == command.command_id)

    def work(self, now: datetime | None = None) -> None:
        """Process all new records at time `now`; effects of elapsed time come first."""
        at = now or datetime.now(UTC)
        for partition in range(EVENTS.partitions):
            state = self.state(partition)
            effects: list[Effects] = list(clock.step(state, self.register, at))
            for record in self._new(EVENTS, partition):
                event = from_record(UnifiedEvent, record.value)
                effects.append(self._stepped(state, receive.step(state, event, self.register)))
            for record in self._new(COMMANDS, partition):
                command = from_record(Command, record.value)
                effects.append(self._stepped(state, follow.step(state, command, self.register, at)))
            self.topics.send_all(list(RecordBatch.of(effects)))

    def state(self, partition: int) -> PartitionState:
        """Return the worker's state of a partition."""
        if partition not in self._states:
            self._states[partition] = self.restore(partition)
        return self._states[partition]

    def restore(self, partition: int) -> PartitionState:
        """Return the state of a partition that a new worker restores from its topics."""
        restorer = StateRestorer()
        for topic in (CASE_STATE, CASE_REPORTS, DISPOSITIONS):
            restorer.read(topic.name, self.topics.records(topic, partition))
        return restorer.state()

    def restart(self, *, again: bool = False) -> None:
        """Continue as another worker; with `again`, no offset was committed and all is reread."""
        self._states.clear()
        if again:
            self._read.clear()

    def read(self, topic: Topic, body: type[B]) -> list[B]:
        """Return the bodies on a topic, each partition in its order."""
        return [from_record(body, record.value) for record in self.topics.all(topic)]

    def _new(self, topic: Topic, partition: int) -> list[Record]:
        read = self._read.get((topic.name, partition), 0)
        records = self.topics.records(topic, partition, read)
        self._read[topic.name, partition] = read + len(records)
        return records

    @staticmethod
    def _stepped(state: PartitionState, effects: Effects) -> Effects:
        state.apply(effects)
        return effects
