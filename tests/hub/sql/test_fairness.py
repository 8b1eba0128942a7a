"""Heavy questions: nobody keeps another from an answer, and who is gone is not worked for."""

import asyncio
from collections.abc import Awaitable, Callable

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

Ask = Callable[..., Awaitable[tuple[int, str]]]
Test = Callable[[Served, Ask], Awaitable[None]]


@pytest.fixture
def settings(engine_settings: Settings) -> Settings:
    """Return settings by which a heavy question would take an hour."""
    return with_ports(engine_settings, sql_seconds=NEVER)


def run(settings: Settings, store: Store, test: Test) -> None:
    """Serve both endpoints and let a test ask as members of the staff."""
    passwords = {name: add_member(settings, name, StaffRole.CITY, "", "") for name in "甲乙丙丁"}

    async def whole() -> None:
        async with sql_served(settings, store) as served, aiohttp.ClientSession() as session:

            async def ask(name: str, sql: str) -> tuple[int, str]:
                # In the address: an HTTP header has no Chinese.
                who = {"user": name, "password": passwords[name]}
                async with session.post(served.url, params=who, data=sql) as answer:
                    return answer.status, (await answer.text()).strip()

            await test(served, ask)

    try:
        asyncio.run(whole())
    finally:
        (settings.data / "staff.yaml").unlink()


async def until(check: Callable[[], bool]) -> None:
    """Wait until something has come about; the test's own limit ends what never does."""
    while not await asyncio.to_thread(check):
        await asyncio.sleep(0.05)


def count(store: Store) -> int:
    """Return how many heavy questions the engine works at, beside the one that counts."""
    ((found,),) = store.rows(AT_WORK)
    return int(found) - 1


def test_twenty_heavy_questions_of_one_leave_another_his_answer(
    settings: Settings, store: Store
) -> None:
    """Another's SELECT 1 is answered while all twenty are still to be; gone clients are dropped."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask("甲", ENDLESS)) for _ in range(20)]  # type: ignore[arg-type]
        await until(lambda: served.engine.turns.waiting == 19)
        assert await ask("乙", "SELECT 1") == (200, "1")
        assert not any(one.done() for one in heavy)
        assert served.engine.turns.waiting == 19
        # The clients go: those who waited leave the queue, and the engine ends what it worked at.
        for one in heavy:
            one.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: served.engine.turns.waiting == 0 and count(store) == 0)
        assert await ask("甲", "SELECT 2") == (200, "2")

    run(settings, store, test)


def test_own_processes_go_on_while_the_staff_use_all_their_places(
    settings: Settings, store: Store
) -> None:
    """They have places of their own."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask(name, ENDLESS)) for name in "甲乙丙丁"]  # type: ignore[arg-type]
        await until(lambda: count(store) == engine.AT_ONCE)
        reader = Reader(served.settings)
        assert await asyncio.to_thread(reader.rows, "SELECT 1 AS one") == [{"one": 1}]
        reader.close()
        for one in heavy:
            one.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: count(store) == 0)

    run(settings, store, test)


def test_a_stop_ends_queries_whose_clients_still_wait(settings: Settings, store: Store) -> None:
    """The engine's endpoint closes while every place works at an endless query; none goes on."""

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask(name, ENDLESS)) for name in "甲乙丙丁"]  # type: ignore[arg-type]
        await until(lambda: count(store) == engine.AT_ONCE)
        await served.engine.app.cleanup()
        assert count(store) == 0
        for status, text in await asyncio.gather(*heavy):
            assert status == 400
            assert "Code: 394" in text

    run(settings, store, test)


def test_a_full_queue_says_when_to_ask_again(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ClickHouse says it: code 202, and the seconds."""
    monkeypatch.setattr(engine, "MOST_OF_ONE", 2)

    async def test(served: Served, ask: Ask) -> None:
        heavy = [asyncio.create_task(ask("甲", ENDLESS)) for _ in range(3)]  # type: ignore[arg-type]
        await until(lambda: served.engine.turns.waiting == 2)
        status, text = await ask("甲", "SELECT 1")
        assert status == 429
        assert text.startswith("Code: 202. 2 questions of yours wait already")
        assert await ask("乙", "SELECT 1") == (200, "1")
        for one in heavy:
            one.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until(lambda: count(store) == 0)

    run(settings, store, test)
