"""Rebalances 重新分配: when a worker keeps, restores and discards partition state."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from schemas.cases.case import State
from schemas.reports.event import UnifiedEvent
from schemas.topic import EVENTS
from streams.case.state import KEEP_SETTLED, Effects, Expired, PartitionState
from streams.steps import event as receive
from streams.worker import worker as working
from streams.worker.publisher import Acquired, MinimumOffsets, RecordBatch
from streams.worker.worker import Worker, WorkerConfig
from tests.builders.town import NOON, REGISTER, event

PART = 3
CONFIG = WorkerConfig(bootstrap="", batch=10, linger=0.1, data_dir="", worker="w")


@dataclass
class Brokers:
    """A publisher; `others`: whether another worker has published since this one did."""

    others: bool = True
    refuses: bool = False
    acquired: int = 0
    published: list[RecordBatch] = field(default_factory=list)
    forgotten: list[UUID] = field(default_factory=list)

    async def acquire(self, _: int) -> Acquired:
        """Count the call."""
        self.acquired += 1
        return Acquired({}, state_is_current=not self.others)

    async def publish(self, _: int, batch: RecordBatch) -> None:
        """Accept all records, or end early."""
        if self.refuses:
            raise asyncio.CancelledError
        self.published.append(batch)

    async def forget(self, _: int, expired: Expired) -> None:
        """Record the cases."""
        self.forgotten += expired.cases

    async def release(self, _: int) -> None:
        """Do nothing."""


class City:
    """A worker without Faust, with its batches."""

    def __init__(self, restoring: Callable[[], Awaitable[None]] | None = None) -> None:
        self.brokers, self.restored, self._restoring = Brokers(), 0, restoring
        self.steps: list[Effects] = []
        self.now = NOON
        self.futures: set[asyncio.Task[None]] = set()
        app = SimpleNamespace(loop=asyncio.get_running_loop(), add_future=self._add_future)
        self.worker = Worker(
            cast("Any", app),
            CONFIG,
            REGISTER,
            self._restore,
            lambda: self.now,
            self.brokers,
            lambda steps, _: self.steps.extend(steps),
        )

    def _add_future(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.futures.add(asyncio.ensure_future(coroutine))

    async def _restore(self, _: int, __: MinimumOffsets) -> PartitionState:
        self.restored += 1
        if self._restoring is not None:
            await self._restoring()
        return PartitionState()

    async def quiet(self) -> None:
        """Wait until all pending work is done."""
        while self.futures:
            await self.futures.pop()

    async def assign(self, *partitions: int) -> None:
        """Assign partitions, and wait for their restore."""
        self.worker.on_partitions_assigned(partitions)
        await self.quiet()

    def batch(self, *events: UnifiedEvent) -> list[Any]:
        """Return events as Faust passes them."""
        records = [EVENTS.record(event) for event in events]
        return [
            SimpleNamespace(
                message=SimpleNamespace(
                    topic=EVENTS.name, partition=PART, offset=0, value=record.value, acked=False
                )
            )
            for record in records
        ]

    async def step(self, *events: UnifiedEvent) -> list[Any]:
        """Process a batch; return its messages."""
        batch = self.batch(*events)
        await self.worker.process(batch, self.worker.on_event)
        return [each.message for each in batch]


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story in a separate event loop."""
    asyncio.run(story())


def test_an_unchanged_partition_is_not_restored_again() -> None:
    """State that no other worker changed is reused: a repeated event is a duplicate."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        await city.step(event("a"))
        city.brokers.others = False
        city.worker.on_partitions_revoked([PART])
        await city.assign(PART)
        await city.step(event("a"))
        assert (city.restored, city.brokers.acquired) == (1, 2)
        assert [effects.duplicate for effects in city.steps] == [False, True]

    run(story)


def test_a_partition_that_another_worker_published_is_restored_again() -> None:
    """State that another worker may have changed is restored again."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        await city.step(event("a"))
        city.worker.on_partitions_revoked([PART])
        await city.assign(PART)
        assert city.restored == 2
        assert not city.worker.states[PART].cases

    run(story)


def test_a_revoked_partition_is_removed_from_memory() -> None:
    """A revoked partition is removed from memory, and its timers stop."""

    async def story() -> None:
        city = City()
        await city.assign(PART, PART + 1)
        city.worker.on_partitions_revoked([PART, PART + 1])
        await city.assign(PART + 1)
        assert city.worker.states.keys() == {PART + 1}
        await city.worker.tick()
        assert city.brokers.published == []

    run(story)


async def restored_while(*then: int, others: bool) -> City:
    """Revoke a partition during its restore, and assign others, or the same one."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        await go_on.wait()

    city = City(long)
    city.worker.on_partitions_assigned([PART])
    await begun.wait()
    city.brokers.others = others
    city.worker.on_partitions_revoked([PART])
    city.worker.on_partitions_assigned(then)
    go_on.set()
    await city.quiet()
    return city


def test_a_rebalance_does_not_restart_a_restore() -> None:
    """A rebalance does not restart a running restore, which could then never finish."""

    async def story() -> None:
        city = await restored_while(PART, others=False)
        assert (city.restored, city.brokers.acquired) == (1, 2)
        await city.step(event("a"))
        assert len(city.steps) == 1

    run(story)


def test_a_partition_revoked_during_its_restore_is_not_taken_back() -> None:
    """A partition revoked during its restore is not acquired; the restored state is discarded."""

    async def story() -> None:
        city = await restored_while(others=True)
        assert city.brokers.acquired == 1
        assert not city.worker.states
        assert not city.worker.ready

    run(story)


def test_records_of_a_revoked_partition_are_not_committed() -> None:
    """Records of a revoked partition are not committed."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        city.worker.on_partitions_revoked([PART])
        await city.assign()
        (left,) = await city.step(event("a"))
        assert left.acked
        await city.assign(PART)
        (stepped,) = await city.step(event("a"))
        assert not stepped.acked
        assert [effects.duplicate for effects in city.steps] == [False]

    run(story)


def test_an_unpublished_state_is_discarded() -> None:
    """State with unpublished changes is discarded, so that the event is decided again."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        city.brokers.others, city.brokers.refuses = False, True
        batch = city.batch(event("a"))
        with pytest.raises(asyncio.CancelledError):
            await city.worker.process(batch, city.worker.on_event)
        assert batch[0].message.acked
        city.brokers.refuses = False
        await city.step(event("a"))
        assert city.restored == 2
        assert [effects.duplicate for effects in city.steps] == [False]

    run(story)


@pytest.mark.slow
def test_a_step_that_fails_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing event stays undecided and is counted; the rest of its batch is published."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        steps = iter([receive.step, broken, receive.step])
        monkeypatch.setattr(receive, "step", lambda *arguments: next(steps)(*arguments))
        messages = await city.step(event("a"), event("b"), event("c", grid="G2"))
        assert [effects.disposition is not None for effects in city.steps] == [True, True]
        assert city.worker.faults == 1
        assert not any(message.acked for message in messages)

    run(story)


def test_cases_settled_a_month_ago_are_not_restored() -> None:
    """Cases settled a month ago are not restored, so that restore time stays bounded."""

    async def story() -> None:
        city = City()
        await city.assign(PART)
        await city.step(event("a"))
        state = city.worker.states[PART]
        (case,) = state.cases.values()
        state.put(case.model_copy(update={"state": State.CLOSED, "seq": case.seq + 1}))
        city.now = case.updated_at + KEEP_SETTLED
        await city.step(event("b", grid="G2"))
        assert city.brokers.forgotten == []
        city.now += timedelta(hours=1)
        await city.step(event("c", grid="G2"))
        assert city.brokers.forgotten == [case.case_id]

    run(story)


def broken(*_: object) -> Effects:
    """Raise an unexpected error."""
    raise ZeroDivisionError


def test_a_command_passes_the_rest_of_a_batch_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long batch gives way after each slice; what waits for the partition comes next."""

    async def run() -> None:
        city = City()
        await city.assign(PART)
        ticks = iter(range(1000))
        monkeypatch.setattr(working, "SLICE_SECONDS", 1.5)
        city.worker.app.loop = SimpleNamespace(time=lambda: float(next(ticks)))
        order = list[str]()

        def apply(_: PartitionState, value: bytes) -> None:
            order.append("command" if value == b"command" else "event")

        command = city.batch(event("x"))
        command[0].message.value = b"command"
        events = city.batch(*(event(str(number)) for number in range(6)))
        await asyncio.gather(
            city.worker.process(events, apply), city.worker.process(command, apply)
        )
        assert order[:4] == ["event", "event", "command", "event"]
        assert order.count("event") == len(events)
        assert all(each.message.acked is False for each in (*events, *command))

    asyncio.run(run())
