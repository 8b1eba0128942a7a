"""Periodic work 定期任务: round after round until the process stops."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

LONGEST_PAUSE = 60.0
"""Longest pause after failures, in seconds."""
LONGEST_WAIT = 3600.0
"""Longest pause that a source may ask for, in seconds."""

Round = Callable[[], Awaitable[int]]
"""Does the work that is due and returns its amount, such as the number of messages."""


class BusySourceError(OSError):
    """A source asks its readers to wait; `wait` in seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


async def repeat_forever(name: str, work: Round, every: float, stop: asyncio.Event) -> None:
    """Repeat `work` until `stop` is set, `every` seconds apart; at once while there is more to do.

    After a failed round the pause doubles, up to `LONGEST_PAUSE`; a source that asks for a longer
    one (`BusySourceError`) gets it. A collector's failed round must not move its cursor past a
    message that is not in the journal. No exception of a round ends the repetition, unless this
    task is cancelled or the process is interrupted.
    """
    pause = every
    while not stop.is_set():
        try:
            amount = await work()
            pause = 0.0 if amount else every
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            # Also a CancelledError that a library leaks, and a panic of a library in Rust (pyo3).
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            pause = min(max(pause, every) * 2, LONGEST_PAUSE)
            if isinstance(error, BusySourceError):
                pause = max(pause, min(error.wait, LONGEST_WAIT))
            log.warning("round_failed", source=name, error=repr(error), retry=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause or 0.001)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
