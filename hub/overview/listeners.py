"""Limits on open live connections 推送连接: in all, of each viewer, and of the public."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from hub.overview.access import FiguresClient
from hub.runtime.metrics import METERS, Metric
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError

RETRY_AFTER = 15
"""Seconds after which a page that was refused tries again."""


class Listeners:
    """Counts the open live connections; the public gets at most half of all places."""

    def __init__(self, settings: OverviewSettings) -> None:
        self._most, self._most_each = settings.listeners, settings.listeners_each
        self._by_client: Counter[str] = Counter()
        self._public = 0

    def __len__(self) -> int:
        """Return the number of open connections."""
        return self._by_client.total()

    @contextmanager
    def place(self, client: FiguresClient) -> Iterator[None]:
        """Hold a place while the block runs; raises `ProblemError` busy if none is free."""
        self._check(client)
        self._change(client, +1)
        try:
            yield
        finally:
            self._change(client, -1)

    def _check(self, client: FiguresClient) -> None:
        if self._by_client.get(client.key, 0) >= self._most_each:
            whose = "this address" if client.is_public else "this member"
            self._refuse(f"{self._most_each} pages of {whose} are already connected; close one")
        if len(self) >= self._most or (client.is_public and self._public >= self._most // 2):
            self._refuse(
                "all live connections of this hub are in use; poll /api/overview meanwhile"
            )

    def _refuse(self, detail: str) -> None:
        raise ProblemError(Problem.BUSY, detail, retry_after=RETRY_AFTER)

    def _change(self, client: FiguresClient, by: int) -> None:
        self._by_client[client.key] += by
        if not self._by_client[client.key]:
            del self._by_client[client.key]
        self._public += by * client.is_public
        METERS.set(Metric.LISTENERS, len(self))
