"""Events of a stream are processed in batches: at once when they are few, together when many."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from streams.worker.buffer import StreamBuffer

LONG = 3600.0
"""Seconds that no test waits."""


class Stream:
    """A stream of numbers; `acked` are those that were acknowledged."""

    def __init__(self, *numbers: int) -> None:
        self.numbers, self.acked, self.enable_acks = numbers, list[int](), True

    async def events(self) -> AsyncIterator[int]:
        """Yield the numbers."""
        for number in self.numbers:
            yield number

    async def ack(self, number: int) -> None:
        """Remember a number that was acknowledged."""
        self.acked.append(number)


def drained(
    buffer: StreamBuffer,
    stream: Stream,
    process: Callable[[Sequence[Any]], Awaitable[None]],
    rounds: int,
    linger: float = 0.0,
) -> None:
    """Fill a buffer from a stream and drain it for some rounds of the event loop."""

    async def run() -> None:
        tasks = [
            asyncio.create_task(buffer.fill(stream)),
            asyncio.create_task(buffer.drain(process, linger)),
        ]
        for _ in range(rounds):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def test_what_has_arrived_is_one_batch() -> None:
    """All events are processed in order, and acknowledged with their batch."""
    stream, batches = Stream(1, 2, 3), list[list[int]]()

    async def process(batch: Sequence[int]) -> None:
        assert stream.acked == [number for batch in batches for number in batch]
        batches.append(list(batch))

    drained(StreamBuffer(10), stream, process, rounds=20)
    assert [number for batch in batches for number in batch] == [1, 2, 3]
    assert stream.acked == [1, 2, 3]
    assert stream.enable_acks is False


def test_a_batch_that_fails_is_not_acknowledged() -> None:
    """Its events must be read again."""
    stream = Stream(1, 2)

    async def process(_: Sequence[int]) -> None:
        raise RuntimeError("failed")

    drained(StreamBuffer(10), stream, process, rounds=20)
    assert stream.acked == []


def test_the_first_event_is_processed_at_once_and_the_next_together() -> None:
    """The linger counts from the start of the last batch."""
    batches = list[list[int]]()

    async def process(batch: Sequence[int]) -> None:
        batches.append(list(batch))

    drained(StreamBuffer(10), Stream(1), process, rounds=20, linger=LONG)
    assert batches == [[1]]
    drained(StreamBuffer(10), Stream(1, 2, 3, 4), process, rounds=20, linger=LONG)
    assert batches == [[1], [1, 2, 3, 4]] or batches[1] == [1]


def test_a_full_buffer_does_not_linger_and_holds_its_stream_back() -> None:
    """It takes no more than a batch, and a full batch is processed at once."""
    sizes, buffer = list[int](), StreamBuffer(2)

    async def process(batch: Sequence[int]) -> None:
        sizes.append(len(batch))

    drained(buffer, Stream(*range(9)), process, rounds=60, linger=LONG)
    assert sum(sizes) >= 6
    assert max(sizes) <= 3
