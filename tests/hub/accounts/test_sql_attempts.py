"""Login limits at the SQL port: they stop guessing, but not right passwords or the hub itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts import staff_passwords
from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.staff import add_member
from hub.settings import Settings
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
"""Settings of the endpoints that were served; the last is the current one."""


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names whose password the endpoint really checked."""
    return checked_names(monkeypatch, staff_passwords)


def serve(
    store: Store, engine: Settings, talk: Callable[[Ask], Awaitable[None]], **more: Any
) -> None:
    """Serve SQL over a store with the members 主任 and 李镇长, and run a test."""

    async def scenario() -> None:
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
                query = {"query": sql, "user": name, "password": password}
                headers = {"X-Forwarded-For": address} if address else {}
                return await client.get("/", params=query, headers=headers)

            await talk(ask)

    try:
        asyncio.run(scenario())
    finally:
        (engine.data / "staff.yaml").unlink(missing_ok=True)


def test_of_60_wrong_passwords_at_once_exactly_the_allowed_number_is_checked(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """The others get 429 with `Retry-After`; another member and the hub itself are not affected."""

    async def talk(ask: Ask) -> None:
        answers = await asyncio.gather(*(ask("主任", f"wrong {number}") for number in range(60)))
        statuses = [answer.status for answer in answers]
        assert (statuses.count(401), statuses.count(429)) == (10, 50)
        assert verified == ["主任"] * 10
        locked = await ask(*RIGHT)
        assert locked.status == 429
        assert int(locked.headers["Retry-After"]) > 0
        assert locked.headers["X-ClickHouse-Exception-Code"] == "516"
        assert "wait" in await locked.text()
        assert (await ask("李镇长", PASSWORD)).status == 200

    serve(store, engine_settings, talk)
    rows = store.rows("SELECT what, detail FROM audit")
    assert ("login_failed", "SQL: 主任") in rows
    assert ("login_refused", "SQL: 主任") in rows
    assert len(rows) < 60


def test_a_client_with_the_right_password_uses_no_limit_up(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """Sixty queries of a dashboard with the right password need one check and use no limit up."""

    async def talk(ask: Ask) -> None:
        for _ in range(2):
            answers = await asyncio.gather(*(ask(*RIGHT) for _ in range(30)))
            assert [answer.status for answer in answers] == [200] * 30
        assert verified == ["主任"]
        wrong = [(await ask("主任", "wrong")).status for _ in range(3)]
        assert wrong == [401, 401, 429]
        # The limit holds for cached passwords too: otherwise guessing would go on at cache speed.
        assert (await ask(*RIGHT)).status == 429

    serve(store, engine_settings, talk, login_limit="2/hour")


def test_no_limit_closes_the_port_of_the_hubs_own_processes(
    store: Store, engine_settings: Settings
) -> None:
    """An address at its limit is refused as staff; the hub's processes there still read."""

    async def talk(ask: Ask) -> None:
        for number in range(8):
            await ask(f"某{number}", "wrong")
        refused = await ask("某9", "wrong")
        assert refused.status == 429
        own = OWN_SETTINGS[-1]
        rows = await asyncio.to_thread(Reader(own).rows, "SELECT 1 AS answer")
        assert rows == [{"answer": 1}]

    serve(store, engine_settings, talk, login_limit_address="3/hour")


def test_failures_at_another_address_lock_no_account(
    store: Store, engine_settings: Settings
) -> None:
    """Failures elsewhere count for their own address, as the trusted proxy reports it."""

    async def talk(ask: Ask) -> None:
        assert (await ask(*RIGHT, address="198.51.100.7")).status == 200
        for _ in range(3):
            await ask("主任", "wrong", address="203.0.113.9")
        assert (await ask(*RIGHT, address="203.0.113.9")).status == 429
        assert (await ask(*RIGHT, address="198.51.100.7")).status == 200

    serve(store, engine_settings, talk, proxies=1, login_limit="2/hour")


def test_refused_queries_are_audited(store: Store, engine_settings: Settings) -> None:
    """A refused query is audited with the member and the column that is not allowed."""

    async def talk(ask: Ask) -> None:
        answer = await ask("李镇长", PASSWORD, "SELECT reporter_key FROM events")
        assert answer.status == 403

    serve(store, engine_settings, talk)
    ((who, role, unit, detail),) = store.rows(
        "SELECT who, role, unit, detail FROM audit WHERE what = 'sql_refused'"
    )
    assert (who, role, unit) == ("李镇长", "township", "U-T")
    assert "reporter_key" in detail


def test_a_request_without_a_password_costs_no_hash(
    store: Store, engine_settings: Settings, verified: list[str]
) -> None:
    """A request without name and password gets 401, and no hash is computed."""

    async def talk(ask: Ask) -> None:
        for _ in range(20):
            answer = await ask("", "")
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic")

    serve(store, engine_settings, talk)
    assert verified == []
