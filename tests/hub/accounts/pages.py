"""The overview's interface in a test, with a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.session import COOKIE, CSRF_HEADER, Sessions
from hub.accounts.staff import Member, add_member, verify
from hub.overview.access import Access
from hub.overview.cases_http import OverviewCases
from hub.overview.figures import Screen
from hub.overview.live import Live
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import answer_problems
from tests.builders.fortnight import SEALER
from tests.builders.town import REGISTER, TOWN
from tests.hub.cases.test_http import FakeDesk

PASSWORD = "一个足够长的口令 correct horse"


class Clock:
    """The time of sessions and limits, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Site:
    """A served interface: each call says which cookies and headers it brings."""

    def __init__(
        self,
        client: TestClient[web.Request, web.Application],
        settings: Settings,
        store: Store,
        desk: FakeDesk,
        clock: Clock,
    ) -> None:
        self.client, self.settings, self.store = client, settings, store
        self.desk, self.clock = desk, clock

    async def post(
        self, path: str, body: Any, cookie: str = "", csrf: str = "", **headers: str
    ) -> ClientResponse:
        """Send a body with the cookie of a session."""
        return await self.client.post(
            path, json=body, headers={CSRF_HEADER: csrf, **_with(cookie, headers)}
        )

    async def get(self, path: str, cookie: str = "", **headers: str) -> ClientResponse:
        """Ask with the cookie of a session."""
        return await self.client.get(path, headers=_with(cookie, headers))

    async def log_in(
        self, name: str = "主任", password: str = PASSWORD, **headers: str
    ) -> tuple[str, str]:
        """Log in; return the cookie and the token that a page sends along."""
        body = {"name": name, "password": password}
        answer = await self.client.post("/api/login", json=body, headers=_with("", headers))
        assert answer.status == 200, await answer.text()
        return cookie_of(answer), (await answer.json())["csrf"]

    async def tries(self, name: str, password: str, **headers: str) -> int:
        """Return the status of a try to log in."""
        body = {"name": name, "password": password}
        told = _with("", headers)
        return (await self.client.post("/api/login", json=body, headers=told)).status

    async def role(self, cookie: str, **headers: str) -> str:
        """Return the role that a cookie has now."""
        return str((await (await self.get("/api/me", cookie, **headers)).json())["role"])

    def audited(self, what: str) -> list[tuple[Any, ...]]:
        """Return who, case and detail of the lines of a kind, oldest first."""
        return self.store.rows(
            "SELECT who, toString(case_id), detail FROM audit WHERE what = {what:String}"
            " ORDER BY at, link",
            {"what": what},
        )


def cookie_of(answer: ClientResponse) -> str:
    """Return the session's cookie that an answer sets, as a browser sends it back."""
    (name,) = (name for name in answer.cookies if name.endswith(COOKIE))
    return f"{name}={answer.cookies[name].value}"


def _with(cookie: str, headers: Mapping[str, str]) -> dict[str, str]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**told, "Cookie": cookie} if cookie else told


def serve(store: Store, folder: Path, asks: Callable[[Site], Awaitable[None]], **more: Any) -> None:
    """Serve the interface over a store; there is a 主任 of the city already."""

    async def served() -> None:
        settings = Settings(data=folder, **more)
        add_member(settings, "主任", "city", "", PASSWORD)
        clock = Clock()
        sessions, audit, screen = Sessions(settings, clock), Audit(settings, store), Screen(store)
        access = Access(settings, sessions)
        app = web.Application(middlewares=[answer_problems, access.middleware])
        app.cleanup_ctx.append(audit.counting)
        app.on_cleanup.append(sessions.close_at_end)
        Live(settings, screen, access, REGISTER).add_to(app)
        attempts = LoginAttempts(settings, clock)
        LoginHttp(settings, sessions, audit, REGISTER, attempts).add_to(app)
        desk = FakeDesk()
        OverviewCases(
            screen,
            sessions,
            audit,
            desk,  # type: ignore[arg-type]
            TOWN,
            lambda: SEALER,
        ).add_to(app)
        # A test says itself which cookie a request brings.
        async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
            await asks(Site(client, settings, store, desk, clock))

    asyncio.run(served())


def checked_names(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[str]:
    """Return the names whose password `module` really checks from now on."""
    checked: list[str] = []

    def counting(staff: dict[str, Member], name: str, password: str) -> Member | None:
        checked.append(name)
        return verify(staff, name, password)

    monkeypatch.setattr(module, "verify", counting)
    return checked
