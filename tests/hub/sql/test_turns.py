"""The fair queue: whose query runs next."""

import asyncio
from collections.abc import Callable

import pytest

from hub.sql.turns import QueueFullError, Turns


async def settle() -> None:
    """Let all tasks run until they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


class Queries:
    """Queries that end on request, in the order in which they started."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.started = turns, list[str]()
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ask(self, name: str) -> asyncio.Task[None]:
        """Queue a query `name`, whose first letter is the member."""
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._run(name))
        return self._tasks[name]

    async def end(self, name: str) -> None:
        """End the running queries."""
        self._ends[name].set()
        await settle()

    async def _run(self, name: str) -> None:
        await self.turns.take(name[0])
        self.started.append(name)
        try:
            await self._ends[name].wait()
        finally:
            self.turns.give_back(name[0])


def in_loop(test: Callable[[], object]) -> None:
    """Run an asynchronous test."""

    async def scenario() -> None:
        await test()  # type: ignore[misc]

    asyncio.run(scenario())


def test_a_member_runs_a_single_query_and_others_pass_by() -> None:
    """Of twenty queries of a member only one runs, so a later query of another member runs too."""

    async def test() -> None:
        queries = Queries(Turns(2, 20, 100))
        for number in range(20):
            queries.ask(f"a{number}")
        queries.ask("b")
        await settle()
        assert queries.started == ["a0", "b"]
        assert queries.turns.waiting == 19

    in_loop(test)


def test_free_places_go_round_by_member() -> None:
    """Members get free places in turn, however many queries they have."""

    async def test() -> None:
        queries = Queries(Turns(1, 20, 100))
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            queries.ask(name)
        await settle()
        for _ in range(6):
            await queries.end(queries.started[-1])
        assert queries.started == ["a1", "a2", "b1", "c1", "a3", "b2"]
        assert queries.turns.waiting == 0

    in_loop(test)


def test_a_cancelled_caller_leaves_the_queue_and_takes_no_place() -> None:
    """A cancelled caller leaves the queue, also if its place was just assigned."""

    async def test() -> None:
        queries = Queries(Turns(1, 20, 100))
        for name in ("a1", "b1", "c1"):
            queries.ask(name)
        await settle()
        cancelled = queries.ask("d1")
        await settle()
        cancelled.cancel()
        await settle()
        assert queries.turns.waiting == 2
        # b1 gets the place and is cancelled before it runs again.
        queries.turns.give_back("a")
        queries._tasks["b1"].cancel()
        await settle()
        assert queries.started == ["a1", "c1"]

    in_loop(test)


def test_too_many_queries_are_refused_at_once() -> None:
    """The queue refuses too many queries of one member and of all."""

    async def test() -> None:
        queries = Queries(Turns(1, 2, 3))
        for name in ("a1", "a2", "a3"):
            queries.ask(name)
        await settle()
        with pytest.raises(QueueFullError, match="2 of your queries already wait") as own:
            await queries.turns.take("a")
        assert own.value.theirs
        queries.ask("b1")
        await settle()
        with pytest.raises(QueueFullError, match="3 queries of all staff") as everybody:
            await queries.turns.take("c")
        assert not everybody.value.theirs

    in_loop(test)
