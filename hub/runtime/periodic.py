"""Periodic work 定期任务: round after round until the process stops."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

LONGEST_PAUSE = 60.0
"""Longest pause after failures, in seconds."""

Round = Callable[[], Awaitable[int]]
"""Does the work that is due and returns its amount, such as the number of messages."""


async def repeat_forever(name: str, work: Round, every: float, stop: asyncio.Event) -> None:
    """Repeat `work` until `stop` is set, `every` seconds apart; at once while there is more to do.

    After a failed round the pause doubles, up to `LONGEST_PAUSE`. A collector's failed round must
    not move its cursor past a message that is not in the journal.
    """
    pause = every
    while not stop.is_set():
        try:
            amount = await work()
            pause = 0.0 if amount else every
        except Exception as error:  # noqa: BLE001 - a failing source must not stop the others
            pause = min(max(pause, every) * 2, LONGEST_PAUSE)
            log.warning("round_failed", source=name, error=repr(error), retry=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause or 0.001)
