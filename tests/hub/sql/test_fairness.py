"""Heavy queries: they do not block other members, and end when their client disconnects."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from hub.accounts.staff import StaffRole, add_member
from hub.settings import Settings
from hub.sql import engine
from hub.store.client import Store
from hub.store.reader import Reader
from tests.hub.sql.served import Served, sql_served, with_ports

ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1"
AT_WORK = "SELECT count() FROM system.processes WHERE position(query, 'cityHash64(number) = 1') > 0"
NEVER = 3600

Ask = Callable[..., Coroutine[Any, Any, tuple[int, str]]]
Test = Callable[[Served, Ask], Awaitable[None]]


@pytest.fixture
def settings(engine_settings: Settings) -> Settings:
    """Return settings that let a heavy query run for an hour."""
    return with_ports(engine_settings, sql_seconds=NEVER)


def run(settings: Settings, store: Store, test: Test) -> None:
    """Serve both endpoints and let a test query as members of the staff."""
    passwords = {name: add_member(settings, name, StaffRole.CITY, "", "") for name in "甲乙丙丁"}

    async def scenario() -> None:
        async with sql_served(settings, store) as served, aiohttp.ClientSession() as session:

            async def ask(name: str, sql: str) -> tuple[int, str]:
                # In the URL, because an HTTP header cannot have Chinese characters.
                who = {"user": name, "password": passwords[name]}
                async with session.post(served.url, params=who, data=sql) as answer:
                    return answer.status, (await answer.text()).strip()

            await test(served, ask)

    try:
        asyncio.run(scenario())
    finally:
        (settings.data / "staff.yaml").unlink()


async def until(check: Callable[[], bool]) -> None:
    """Wait until a check is true; the time limit of the test ends an endless wait."""
    while not await asyncio.to_thread(check):
        await asyncio.sleep(0.05)


def count(store: Store) -> int:
    """Return how many heavy queries run, without the counting query itself."""
    ((running,),) = store.rows(AT_WORK)
    return int(running) - 1


def test_twenty_heavy_queries_of_a_member_do_not_delay_another_member(
    settings: Settings, store: Store
) -> None:
    """Another member's query is answered first; queries of disconnected clients are killed."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask("甲", ENDLESS)) for _ in range(20)]
        await until(lambda: served.engine.turns.waiting == 19)
        assert await ask("乙", "SELECT 1") == (200, "1")
        assert not any(query.done() for query in heavy)
        assert served.engine.turns.waiting == 19
        # The clients disconnect: waiting queries leave the queue, and running ones are killed.
        for query in heavy:
            query.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: served.engine.turns.waiting == 0 and count(store) == 0)
        assert await ask("甲", "SELECT 2") == (200, "2")

    run(settings, store, test)


def test_own_processes_go_on_while_the_staff_use_all_their_places(
    settings: Settings, store: Store
) -> None:
    """Queries of the hub's own processes use places that staff cannot take."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask(name, ENDLESS)) for name in "甲乙丙丁"]
        await until(lambda: count(store) == engine.AT_ONCE)
        reader = Reader(served.settings)
        assert await asyncio.to_thread(reader.rows, "SELECT 1 AS one") == [{"one": 1}]
        reader.close()
        for query in heavy:
            query.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: count(store) == 0)

    run(settings, store, test)


def test_a_stop_ends_queries_whose_clients_still_wait(settings: Settings, store: Store) -> None:
    """The engine's endpoint closes while every place works at an endless query; none goes on."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask(name, ENDLESS)) for name in "甲乙丙丁"]
        await until(lambda: count(store) == engine.AT_ONCE)
        await served.engine.app.cleanup()
        assert count(store) == 0
        for status, text in await asyncio.gather(*heavy):
            assert status == 400
            assert "Code: 394" in text

    run(settings, store, test)


def test_a_full_queue_answers_when_to_retry(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full queue answers with ClickHouse's code 202 and Retry-After."""
    monkeypatch.setattr(engine, "MAX_WAITING_OF_MEMBER", 2)

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask("甲", ENDLESS)) for _ in range(3)]
        await until(lambda: served.engine.turns.waiting == 2)
        status, text = await ask("甲", "SELECT 1")
        assert status == 429
        assert text.startswith("Code: 202. 2 of your queries already wait")
        assert await ask("乙", "SELECT 1") == (200, "1")
        for query in heavy:
            query.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: count(store) == 0)

    run(settings, store, test)
