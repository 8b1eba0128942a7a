"""Pages that listen 推送连接: how many there may be, in all and of each viewer."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from hub.overview.access import Asker
from hub.runtime.metrics import METERS, Metric
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError

RETRY_AFTER = 15
"""Seconds after which a page that found no room asks again."""


class Listeners:
    """Counts them; of all places, whoever has not logged in gets half at most."""

    def __init__(self, settings: OverviewSettings) -> None:
        self._most, self._most_each = settings.listeners, settings.listeners_each
        self._of: Counter[str] = Counter()
        self._strangers = 0

    def __len__(self) -> int:
        """Return how many listen."""
        return self._of.total()

    @contextmanager
    def place(self, asker: Asker) -> Iterator[None]:
        """Hold a place while the block runs; raises `ProblemError` busy where there is none."""
        self._check(asker)
        self._change(asker, +1)
        try:
            yield
        finally:
            self._change(asker, -1)

    def _check(self, asker: Asker) -> None:
        if self._of.get(asker.key, 0) >= self._most_each:
            whose = "this address" if asker.is_public else "this member"
            self._refuse(f"{self._most_each} pages of {whose} listen already; close one")
        if len(self) >= self._most or (asker.is_public and self._strangers >= self._most // 2):
            self._refuse("as many pages listen as this hub serves; ask /api/overview meanwhile")

    def _refuse(self, detail: str) -> None:
        raise ProblemError(Problem.BUSY, detail, retry_after=RETRY_AFTER)

    def _change(self, asker: Asker, more: int) -> None:
        self._of[asker.key] += more
        if not self._of[asker.key]:
            del self._of[asker.key]
        self._strangers += more * asker.is_public
        METERS.set(Metric.LISTENERS, len(self))
