"""Reads of public pages: few at a time, shared for a moment, and refused when too many wait."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from hub.web import public_reads
from hub.web.problem import Problem, ProblemError
from hub.web.public_reads import AT_ONCE, MOST_WAITING, PublicReads


class Store:
    """A store that answers when the test lets it, and counts its reads."""

    def __init__(self) -> None:
        self.reads, self.at_once, self.most = 0, 0, 0
        self.answers = threading.Event()
        self._lock = threading.Lock()

    def read(self) -> int:
        """Return the number of this read."""
        with self._lock:
            self.reads += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            number = self.reads
        assert self.answers.wait(30)
        with self._lock:
            self.at_once -= 1
        return number


def test_few_reads_run_and_the_rest_of_a_flood_is_refused() -> None:
    """Whoever is refused may come again; the threads of the intake are not touched."""
    store = Store()

    async def run() -> list[object]:
        reads = PublicReads()
        asked = [asyncio.ensure_future(reads.ask(store.read)) for _ in range(MOST_WAITING + 5)]
        refused = await asyncio.gather(*asked[MOST_WAITING:], return_exceptions=True)
        assert await asyncio.to_thread(lambda: True)
        store.answers.set()
        answers = await asyncio.gather(*asked[:MOST_WAITING])
        assert sorted(answers) == list(range(1, MOST_WAITING + 1))
        assert await reads.ask(store.read) == MOST_WAITING + 1
        return list(refused)

    refused = asyncio.run(run())
    assert [error.problem for error in refused if isinstance(error, ProblemError)] == [
        Problem.BUSY
    ] * 5
    assert store.most <= AT_ONCE


def test_requests_for_one_page_share_a_read() -> None:
    """A thousand people who scan one board cost the store one read; another page another one."""
    store = Store()

    async def run() -> list[int]:
        reads = PublicReads()
        asked = [asyncio.ensure_future(reads.share(n % 2, store.read)) for n in range(200)]
        store.answers.set()
        return await asyncio.gather(*asked)

    answers = asyncio.run(run())
    assert store.reads == 2
    assert set(answers) == {1, 2}


def test_an_answer_is_shared_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the page shows what the store has now."""
    monkeypatch.setattr(public_reads, "SHARED_SECONDS", 0.0)
    store = Store()
    store.answers.set()

    async def run() -> list[int]:
        reads = PublicReads()
        return [await reads.share("page", store.read) for _ in range(3)]

    assert asyncio.run(run()) == [1, 2, 3]


def test_a_failure_is_not_shared_with_later_requests() -> None:
    """The store may be back at once."""
    outcomes: list[Callable[[], int]] = [lambda: 1 // 0, lambda: 7]

    async def run() -> int:
        reads = PublicReads()
        with pytest.raises(ZeroDivisionError):
            await reads.share("page", outcomes[0])
        return await reads.share("page", outcomes[1])

    assert asyncio.run(run()) == 7


def test_one_who_leaves_does_not_end_the_read_of_the_others() -> None:
    """His connection is gone; the same read answers the next one."""
    store = Store()

    async def run() -> int:
        reads = PublicReads()
        leaving = asyncio.ensure_future(reads.share("page", store.read))
        staying = asyncio.ensure_future(reads.share("page", store.read))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        store.answers.set()
        return await staying

    assert asyncio.run(run()) == 1
