"""A subscriber of the case topics that also sends commands, as an office does."""

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID, uuid4

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from pydantic import ValidationError

from hub.broker.connection import consumer_options
from hub.broker.producer import KafkaSender
from schemas.cases.case import CaseEvent, Move, State
from schemas.cases.command import Command, CommandOutcome, Role
from schemas.cloudevent import from_record
from schemas.reports.receipt import Disposition, Outcome
from schemas.topic import CASES, COMMANDS, DISPOSITIONS, OUTCOMES
from tests.chaos.plant import Plant

AGAIN_AFTER = 20.0
"""Seconds after which a command without an answer is sent again. Each wait is longer than the one
before, so that an office does not overload a slow hub."""
WORKED_PER_MILLE = 250
KEEPING_PACE = 950
"""Cases of a thousand that an office handles. With the first number most cases stay open; with the
second, as many as in a city."""
PAUSE = 0.5

EntryKey = tuple[int, str, str]
"""Number, move and cause of an entry, as a subscriber read it."""


Way = tuple[Outcome, UUID | None]
"""The outcome of an event, and its case."""


@dataclass(slots=True)
class SentCommand:
    """A command of the office; `begun` and `sent_at` by the monotonic clock, 0: not sent yet."""

    command: Command
    begun: float = 0.0
    sent_at: float = 0.0
    times: int = 0


@dataclass(slots=True)
class Observed:
    """The records that a subscriber has read, in the order of arrival."""

    entries: dict[UUID, list[EntryKey]] = field(default_factory=dict)
    commands: dict[UUID, SentCommand] = field(default_factory=dict)
    waiting: dict[UUID, SentCommand] = field(default_factory=dict)
    """Commands without an answer."""
    answered: dict[UUID, set[tuple[bool, int | None]]] = field(default_factory=dict)
    decided: dict[UUID, Way] = field(default_factory=dict)
    torn: list[tuple[UUID, Way]] = field(default_factory=list)
    """Events with a second, different disposition."""
    waits: list[tuple[float, float]] = field(default_factory=list)
    """Time of the first answer to a command, epoch seconds, and the seconds it had waited."""

    def decide(self, disposition: Disposition) -> None:
        """Record the disposition of an event."""
        way = (disposition.outcome, disposition.case_id)
        known = self.decided.setdefault(disposition.event_id, way)
        if known[0] is Outcome.ORPHANED:
            # It is decided again once its report has arrived.
            self.decided[disposition.event_id] = way
        elif known != way:
            self.torn.append((disposition.event_id, way))


class Subscriber:
    """Reads the workers' topics in a thread and survives broker failures."""

    def __init__(self, plant: Plant, seed: int, worked: int = WORKED_PER_MILLE) -> None:
        self.plant, self.observed, self.worked = plant, Observed(), worked
        self._chance = Random(seed)
        self._stop = threading.Event()
        self._at: dict[TopicPartition, int] = {}
        self._log = -1
        self._access = consumer_options(plant.settings)
        self._sender = KafkaSender(plant.settings)
        self.fault = ""
        self.works = True
        """Whether the office still handles new cases."""

    @contextmanager
    def running(self) -> Iterator[Observed]:
        """Read topics while the context is open."""
        thread = threading.Thread(target=self._run, name="subscriber")
        thread.start()
        try:
            yield self.observed
        finally:
            self._stop.set()
            thread.join()
            self._sender.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except ValidationError as error:
                # The run must fail, not this thread alone.
                self.fault = repr(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever the client fails with
                if not isinstance(error, KafkaError | OSError):
                    traceback.print_exc()
                self._stop.wait(PAUSE)

    def _read(self) -> None:
        log = self.plant.logs_lost
        consumer = KafkaConsumer(enable_auto_commit=False, **self._access)
        try:
            parts = [
                TopicPartition(topic.name, n)
                for topic in (CASES, OUTCOMES, DISPOSITIONS)
                for n in range(topic.partitions)
            ]
            consumer.assign(parts)
            if log != self._log:
                self._log, self._at = log, {}
            for part in parts:
                if part in self._at:
                    consumer.seek(part, self._at[part])
                else:
                    consumer.seek_to_beginning(part)
            while not self._stop.is_set() and log == self.plant.logs_lost:
                for part, records in consumer.poll(timeout_ms=200).items():
                    if log != self.plant.logs_lost:
                        return
                    for record in records:
                        self._take(record.topic, record.value)
                    self._at[part] = records[-1].offset + 1
                self._ask()
        finally:
            consumer.close(autocommit=False)

    def _take(self, topic: str, value: bytes | None) -> None:
        if value is None:
            # A marker that a worker writes when it acquires a partition.
            return
        if topic == OUTCOMES.name:
            outcome = from_record(CommandOutcome, value)
            item = self.observed.waiting.pop(outcome.command_id, None)
            if item and item.begun:
                self.observed.waits.append((time.time(), time.monotonic() - item.begun))
            observed = self.observed.answered.setdefault(outcome.command_id, set())
            observed.add((outcome.accepted, outcome.seq if outcome.accepted else None))
            return
        if topic == DISPOSITIONS.name:
            self.observed.decide(from_record(Disposition, value))
            return
        entry = from_record(CaseEvent, value)
        entry_key = (entry.seq, str(entry.move), str(entry.cause))
        known = self.observed.entries.setdefault(entry.case_id, [])
        if entry_key not in known:
            known.append(entry_key)
            self._work(entry)

    def _work(self, entry: CaseEvent) -> None:
        """Accept or resolve a random share of the cases."""
        case, move = entry.case, {State.ASSIGNED: Move.ACCEPT, State.ACCEPTED: Move.RESOLVE}
        if not self.works or case.state not in move or case.assignment is None:
            return
        if case.state is State.ASSIGNED and self._chance.randrange(1000) >= self.worked:
            return
        command = Command(
            command_id=uuid4(),
            case_id=case.case_id,
            move=move[case.state],
            actor=case.assignment.unit,
            role=Role.UNIT,
            unit=case.assignment.unit,
            issued_at=entry.at,
            township=case.route,
            reason="已处理",
        )
        item = SentCommand(command)
        self.observed.commands[command.command_id] = item
        self.observed.waiting[command.command_id] = item

    def _ask(self) -> None:
        """Send new commands, and repeat those that stay unanswered."""
        now = time.monotonic()
        due = [
            item
            for item in self.observed.waiting.values()
            if not item.sent_at or now - item.sent_at > AGAIN_AFTER * item.times
        ]
        if not due:
            return
        self._sender.send_all([COMMANDS.record(item.command) for item in due])
        for item in due:
            item.sent_at, item.begun = now, item.begun or now
            item.times += 1
