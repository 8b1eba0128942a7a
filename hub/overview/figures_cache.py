"""Cache of figures by scope 数据缓存: computed once for all viewers, bounded in memory and work.

A scope is what a role may see, within an area of the register. The cache has the newest figures of
each scope; requests that arrive while they are computed wait for the same result. Bounds:

- `HUB_SCOPES_KEPT` scopes are cached; the least recently used one is dropped first.
- `HUB_SCOPES_AT_ONCE` scopes are computed at the same time, for all viewers together.
- For the public one scope is computed at a time, followed by a pause of `PUBLIC_PAUSE` times its
  duration: the public uses at most a quarter of the store's one reading client.
- `HUB_SCOPES_LIMIT` limits how many uncached scopes one viewer may request.
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
from hub.overview.access import FiguresClient
from hub.overview.figures import OverviewFigures
from hub.runtime.metrics import METERS, Metric
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.rate_limit import too_many_requests

SLOW_EVERY = 2.0
"""Least seconds between two computations of the slow figures of a scope."""
PUBLIC_PAUSE = 3
"""Pause after a computation for the public, as a multiple of its duration."""
PUBLIC_TIMEOUT = 10.0
"""Seconds that a request of the public waits for its figures."""
Figures = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SlowFigures:
    """The slow figures of a scope, when they were computed, and the seconds that it took."""

    figures: Figures
    revision: int
    computed_at: float
    seconds: float

    def is_stale(self, now: float, current: int) -> bool:
        """Whether to compute them again: the store has changed, and enough time has passed.

        The wait is ten times the duration, so computing takes at most a tenth of the time.
        """
        return current != self.revision and now - self.computed_at >= max(
            SLOW_EVERY, self.seconds * 10
        )


@dataclass(slots=True)
class CachedScope:
    """The cached figures of one scope, and the tasks that compute them now."""

    quick: tuple[int, str] = (-1, "")
    """A revision, and its figures as JSON."""
    slow: SlowFigures | None = None
    tasks: dict[str, "asyncio.Task[Any]"] = field(default_factory=dict)


class FiguresCache:
    """Computes figures once for each scope and revision of the store."""

    def __init__(self, figures: OverviewFigures, settings: OverviewSettings) -> None:
        self._figures, self._most = figures, settings.scopes_kept
        self.revision = 0
        """Increased when something was stored: figures of an older revision are computed again."""
        self._scopes: OrderedDict[str, CachedScope] = OrderedDict()
        self._limit = parse(settings.scopes_limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._at_once = asyncio.Semaphore(settings.scopes_at_once)
        self._public_turn = asyncio.Semaphore(1)

    def __len__(self) -> int:
        """Return how many scopes are cached."""
        return len(self._scopes)

    async def quick(self, scope: Scope, client: FiguresClient) -> tuple[int, str]:
        """Return a revision and its quick figures as JSON; raises `ProblemError`."""
        cached = await self._scope(scope, client)
        if cached.quick[0] == self.revision:
            return cached.quick

        async def work() -> tuple[int, str]:
            revision, figures, _ = await self._compute(self._figures.quick, scope, client, "quick")
            cached.quick = (revision, json.dumps(figures, ensure_ascii=False))
            return cached.quick

        return await self._shared(cached, "quick", work, client)

    async def slow(self, scope: Scope, client: FiguresClient) -> SlowFigures:
        """Return the slow figures, possibly of an older revision; raises `ProblemError`."""
        cached = await self._scope(scope, client)
        loop = asyncio.get_running_loop()
        if cached.slow is not None and not cached.slow.is_stale(loop.time(), self.revision):
            return cached.slow

        async def work() -> SlowFigures:
            revision, figures, seconds = await self._compute(
                self._figures.slow, scope, client, "slow"
            )
            cached.slow = SlowFigures(figures, revision, loop.time(), seconds)
            return cached.slow

        return await self._shared(cached, "slow", work, client)

    async def _scope(self, scope: Scope, client: FiguresClient) -> CachedScope:
        """Return the cache entry of a scope; a new entry counts against the client's limit."""
        key = repr(scope)
        if key not in self._scopes:
            if not await self._limiter.hit(self._limit, client.key):
                raise await too_many_requests(self._limiter, self._limit, client.key)
            self._scopes.setdefault(key, CachedScope())
            while len(self._scopes) > self._most:
                self._scopes.popitem(last=False)
        cached = self._scopes.setdefault(key, CachedScope())
        self._scopes.move_to_end(key)
        return cached

    async def _shared(
        self,
        cached: CachedScope,
        part: str,
        work: Callable[[], Coroutine[Any, Any, Result]],
        client: FiguresClient,
    ) -> Result:
        """Wait for work in progress, or start it; a client that gives up does not cancel it."""
        task: asyncio.Task[Result] | None = cached.tasks.get(part)
        if task is None:
            task = cached.tasks[part] = asyncio.create_task(work())
            task.add_done_callback(lambda done: _finished(cached, part, done))
        return await _within(asyncio.shield(task), PUBLIC_TIMEOUT if client.is_public else None)

    async def _compute(
        self, query: Callable[[Scope], Figures], scope: Scope, client: FiguresClient, part: str
    ) -> tuple[int, Figures, float]:
        """Run a query; return the revision at its start, its figures, and the seconds it took."""
        loop = asyncio.get_running_loop()
        if client.is_public:
            await self._public_turn.acquire()
        seconds = 0.0
        try:
            async with self._at_once:
                started, revision = loop.time(), self.revision
                try:
                    figures = await asyncio.to_thread(query, scope)
                finally:
                    seconds = loop.time() - started
        finally:
            if client.is_public:
                loop.call_later(seconds * PUBLIC_PAUSE, self._public_turn.release)
        METERS.observe(Metric.FIGURES_SECONDS, seconds, part)
        return revision, figures, seconds


def _finished(cached: CachedScope, part: str, task: "asyncio.Task[Any]") -> None:
    cached.tasks.pop(part, None)
    if not task.cancelled():
        # Retrieve the error, or asyncio reports it as unhandled if no request waits any more.
        task.exception()


async def _within(result: Awaitable[Result], seconds: float | None) -> Result:
    try:
        return await asyncio.wait_for(result, seconds)
    except TimeoutError as error:
        detail = f"the figures were not ready within {seconds:.0f} s"
        raise ProblemError(Problem.BUSY, detail) from error
