"""Reads for pages without login 公众查询: few at a time, in threads of their own.

A flood from many addresses passes every limit by address. It must not take the threads with which
the intake collects messages, nor keep the store from the staff. So a few reads run, some more wait,
and the rest is refused at once. Requests for the same page within a moment share one read.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from hub.web.problem import Problem, ProblemError

AT_ONCE, MOST_WAITING = 4, 60
"""Reads that run at a time, and reads that run or wait. The last waits a few seconds."""
SHARED_SECONDS = 2.0
"""So long an answer is shared: a page is so much older than the store at most."""
MOST_SHARED = 200

Answer = TypeVar("Answer")


class PublicReads:
    """Runs blocking reads of one kind of public page."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="public-reads")
        self._begun = 0
        self._shared: dict[Hashable, tuple[float, asyncio.Future[Any]]] = {}

    async def ask(self, read: Callable[[], Answer]) -> Answer:
        """Return what a read returns or raises; raises `ProblemError` busy if too many wait."""
        if self._begun >= MOST_WAITING:
            raise ProblemError(Problem.BUSY)
        self._begun += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, read)
        finally:
            self._begun -= 1

    async def share(self, key: Hashable, read: Callable[[], Answer]) -> Answer:
        """Return what a read returns, or what one with the same key returned a moment ago.

        Raises as `ask`. A failure is not shared with later requests.
        """
        now = time.monotonic()
        for old in [each for each, (until, _) in self._shared.items() if until <= now]:
            del self._shared[old]
        if key not in self._shared:
            if len(self._shared) >= MOST_SHARED:
                return await self.ask(read)
            task = asyncio.ensure_future(self.ask(read))
            self._shared[key] = now + SHARED_SECONDS, task
        answer: asyncio.Future[Answer] = self._shared[key][1]
        try:
            # One who leaves must not end the read of the others.
            return await asyncio.shield(answer)
        except Exception:
            if self._shared.get(key, (0.0, None))[1] is answer:
                del self._shared[key]
            raise
