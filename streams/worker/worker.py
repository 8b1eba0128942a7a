"""A worker 工作者: the state of its partitions, and the batches that it processes.

Each batch is processed partition by partition: step, publish, then let Faust commit the offsets.
Delivery is at least once; derived ids make sure that a record that comes twice counts once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.types.auth import CredentialsT
from pydantic import ValidationError

from schemas.cases.command import Command
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.topic import RULES_ACKS
from schemas.town.rules import RulesAck, RulesBundle
from streams.case.state import Effects, PartitionState
from streams.matching.matcher import Matcher
from streams.steps import command as command_step
from streams.steps import event as event_step
from streams.steps import time as time_step
from streams.town.register import Register
from streams.worker.publisher import EffectsPublisher, MinimumOffsets, RecordBatch

RETRY_SECONDS = 1.0
TICK_SECONDS = 1.0
"""Pause between two looks at the timers that are due."""
EXPIRE_EVERY = timedelta(minutes=5)
SLICE_SECONDS = 0.25
"""Time after which the rest of a batch waits for whatever else wants its partition: commands."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Configuration of a worker. `linger` in seconds."""

    bootstrap: str
    batch: int
    linger: float
    data_dir: str
    worker: str
    member: str = ""
    """Group instance id (static membership); empty: a new member at each start."""
    credentials: CredentialsT | None = None
    prepare: Callable[[Any], None] = lambda _: None
    """Called with aiokafka's consumer when it has started, in the thread of its event loop."""


Observe = Callable[[list[Effects], float], None]
"""Called with the effects of a batch, and the seconds until the broker had them."""
Restore = Callable[[int, MinimumOffsets], Awaitable[PartitionState]]
"""Returns the state of a partition from its topics; may raise `KafkaError`."""
Apply = Callable[[PartitionState, bytes], Effects | None]
"""Steps one record; None where the record is not one of ours."""


def _suppress_ack(message: Any) -> None:
    """Keep Faust from committing a message.

    Faust acknowledges a batch however it ends: if the worker stops in the middle of a batch, Faust
    acknowledges all of it. It skips messages that are marked as acknowledged already.
    """
    message.acked = True


def _allow_ack(message: Any) -> None:
    """Let Faust commit a message: its effects are published."""
    message.acked = False


class Worker:
    """The partitions of this process, their states, and the publisher of effects."""

    def __init__(
        self,
        app: faust.App,
        config: WorkerConfig,
        register: Register,
        restore: Restore,
        now: Callable[[], datetime],
        publisher: EffectsPublisher,
        observe: Observe,
    ) -> None:
        self.observe, self.publisher = observe, publisher
        self.app, self.config, self.register = app, config, register
        self.bundle: RulesBundle | None = None
        self.assigned: set[int] = set()
        self.assignment_known = asyncio.Event()
        """Cleared during a rebalance, until the partitions of this worker are known."""
        self.restore, self.now = restore, now
        self.states: dict[int, PartitionState] = {}
        self.ready: set[int] = set()
        """Partitions acquired and restored; their in-memory state is current."""
        self.rebalances = self.faults = 0
        self.expire_at: dict[int, datetime] = {}
        self.locks: dict[int, asyncio.Lock] = {}

    def on_partitions_revoked(self, partitions: Iterable[int]) -> None:
        """Stop processing partitions that another worker may own now.

        Their states stay until the new assignment is known: most partitions come back at once.
        """
        self.assignment_known.clear()
        self.rebalances += 1
        for partition in partitions:
            self.assigned.discard(partition)
            self.ready.discard(partition)
            self.app.add_future(self._release(partition))

    async def _release(self, partition: int) -> None:
        # Finish publishing the batch in flight before releasing the partition.
        async with self._lock(partition):
            if partition not in self.assigned:
                await self.publisher.release(partition)

    def on_partitions_assigned(self, partitions: Iterable[int]) -> None:
        """Own exactly these partitions from now on; drop the states of all others."""
        self.assigned = set(partitions)
        for partition in self.states.keys() - self.assigned:
            self._drop_state(partition)
        self.assignment_known.set()
        self.app.add_future(self.restore_assigned())

    def _drop_state(self, partition: int) -> None:
        self.register.matcher.cases.forget_all(self.states.pop(partition).cases.open_ids())

    def _lock(self, partition: int) -> asyncio.Lock:
        return self.locks.setdefault(partition, asyncio.Lock())

    async def process(self, batch: Iterable[Any], apply: Apply) -> None:
        """Step a batch of Faust events, partition by partition, and publish the effects."""
        by_partition: dict[int, list[Any]] = {}
        for event in batch:
            by_partition.setdefault(event.message.partition, []).append(event.message)
            _suppress_ack(event.message)
        try:
            for partition, messages in by_partition.items():
                rest = messages
                while rest:
                    done = await self._process_slice(partition, rest, apply)
                    if not done:
                        break
                    for message in rest[:done]:
                        _allow_ack(message)
                    rest = rest[done:]
                    # Who has come meanwhile gets in line for the partition.
                    await asyncio.sleep(0)
        except Exception as error:
            await self.app.crash(error)
            raise

    async def _process_slice(self, partition: int, messages: Sequence[Any], apply: Apply) -> int:
        """Step and publish the first messages; return how many, or 0 if another worker owns them.

        Whoever waits for the partition comes next, before the rest of the messages.
        """
        async with self._lock(partition):
            # Checked while the lock is held: the partition may have been revoked meanwhile.
            await self.assignment_known.wait()
            state = await self._state(partition)
            if state is None:
                # The new owner reprocesses from the last committed offset.
                log.info("partition_owned_elsewhere", partition=partition, records=len(messages))
                return 0
            return await self._process(partition, state, messages, apply)

    async def _process(
        self, partition: int, state: PartitionState, messages: Sequence[Any], apply: Apply
    ) -> int:
        started, done = self.app.loop.time(), 0
        with self._discard_state_on_failure(partition):
            steps = self._due(state)
            for message in messages:
                effects = self._step(state, message, apply)
                if effects is not None:
                    state.apply(effects)
                    steps.append(effects)
                done += 1
                if self.app.loop.time() - started > SLICE_SECONDS:
                    break
            await self._expire(partition, state)
            await self._publish(partition, state, steps)
        self.observe(steps, self.app.loop.time() - started)
        return done

    def _step(self, state: PartitionState, message: Any, apply: Apply) -> Effects | None:
        try:
            return apply(state, message.value)
        except Exception:
            # The records behind it must be processed. The store shows this one as undecided.
            self.faults += 1
            log.exception(
                "step_failed",
                advice="the record stays undecided; report this with the traceback",
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
            )
            return None

    @contextmanager
    def _discard_state_on_failure(self, partition: int) -> Iterator[None]:
        """If processing or publishing fails, drop the state: it holds unpublished changes."""
        try:
            yield
        except BaseException:
            self.ready.discard(partition)
            if partition in self.states:
                self._drop_state(partition)
            raise

    async def _publish(
        self, partition: int, state: PartitionState, steps: Sequence[Effects]
    ) -> None:
        await self.publisher.publish(partition, RecordBatch.of(steps))
        last = {entry.case_id: entry.case for each in steps for entry in each.case_events}
        for case in last.values():
            self.register.matcher.cases.follow(case, state.cases.snapshot(case.case_id))

    def _due(self, state: PartitionState) -> list[Effects]:
        """Return the effects of the timers that are due; they come before later records."""
        return list(time_step.step(state, self.register, self.now()))

    async def tick_forever(self) -> None:
        """Tick with a pause between two ticks; under load a tick takes longer than the pause."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.tick()

    async def tick(self) -> None:
        """Fire the timers that are due in every partition."""
        for partition in tuple(self.ready):
            async with self._lock(partition):
                if partition not in self.ready:
                    continue
                with self._discard_state_on_failure(partition):
                    state = self.states[partition]
                    steps = self._due(state)
                    if steps:
                        await self._publish(partition, state, steps)

    async def restore_assigned(self) -> None:
        """Restore all assigned partitions, so that their timers fire without a record arriving."""
        for partition in tuple(self.assigned):
            async with self._lock(partition):
                await self._state(partition)

    async def _expire(self, partition: int, state: PartitionState) -> None:
        """Drop old state every few minutes: it scans all of it, too much for every batch."""
        now = self.now()
        if now >= self.expire_at.get(partition, now):
            compared_for = timedelta(days=self.register.rules.after_settled.days)
            await self.publisher.forget(partition, state.expire(now, compared_for))
            self.expire_at[partition] = now + EXPIRE_EVERY

    async def _state(self, partition: int) -> PartitionState | None:
        """Return the state of a partition; None if this worker does not own it any more.

        A partition that was revoked and assigned again during its restore is acquired once more:
        another worker may have published in between. The restored state is kept for that.
        """
        while partition in self.assigned and partition not in self.ready:
            rebalances = self.rebalances
            try:
                self.states[partition] = await self._acquire(partition)
            except KafkaError as error:
                log.warning("restore_retry", partition=partition, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if rebalances == self.rebalances:
                self.ready.add(partition)
            elif self.assignment_known.is_set() and partition not in self.assigned:
                self._drop_state(partition)
        return self.states[partition] if partition in self.ready else None

    async def _acquire(self, partition: int) -> PartitionState:
        acquired = await self.publisher.acquire(partition)
        known = self.states.get(partition)
        if known is not None and acquired.state_is_current:
            log.info("partition_reassigned", partition=partition, cases=len(known.cases))
            return known
        state = await self.restore(partition, acquired.minimum_offsets)
        log.info(
            "partition_restored", partition=partition, cases=len(state.cases), seen=len(state.seen)
        )
        return state

    async def adopt_rules(self, bundle: RulesBundle) -> None:
        """Use another version of the rules from the next event on; acknowledge it."""
        self.register = self.register.with_rules(bundle)
        self.bundle = bundle
        log.info("rules_adopted", version=bundle.version)
        await self.acknowledge_rules()

    def adopt_matcher(self, matcher: Matcher) -> None:
        """Match by other models from the next event on; cases are compared anew, not decided anew.

        The matcher is as pure as the rules. What it has decided before stays as it is.
        """
        self.register = replace(self.register, matcher=matcher)

    async def acknowledge_rules(self) -> None:
        """Publish which version of the rules this worker uses, and for which partitions."""
        if self.bundle is None or not self.assigned:
            return
        ack = RulesAck(
            version=self.bundle.version,
            worker=self.config.worker,
            partitions=tuple(sorted(self.assigned)),
            at=self.now(),
        )
        await self._send(RULES_ACKS.record(ack))

    async def _send(self, record: Record) -> None:
        """Send one record until the broker has it."""
        while True:
            try:
                sent = await self.app.producer.send(
                    record.topic,
                    record.key,
                    record.value,
                    record.partition,
                    None,
                    dict(record.headers),
                )
                await sent
            except KafkaError as error:
                log.warning("send_retry", topic=record.topic, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    def on_event(self, state: PartitionState, value: bytes) -> Effects | None:
        """Step one record of `events.v1`."""
        try:
            event = from_record(UnifiedEvent, value)
        except ValidationError:
            # The sink keeps the raw bytes of every record that it cannot read.
            log.exception("not_an_event")
            return None
        return event_step.step(state, event, self.register)

    def on_command(self, state: PartitionState, value: bytes) -> Effects | None:
        """Step one record of `commands.v1`."""
        try:
            command = from_record(Command, value)
        except ValidationError:
            log.exception("not_a_command")
            return None
        return command_step.step(state, command, self.register, self.now())
