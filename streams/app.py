"""The Faust application 流处理: thin shells around the pure steps.

Agents take batches, step each event against the state of its partition, send what came of it and
only then let the offsets go: at-least-once, with ids that are derived and so count once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types.auth import CredentialsT
from pydantic import ValidationError

from schemas.base import Frozen, derive_id
from schemas.binding import Record, decode, encode
from schemas.command import Command
from schemas.event import UnifiedEvent
from schemas.rules import RulesAck, RulesBundle
from schemas.topic import (
    CASE_STATE,
    CASES,
    COMMANDS,
    DISPOSITIONS,
    EVENTS,
    FEEDBACK,
    OUTCOMES,
    RULES_ACKS,
    Topic,
)
from streams import clock, follow, receive
from streams.register import Register
from streams.state import Effects, PartitionState

APP_ID = "minqing-hub-work"
RETRY_SECONDS = 1.0
TICK_SECONDS = 1.0
"""Pause between two looks at the timers that are due."""
TIDY_EVERY = timedelta(minutes=5)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker needs to know. `linger` in seconds."""

    bootstrap: str
    batch: int
    linger: float
    data_dir: str
    worker: str
    credentials: CredentialsT | None = None
    """How it proves itself to the brokers; None: not at all."""


def records_of(effects: Effects) -> tuple[list[Record], list[Record], list[Record]]:
    """Return the records of a step, in the order in which the broker must have them.

    A worker that is killed steps an event again unless its disposition is there, and knows of a
    case what its snapshot says. So feedback and entries come before the snapshots, or they would
    be missing for ever, and snapshots before dispositions and outcomes.
    """
    told = [_record(FEEDBACK, one, one.feedback_id, one.at, one.channel)
            for one in effects.feedback]  # fmt: skip
    told += [_record(CASES, entry, entry.case_event_id, entry.at, str(entry.case_id))
             for entry in effects.case_events]  # fmt: skip
    states = [
        _record(
            CASE_STATE, entry.case, entry.case_event_id, entry.at, str(entry.case_id), effects.route
        )
        for entry in effects.case_events
    ]
    decisions: list[Record] = []
    if effects.outcome is not None:
        answer = effects.outcome
        decisions.append(
            _record(OUTCOMES, answer, answer.command_id, answer.at, str(answer.command_id))
        )
    if effects.disposition is not None:
        made = effects.disposition
        decisions.append(_record(DISPOSITIONS, made, made.event_id, made.at, effects.route))
    return told, states, decisions


def _record(
    topic: Topic, body: Frozen, body_id: UUID, at: datetime, key: str, route: str = ""
) -> Record:
    return encode(topic, body, event_id=str(body_id), time=at, key=key, route=route)


Observe = Callable[[list[Effects], float], None]
"""Told what a batch has led to, and the seconds until the broker had it."""
Restore = Callable[[int], Awaitable[PartitionState]]
"""Returns the state of a partition, as its topics tell it now; may raise `KafkaError`."""


def _unobserved(_: list[Effects], __: float) -> None:
    """Nobody wants to know."""


class Worker:
    """The states of the partitions that this process has, and the way out for effects."""

    def __init__(
        self,
        app: faust.App,
        config: WorkerConfig,
        register: Register,
        restore: Restore,
        now: Callable[[], datetime],
        observe: Observe,
    ) -> None:
        self.observe = observe
        self.app, self.config, self.register = app, config, register
        self.bundle: RulesBundle | None = None
        self.parts: set[int] = set()
        self.restore, self.now = restore, now
        self.states: dict[int, PartitionState] = {}
        self.tidy_at: dict[int, datetime] = {}
        self.locks: dict[int, asyncio.Lock] = {}

    def drop(self, partitions: Iterable[int]) -> None:
        """Forget partitions that another worker has now."""
        for partition in partitions:
            self.parts.discard(partition)
            self.states.pop(partition, None)

    async def process(
        self, batch: Iterable[Any], apply: Callable[[PartitionState, bytes], Effects | None]
    ) -> None:
        """Step a batch of Faust events, partition by partition, and send the effects."""
        by_partition: dict[int, list[bytes]] = {}
        for event in batch:
            by_partition.setdefault(event.message.partition, []).append(event.message.value)
        for partition, values in by_partition.items():
            async with self.locks.setdefault(partition, asyncio.Lock()):
                await self._process(partition, values, apply)

    async def _process(
        self,
        partition: int,
        values: list[bytes],
        apply: Callable[[PartitionState, bytes], Effects | None],
    ) -> None:
        state = await self._state(partition)
        begun = self.app.loop.time()
        made = self._timed(state)
        for value in values:
            effects = apply(state, value)
            if effects is not None:
                state.apply(effects)
                made.append(effects)
        self._tidy(partition, state)
        await self._publish(made)
        self.observe(made, self.app.loop.time() - begun)

    def _timed(self, state: PartitionState) -> list[Effects]:
        """Return what time has led to: it comes before whatever arrives after it."""
        return list(clock.step(state, self.register, self.now()))

    async def tick(self) -> None:
        """Let time pass in every partition."""
        for partition in tuple(self.states):
            async with self.locks.setdefault(partition, asyncio.Lock()):
                if partition in self.states:
                    await self._publish(self._timed(self.states[partition]))

    async def wake(self) -> None:
        """Restore the partitions that this worker has been given: time passes in them at once."""
        for partition in tuple(self.parts):
            async with self.locks.setdefault(partition, asyncio.Lock()):
                await self._state(partition)
                if partition not in self.parts:
                    # It went to another worker while it was being restored here.
                    self.states.pop(partition, None)

    async def _publish(self, made: list[Effects]) -> None:
        """Send what came of a batch, one kind after the other: see `records_of`."""
        for kind in zip(*map(records_of, made), strict=True):
            await self._send([record for records in kind for record in records])

    def _tidy(self, partition: int, state: PartitionState) -> None:
        """Let old state go now and then: it looks at all of it, which no batch should pay for."""
        now = self.now()
        if now >= self.tidy_at.get(partition, now):
            state.expire(now)
            self.tidy_at[partition] = now + TIDY_EVERY

    async def _state(self, partition: int) -> PartitionState:
        if partition not in self.states:
            self.states[partition] = await self._restored(partition)
        return self.states[partition]

    async def _restored(self, partition: int) -> PartitionState:
        while True:
            try:
                state = await self.restore(partition)
            except KafkaError as error:
                log.warning("cannot restore yet", partition=partition, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            log.info("restored", partition=partition, cases=len(state.cases), seen=len(state.seen))
            return state

    async def _send(self, records: list[Record]) -> None:
        """Send until the broker has all: the state has taken them in, so none may be lost."""
        while records:
            try:
                futures = [
                    await self.app.producer.send(
                        record.topic,
                        record.key,
                        record.value,
                        record.partition,
                        None,
                        dict(record.headers),
                    )
                    for record in records
                ]
                await asyncio.gather(*futures)
            except KafkaError as error:
                log.warning("broker refuses, trying again", error=str(error), records=len(records))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def adopt(self, bundle: RulesBundle) -> None:
        """Decide by other rules from the next event on, and say so."""
        self.register = self.register.with_rules(bundle)
        self.bundle = bundle
        log.info("rules", version=bundle.version)
        await self.acknowledge()

    async def acknowledge(self) -> None:
        """Say by which published rules this worker decides, and for which partitions."""
        if self.bundle is None or not self.parts:
            return
        ack = RulesAck(
            version=self.bundle.version,
            worker=self.config.worker,
            partitions=tuple(sorted(self.parts)),
            at=self.now(),
        )
        ack_id = derive_id("rules-ack", ack.model_dump_json())
        await self._send([_record(RULES_ACKS, ack, ack_id, ack.at, ack.worker)])

    def on_event(self, state: PartitionState, value: bytes) -> Effects | None:
        """Step one event of `events.v1`."""
        try:
            event = decode(UnifiedEvent, value)
        except ValidationError:
            # The sink keeps the raw bytes of every record that is none of ours.
            log.exception("not a unified event")
            return None
        return receive.step(state, event, self.register)

    def on_command(self, state: PartitionState, value: bytes) -> Effects | None:
        """Step one command of `commands.v1`."""
        try:
            command = decode(Command, value)
        except ValidationError:
            log.exception("not a command")
            return None
        return follow.step(state, command, self.register, self.now())


def make_app(
    config: WorkerConfig,
    register: Register,
    restore: Restore,
    now: Callable[[], datetime],
    observe: Observe = _unobserved,
) -> tuple[faust.App, Worker]:
    """Return the Faust application and its worker; the shell gives what they need of the world."""
    app = faust.App(
        APP_ID,
        broker=f"kafka://{config.bootstrap.replace(',', ';kafka://')}",
        broker_credentials=config.credentials,
        datadir=config.data_dir,
        value_serializer="raw",
        key_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        # A killed worker's partitions move on after this many seconds.
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
    )
    worker = Worker(app, config, register, restore, now, observe)
    events = app.topic(EVENTS.name, value_serializer="raw", key_serializer="raw")
    commands = app.topic(COMMANDS.name, value_serializer="raw", key_serializer="raw")

    async def receive_events(stream: Any) -> None:
        async for batch in stream.take_events(config.batch, within=config.linger):
            await worker.process(batch, worker.on_event)

    async def follow_commands(stream: Any) -> None:
        async for batch in stream.take_events(config.batch, within=config.linger):
            await worker.process(batch, worker.on_command)

    async def revoked(_: faust.App, parts: Iterable[Any], **__: Any) -> None:
        worker.drop(part.partition for part in parts)

    app.timer(TICK_SECONDS)(worker.tick)
    app.agent(events, name="receive")(receive_events)
    app.agent(commands, name="follow")(follow_commands)

    async def assigned(_: faust.App, parts: Iterable[Any], **__: Any) -> None:
        worker.parts = {part.partition for part in parts if part.topic == EVENTS.name}
        app.add_future(worker.wake())
        if worker.bundle is not None:
            # Not awaited: Faust must not wait for the broker in the middle of a rebalance.
            app.add_future(worker.acknowledge())

    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)
    return app, worker
