"""Figures by scope 数据缓存: worked out once for all who look, bounded in number and in work.

A scope is what a role may see, within an area of the register. Of each, the newest figures are
kept; whoever asks while they are being worked out waits for the same answer. Bounds:

- `HUB_SCOPES_KEPT` scopes are kept; the one that was asked for longest ago goes first.
- `HUB_SCOPES_AT_ONCE` are worked out at once, for everybody together.
- For whoever has not logged in one is worked out at a time, and after each comes a pause of
  `REST` times as long: strangers take a quarter of the store's one reading client at most.
- `HUB_SCOPES_LIMIT`: how many scopes that are not kept one viewer may have worked out.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.accounts.permissions import Scope
from hub.overview.access import Asker
from hub.overview.figures import Screen
from hub.runtime.metrics import METERS, Metric
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.rate_limit import too_many_requests

AT_MOST_EVERY = 2.0
"""Seconds between two looks at the slow numbers."""
REST = 3
PATIENCE = 10.0
"""Seconds that a stranger waits for his turn."""
Numbers = dict[str, Any]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Slow:
    """The slow numbers of a scope, when they were asked, and how long that took."""

    numbers: Numbers
    round: int
    at: float
    took: float

    def is_stale(self, now: float, current: int) -> bool:
        """Whether to ask again: something has been stored, and asking takes a tenth at most."""
        return current != self.round and now - self.at >= max(AT_MOST_EVERY, self.took * 10)


@dataclass(slots=True)
class Kept:
    """What is known of one scope, and what is being worked out."""

    quick: tuple[int, str] = (-1, "")
    """A round, and its numbers as JSON."""
    slow: Slow | None = None
    under_way: dict[str, "asyncio.Task[Any]"] = field(default_factory=dict)


class KeptFigures:
    """Asks the screen for figures, once for each scope and round."""

    def __init__(self, screen: Screen, settings: OverviewSettings) -> None:
        self._screen, self._most = screen, settings.scopes_kept
        self.round = 0
        """Grows whenever something has been stored: what is of an older round is asked anew."""
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._limit = parse(settings.scopes_limit)
        self._asked = MovingWindowRateLimiter(MemoryStorage())
        self._at_once = asyncio.Semaphore(settings.scopes_at_once)
        self._strangers = asyncio.Semaphore(1)

    def __len__(self) -> int:
        """Return how many scopes are kept."""
        return len(self._kept)

    async def quick(self, scope: Scope, asker: Asker) -> tuple[int, str]:
        """Return a round and its quick numbers, as JSON; raises `ProblemError`."""
        kept = await self._of(scope, asker)
        if kept.quick[0] == self.round:
            return kept.quick

        async def work() -> tuple[int, str]:
            asked, numbers, _ = await self._worked_out(self._screen.quick, scope, asker, "quick")
            kept.quick = (asked, json.dumps(numbers, ensure_ascii=False))
            return kept.quick

        return await self._shared(kept, "quick", work, asker)

    async def slow(self, scope: Scope, asker: Asker) -> Slow:
        """Return the slow numbers, at most so old as their asking allows; raises `ProblemError`."""
        kept = await self._of(scope, asker)
        loop = asyncio.get_running_loop()
        if kept.slow is not None and not kept.slow.is_stale(loop.time(), self.round):
            return kept.slow

        async def work() -> Slow:
            asked, numbers, took = await self._worked_out(self._screen.slow, scope, asker, "slow")
            kept.slow = Slow(numbers, asked, loop.time(), took)
            return kept.slow

        return await self._shared(kept, "slow", work, asker)

    async def _of(self, scope: Scope, asker: Asker) -> Kept:
        """Return what is kept of a scope; room for a new one counts for who asks for it."""
        key = repr(scope)
        if key not in self._kept:
            if not await self._asked.hit(self._limit, asker.key):
                raise await too_many_requests(self._asked, self._limit, asker.key)
            self._kept.setdefault(key, Kept())
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        found = self._kept.setdefault(key, Kept())
        self._kept.move_to_end(key)
        return found

    async def _shared(
        self,
        kept: Kept,
        part: str,
        work: Callable[[], Coroutine[Any, Any, Answer]],
        asker: Asker,
    ) -> Answer:
        """Wait for work that is under way, or begin it; who stops waiting does not stop it."""
        task: asyncio.Task[Answer] | None = kept.under_way.get(part)
        if task is None:
            task = kept.under_way[part] = asyncio.create_task(work())
            task.add_done_callback(lambda done: _finished(kept, part, done))
        return await _patient(asyncio.shield(task), PATIENCE if asker.is_public else None)

    async def _worked_out(
        self, question: Callable[[Scope], Numbers], scope: Scope, asker: Asker, part: str
    ) -> tuple[int, Numbers, float]:
        """Return the round in which a question was asked, its answer, and the seconds it took."""
        loop = asyncio.get_running_loop()
        if asker.is_public:
            await self._strangers.acquire()
        took = 0.0
        try:
            async with self._at_once:
                begun, asked = loop.time(), self.round
                try:
                    numbers = await asyncio.to_thread(question, scope)
                finally:
                    took = loop.time() - begun
        finally:
            if asker.is_public:
                loop.call_later(took * REST, self._strangers.release)
        METERS.observe(Metric.FIGURES_SECONDS, took, part)
        return asked, numbers, took


def _finished(kept: Kept, part: str, task: "asyncio.Task[Any]") -> None:
    kept.under_way.pop(part, None)
    if not task.cancelled():
        # Whoever still waits is told; with nobody there it must not be an unhandled error.
        task.exception()


async def _patient(answer: Awaitable[Answer], seconds: float | None) -> Answer:
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError as error:
        detail = f"figures were not worked out within {seconds:.0f} s"
        raise ProblemError(Problem.BUSY, detail) from error
