"""Batches of a stream 成批: what has arrived is processed together.

Faust's own `take_events` wakes up all the time to see whether its buffer has something.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Process = Callable[[Sequence[Any]], Awaitable[None]]
"""Processes a batch of Faust events."""


class StreamBuffer:
    """Events of one stream that wait for their batch, at most `most`."""

    def __init__(self, most: int) -> None:
        self._waiting: asyncio.Queue[tuple[Any, Any]] = asyncio.Queue(most)

    @property
    def is_full(self) -> bool:
        """Whether the stream has to wait."""
        return self._waiting.full()

    async def fill(self, stream: Any) -> None:
        """Collect the events of a stream for ever; they are acknowledged with their batch."""
        stream.enable_acks = False
        async for event in stream.events():
            await self._waiting.put((stream, event))

    async def drain(self, process: Process, linger: float) -> None:
        """Process batches for ever, with at least `linger` seconds between their starts.

        So an event that comes alone is processed at once, and under load the batches are large.
        """
        loop = asyncio.get_running_loop()
        started = loop.time() - linger
        while True:
            batch = [await self._waiting.get()]
            pause = started + linger - loop.time()
            if pause > 0 and self._waiting.qsize() + 1 < self._waiting.maxsize:
                await asyncio.sleep(pause)
            started = loop.time()
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await process([event for _, event in batch])
            for stream, event in batch:
                await stream.ack(event)
