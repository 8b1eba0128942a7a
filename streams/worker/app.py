"""The Faust application 流处理: thin shells around the pure steps.

Agents take batches, step each event against the state of its partition, send what came of it and
only then let the offsets go: at-least-once, with ids that are derived and so count once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types.auth import CredentialsT
from pydantic import ValidationError

from schemas.base import derive_id
from schemas.binding import Record, decode, encode
from schemas.command import Command
from schemas.event import UnifiedEvent
from schemas.rules import RulesAck, RulesBundle
from schemas.topic import COMMANDS, EVENTS, RULES_ACKS
from streams.case.state import Effects, PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from streams.town.register import Register
from streams.worker.consumer import Assignor, Transport
from streams.worker.publisher import Outlet, Reach, kinds_of

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
    member: str = ""
    """Its name in the group, kept over restarts; empty: a fresh member each time."""
    credentials: CredentialsT | None = None
    """How it proves itself to the brokers; None: not at all."""


Observe = Callable[[list[Effects], float], None]
"""Told what a batch has led to, and the seconds until the broker had it."""
Restore = Callable[[int, Reach], Awaitable[PartitionState]]
"""Returns the state of a partition, as its topics tell it now; may raise `KafkaError`."""


def _hold(message: Any) -> None:
    """Let a message not be committed, whatever Faust does meanwhile.

    It acknowledges a batch however it ends: half-way, where the worker is stopped, as soon as it
    is. What is acknowledged already it does not take for done again.
    """
    message.acked = True


def _let_go_of(message: Any) -> None:
    """Let Faust acknowledge a message: what it led to is told."""
    message.acked = False


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
        outlet: Outlet,
        observe: Observe,
    ) -> None:
        self.observe, self.outlet = observe, outlet
        self.app, self.config, self.register = app, config, register
        self.bundle: RulesBundle | None = None
        self.parts: set[int] = set()
        self.settled = asyncio.Event()
        """Whether it is known which partitions this worker has: not while they are given out."""
        self.restore, self.now = restore, now
        self.states: dict[int, PartitionState] = {}
        self.held: set[int] = set()
        """Partitions that it has taken over and restored: what it knows of them is so."""
        self.rebalances = self.faults = 0
        self.tidy_at: dict[int, datetime] = {}
        self.locks: dict[int, asyncio.Lock] = {}

    def drop(self, partitions: Iterable[int]) -> None:
        """Let go of partitions that another worker may have now.

        What is known of them stays until it is clear who has them: most come back at once.
        """
        self.settled.clear()
        self.rebalances += 1
        for partition in partitions:
            self.parts.discard(partition)
            self.held.discard(partition)
            self.app.add_future(self._let_go(partition))

    async def _let_go(self, partition: int) -> None:
        # What is being told of it is told to its end.
        async with self.locks.setdefault(partition, asyncio.Lock()):
            if partition not in self.parts:
                await self.outlet.let_go(partition)

    def have(self, partitions: Iterable[int]) -> None:
        """Have these partitions from now on, and forget all others."""
        self.parts = set(partitions)
        for partition in self.states.keys() - self.parts:
            self._forget(partition)
        self.settled.set()
        self.app.add_future(self.wake())

    def _forget(self, partition: int) -> None:
        for case in self.states.pop(partition).cases.open():
            self.register.judge.forget(case)

    async def process(
        self, batch: Iterable[Any], apply: Callable[[PartitionState, bytes], Effects | None]
    ) -> None:
        """Step a batch of Faust events, partition by partition, and send the effects."""
        by_partition: dict[int, list[Any]] = {}
        for event in batch:
            by_partition.setdefault(event.message.partition, []).append(event.message)
            _hold(event.message)
        try:
            for partition, messages in by_partition.items():
                async with self.locks.setdefault(partition, asyncio.Lock()):
                    # Asked for under the lock: it may have gone to another meanwhile.
                    await self.settled.wait()
                    state = await self._state(partition)
                    if state is None:
                        # He steps the same from the last offset that was committed.
                        log.info("left to another", partition=partition, records=len(messages))
                        continue
                    await self._process(partition, state, messages, apply)
                for message in messages:
                    _let_go_of(message)
        except Exception as error:
            await self.app.crash(error)
            raise

    async def _process(
        self,
        partition: int,
        state: PartitionState,
        messages: Sequence[Any],
        apply: Callable[[PartitionState, bytes], Effects | None],
    ) -> None:
        begun = self.app.loop.time()
        with self._to_its_end(partition):
            made = self._timed(state)
            for message in messages:
                effects = self._stepped(state, message, apply)
                if effects is not None:
                    state.apply(effects)
                    made.append(effects)
            await self._tidy(partition, state)
            await self._tell(partition, made)
        self.observe(made, self.app.loop.time() - begun)

    def _stepped(
        self,
        state: PartitionState,
        message: Any,
        apply: Callable[[PartitionState, bytes], Effects | None],
    ) -> Effects | None:
        try:
            return apply(state, message.value)
        except Exception:
            # One event must not hold up all that follow; the store has it, as not decided.
            self.faults += 1
            log.exception(
                "a step failed, what it was given stays undecided: tell the developers",
                topic=message.topic, partition=message.partition, offset=message.offset,
            )  # fmt: skip
            return None

    @contextmanager
    def _to_its_end(self, partition: int) -> Iterator[None]:
        """Step and tell; where that ends early, the state knows of what nobody was told."""
        try:
            yield
        except BaseException:
            self.held.discard(partition)
            if partition in self.states:
                self._forget(partition)
            raise

    async def _tell(self, partition: int, made: Sequence[Effects]) -> None:
        await self.outlet.tell(partition, kinds_of(made))
        for effects in made:
            for entry in effects.case_events:
                self.register.judge.follow(entry.case)

    def _timed(self, state: PartitionState) -> list[Effects]:
        """Return what time has led to: it comes before whatever arrives after it."""
        return list(clock.step(state, self.register, self.now()))

    async def keep_time(self) -> None:
        """Let time pass again and again; under load a tick takes longer than the pause."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.tick()

    async def tick(self) -> None:
        """Let time pass in every partition."""
        for partition in tuple(self.held):
            async with self.locks.setdefault(partition, asyncio.Lock()):
                if partition not in self.held:
                    continue
                with self._to_its_end(partition):
                    made = self._timed(self.states[partition])
                    if made:
                        await self._tell(partition, made)

    async def wake(self) -> None:
        """Restore the partitions that this worker has been given: time passes in them at once."""
        for partition in tuple(self.parts):
            async with self.locks.setdefault(partition, asyncio.Lock()):
                await self._state(partition)

    async def _tidy(self, partition: int, state: PartitionState) -> None:
        """Let old state go now and then: it looks at all of it, which no batch should pay for."""
        now = self.now()
        if now >= self.tidy_at.get(partition, now):
            await self.outlet.forget(partition, state.expire(now))
            self.tidy_at[partition] = now + TIDY_EVERY

    async def _state(self, partition: int) -> PartitionState | None:
        """Return what is known of a partition; None where this worker has it no more.

        One that went and came back while it was being restored is taken over once more: another
        may have told of it in between. What was restored is not lost by that.
        """
        while partition in self.parts and partition not in self.held:
            rebalances = self.rebalances
            try:
                self.states[partition] = await self._taken_over(partition)
            except KafkaError as error:
                log.warning("cannot restore yet", partition=partition, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if rebalances == self.rebalances:
                self.held.add(partition)
            elif self.settled.is_set() and partition not in self.parts:
                self._forget(partition)
        return self.states[partition] if partition in self.held else None

    async def _taken_over(self, partition: int) -> PartitionState:
        found = await self.outlet.take_over(partition)
        known = self.states.get(partition)
        if known is not None and found.untouched:
            log.info("has come back", partition=partition, cases=len(known.cases))
            return known
        state = await self.restore(partition, found.reach)
        log.info("restored", partition=partition, cases=len(state.cases), seen=len(state.seen))
        return state

    async def _acknowledge(self, record: Record) -> None:
        """Send until the broker has it."""
        while True:
            try:
                sent = await self.app.producer.send(
                    record.topic, record.key, record.value, record.partition, None,
                    dict(record.headers),
                )  # fmt: skip
                await sent
            except KafkaError as error:
                log.warning("broker refuses, trying again", error=str(error))
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
        record = encode(RULES_ACKS, ack, event_id=str(ack_id), time=ack.at, key=ack.worker)
        await self._acknowledge(record)

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
    outlet: Outlet,
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
        consumer_group_instance_id=config.member or None,
        PartitionAssignor=Assignor,
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    worker = Worker(app, config, register, restore, now, outlet, observe)
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

    app.task(worker.keep_time)
    app.agent(events, name="receive")(receive_events)
    app.agent(commands, name="follow")(follow_commands)

    async def assigned(_: faust.App, parts: Iterable[Any], **__: Any) -> None:
        worker.have(part.partition for part in parts if part.topic == EVENTS.name)
        if worker.bundle is not None:
            # Not awaited: Faust must not wait for the broker in the middle of a rebalance.
            app.add_future(worker.acknowledge())

    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)
    return app, worker
