"""Limits at the SQL port: who guesses is held, who knows is not, the hub's processes never."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.staff import add_member
from hub.settings import Settings
from hub.sql import users
from hub.sql.endpoint import SqlEndpoint
from hub.sql.users import SqlUsers
from hub.store.client import Store
from hub.store.reader import Reader
from tests.builders.town import REGISTER
from tests.hub.accounts.pages import PASSWORD, Clock, checked_names
from tests.hub.sql.served import engine_served, with_ports

Ask = Callable[..., Awaitable[ClientResponse]]
RIGHT = ("主任", PASSWORD)
OWN_SETTINGS: list[Settings] = []
"""Settings of what is served at the moment, the last."""


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names whose password was really checked."""
    return checked_names(monkeypatch, users)


def serve(
    store: Store, engine: Settings, asks: Callable[[Ask], Awaitable[None]], **more: Any
) -> None:
    """Serve SQL over a store; there are a 主任 and a 李镇长."""

    async def whole() -> None:
        settings = with_ports(engine, **more)
        add_member(settings, "主任", "city", "", PASSWORD)
        add_member(settings, "李镇长", "township", "U-T", PASSWORD)
        endpoint = SqlEndpoint(
            settings,
            SqlUsers(settings, REGISTER),
            LoginAttempts(settings, Clock()),
            Audit(settings, store),
        )
        async with (
            engine_served(settings, store),
            TestClient(TestServer(endpoint.app)) as client,
        ):
            OWN_SETTINGS.append(settings)

            async def ask(
                name: str, password: str, sql: str = "SELECT 1", address: str = ""
            ) -> ClientResponse:
                told = {"query": sql, "user": name, "password": password}
                headers = {"X-Forwarded-For": address} if address else {}
                return await client.get("/", params=told, headers=headers)

            await asks(ask)

    try:
        asyncio.run(whole())
    finally:
        (engine.data / "staff.yaml").unlink(missing_ok=True)


def test_of_60_wrong_passwords_at_once_exactly_the_allowed_number_is_checked(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """The others are told when to come again; another's right password and the hub's own pass."""

    async def asks(ask: Ask) -> None:
        answers = await asyncio.gather(*(ask("主任", f"wrong {number}") for number in range(60)))
        told = [one.status for one in answers]
        assert (told.count(401), told.count(429)) == (10, 50)
        assert verified == ["主任"] * 10
        locked = await ask(*RIGHT)
        assert locked.status == 429
        assert int(locked.headers["Retry-After"]) > 0
        assert locked.headers["X-ClickHouse-Exception-Code"] == "516"
        assert "wait" in await locked.text()
        assert (await ask("李镇长", PASSWORD)).status == 200

    serve(store, engine_settings, asks)
    rows = store.rows("SELECT what, detail FROM audit")
    assert ("login_failed", "SQL: 主任") in rows
    assert ("login_refused", "SQL: 主任") in rows
    assert len(rows) < 60


def test_a_client_that_proves_itself_at_every_question_uses_nothing_up(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """A dashboard asks thirty questions at once and again: one check, and no allowance gone."""

    async def asks(ask: Ask) -> None:
        for _ in range(2):
            answers = await asyncio.gather(*(ask(*RIGHT) for _ in range(30)))
            assert [one.status for one in answers] == [200] * 30
        assert verified == ["主任"]
        wrong = [(await ask("主任", "wrong")).status for _ in range(3)]
        assert wrong == [401, 401, 429]
        # Known by heart or not: otherwise guessing would go on at the speed of looking up.
        assert (await ask(*RIGHT)).status == 429

    serve(store, engine_settings, asks, login_limit="2/hour")


def test_no_limit_closes_the_port_of_the_hubs_own_processes(
    store: Store, engine_settings: Settings
) -> None:
    """The staff's port is closed to an address; the hub's own processes there go on reading."""

    async def asks(ask: Ask) -> None:
        for number in range(8):
            await ask(f"某{number}", "wrong")
        refused = await ask("某9", "wrong")
        assert refused.status == 429
        own = OWN_SETTINGS[-1]
        rows = await asyncio.to_thread(Reader(own).rows, "SELECT 1 AS answer")
        assert rows == [{"answer": 1}]

    serve(store, engine_settings, asks, login_limit_address="3/hour")


def test_a_stranger_elsewhere_locks_nobody_out(store: Store, engine_settings: Settings) -> None:
    """He is counted by his own address, also with two lines of X-Forwarded-For."""

    async def asks(ask: Ask) -> None:
        assert (await ask(*RIGHT, address="198.51.100.7")).status == 200
        for _ in range(3):
            await ask("主任", "wrong", address="203.0.113.9")
        assert (await ask(*RIGHT, address="203.0.113.9")).status == 429
        assert (await ask(*RIGHT, address="198.51.100.7")).status == 200

    serve(store, engine_settings, asks, proxies=1, login_limit="2/hour")


def test_refused_questions_are_audited(store: Store, engine_settings: Settings) -> None:
    """With who asked and what was not allowed."""

    async def asks(ask: Ask) -> None:
        answer = await ask("李镇长", PASSWORD, "SELECT reporter_key FROM events")
        assert answer.status == 403

    serve(store, engine_settings, asks)
    ((who, role, unit, detail),) = store.rows(
        "SELECT who, role, unit, detail FROM audit WHERE what = 'sql_refused'"
    )
    assert (who, role, unit) == ("李镇长", "township", "U-T")
    assert "reporter_key" in detail


def test_who_proves_nothing_costs_nothing(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """A request without name and password is asked for them, and no hash is worked out."""

    async def asks(ask: Ask) -> None:
        for _ in range(20):
            answer = await ask("", "")
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic")

    serve(store, engine_settings, asks)
    assert verified == []
