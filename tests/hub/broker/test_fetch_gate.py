"""aiokafka fetches only when the reader was woken, or after its pause."""

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka.consumer.fetcher import Fetcher

from hub.broker import fetch_gate
from hub.broker.fetch_gate import hold_fetches

BOTH = SimpleNamespace(topics=[("a", [(0, 0, 0)]), ("b", [(0, 0, 0)])])
ONE = SimpleNamespace(topics=[("a", [(0, 0, 0)])])


class FakeFetcher:
    """Answers fetches with the results that a test sets."""

    def __init__(self, *results: bool) -> None:
        self._results, self.log = list(results), list[str]()

    async def _proc_fetch_request(self, *_: Any) -> bool:
        self.log.append("fetch")
        return self._results.pop(0)

    async def wait_in_loop(self, _: float) -> bool:
        """Record that the gate waits."""
        self.log.append("wait")
        return self.log.count("wait") > 1


def fetches(fetcher: FakeFetcher, *requests: tuple[Any, Any]) -> list[str]:
    """Return what happens for requests, each with its assignment."""
    hold_fetches(SimpleNamespace(_fetcher=fetcher), fetcher)  # type: ignore[arg-type]

    async def run() -> None:
        for assignment, request in requests:
            await fetcher._proc_fetch_request(assignment, 0, request)

    asyncio.run(run())
    return fetcher.log


def test_a_fetch_waits_after_an_empty_one() -> None:
    """As long as records come it fetches at once; then it waits until it is due."""
    assigned = SimpleNamespace(tps=[1, 2])
    log = fetches(FakeFetcher(True, False, False), *[(assigned, BOTH)] * 3)
    assert log == ["fetch", "fetch", "wait", "wait", "fetch"]


def test_a_new_assignment_is_fetched_at_once() -> None:
    """After a rebalance the position has changed: there may be records to read."""
    first, second = SimpleNamespace(tps=[1, 2]), SimpleNamespace(tps=[1, 2])
    log = fetches(FakeFetcher(False, False), (first, BOTH), (second, BOTH))
    assert log == ["fetch", "fetch"]


def test_a_fetch_without_all_partitions_waits_shortly(monkeypatch: Any) -> None:
    """The others have unread records: their next fetch must not wait until a producer comes."""
    monkeypatch.setattr(fetch_gate, "WHILE_UNREAD", 0.0)
    assigned = SimpleNamespace(tps=[1, 2])
    log = fetches(FakeFetcher(False, False), (assigned, BOTH), (assigned, ONE))
    assert log == ["fetch", "fetch"]


def test_a_cancelled_fetch_returns_without_records() -> None:
    """Aiokafka awaits its cancelled fetches when it closes: an exception would keep it open."""
    fetcher, assigned = FakeFetcher(False), SimpleNamespace(tps=[1, 2])
    wakeup = SimpleNamespace(wait_in_loop=lambda _: asyncio.sleep(60))
    hold_fetches(SimpleNamespace(_fetcher=fetcher), wakeup)  # type: ignore[arg-type]

    async def run() -> bool:
        await fetcher._proc_fetch_request(assigned, 0, BOTH)
        waiting = asyncio.ensure_future(fetcher._proc_fetch_request(assigned, 0, BOTH))
        await asyncio.sleep(0)
        waiting.cancel()
        return await waiting

    assert asyncio.run(run()) is False


def test_aiokafka_has_what_the_gate_replaces() -> None:
    """The gate replaces parts of aiokafka that are not documented."""

    async def names() -> set[str]:
        fetcher = Fetcher.__new__(Fetcher)
        return set(dir(fetcher))

    assert "_proc_fetch_request" in asyncio.run(names())
    parameters = Fetcher.__init__.__annotations__ or Fetcher.__init__.__code__.co_varnames
    assert {"fetch_max_wait_ms", "fetcher_timeout"} <= set(parameters)
