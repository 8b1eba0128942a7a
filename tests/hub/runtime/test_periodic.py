"""Periodic work: no fault of a round ends it, and a busy source gets the pause it asks for."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from hub.runtime.periodic import LONGEST_PAUSE, LONGEST_WAIT, BusySourceError, repeat_forever


class PanicException(BaseException):
    """What a panic of a library in Rust raises: no Exception."""


@pytest.mark.parametrize(
    "fault",
    [
        OSError("away"),
        RecursionError(),
        MemoryError(),
        PanicException("index out of bounds"),
        SystemExit(1),
        asyncio.CancelledError(),
        TimeoutError(),
    ],
    ids=repr,
)
def test_a_round_survives_any_fault(fault: BaseException) -> None:
    """Whatever a round raises, the next one follows, and another collector is not disturbed."""
    done: list[str] = []

    async def whole() -> None:
        stop = asyncio.Event()

        async def faulty() -> int:
            done.append("faulty")
            if done.count("faulty") == 1:
                raise fault
            stop.set()
            return 0

        async def sound() -> int:
            done.append("sound")
            return 0

        await asyncio.gather(
            repeat_forever("faulty", faulty, 0.001, stop),
            repeat_forever("sound", sound, 0.001, stop),
        )

    asyncio.run(whole())
    assert done.count("faulty") == 2
    assert "sound" in done


def test_a_cancelled_task_ends() -> None:
    """A collector can still be cancelled from outside."""

    async def whole() -> None:
        started = asyncio.Event()

        async def waits() -> int:
            started.set()
            await asyncio.Event().wait()
            return 0

        task = asyncio.create_task(repeat_forever("waits", waits, 1, asyncio.Event()))
        await started.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("asked", "pause"), [(0, 2.0), (600, 600), (10**9, LONGEST_WAIT), (LONGEST_PAUSE, 60.0)]
)
def test_a_busy_source_gets_the_pause_that_it_asks_for(asked: float, pause: float) -> None:
    """At most an hour, and at least the pause after any fault."""

    async def whole() -> float:
        stop = asyncio.Event()

        async def busy() -> int:
            stop.set()
            raise BusySourceError("busy", asked)

        with capture_logs() as logs:
            await repeat_forever("busy", busy, 1.0, stop)
        return float(logs[0]["retry"])

    assert asyncio.run(whole()) == pause
