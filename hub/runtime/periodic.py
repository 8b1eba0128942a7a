"""Periodic work 定期任务: one round after the other until the process stops."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

LONGEST_PAUSE = 60.0

Round = Callable[[], Awaitable[int]]
"""Collects what is there now and returns how many messages that were."""


async def collect_forever(name: str, collect: Round, every: float, stop: asyncio.Event) -> None:
    """Collect until stopped; a source that is away is asked again, after longer each time.

    A round that fails has moved no cursor past what is not in the journal.
    """
    pause = every
    while not stop.is_set():
        try:
            found = await collect()
            pause = 0.0 if found else every
        except Exception as error:  # noqa: BLE001 - one source must not cost the others
            pause = min(max(pause, every) * 2, LONGEST_PAUSE)
            log.warning("source away", source=name, error=repr(error), retry=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause or 0.001)
