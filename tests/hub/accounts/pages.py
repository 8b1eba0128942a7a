"""Serves the overview's API for tests, with a clock that the test sets."""

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
from hub.overview.figures import OverviewFigures
from hub.overview.live import Live
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import answer_problems
from tests.builders.fortnight import SEALER
from tests.builders.town import REGISTER, TOWN
from tests.hub.cases.test_http import FakeCommandClient

PASSWORD = "一个足够长的口令 correct horse"


class Clock:
    """The clock of sessions and limits, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Site:
    """The served API; each call passes the cookies and headers of its request."""

    def __init__(
        self,
        client: TestClient[web.Request, web.Application],
        settings: Settings,
        store: Store,
        commands: FakeCommandClient,
        clock: Clock,
    ) -> None:
        self.client, self.settings, self.store = client, settings, store
        self.commands, self.clock = commands, clock

    async def post(
        self, path: str, body: Any, cookie: str = "", csrf: str = "", **headers: str
    ) -> ClientResponse:
        """Post a JSON body with the cookie of a session."""
        return await self.client.post(
            path, json=body, headers={CSRF_HEADER: csrf, **_with(cookie, headers)}
        )

    async def get(self, path: str, cookie: str = "", **headers: str) -> ClientResponse:
        """Get a path with the cookie of a session."""
        return await self.client.get(path, headers=_with(cookie, headers))

    async def log_in(
        self, name: str = "主任", password: str = PASSWORD, **headers: str
    ) -> tuple[str, str]:
        """Log in; return the session cookie and the CSRF token."""
        body = {"name": name, "password": password}
        response = await self.client.post("/api/login", json=body, headers=_with("", headers))
        assert response.status == 200, await response.text()
        return cookie_of(response), (await response.json())["csrf"]

    async def tries(self, name: str, password: str, **headers: str) -> int:
        """Try to log in; return the status."""
        body = {"name": name, "password": password}
        sent = _with("", headers)
        return (await self.client.post("/api/login", json=body, headers=sent)).status

    async def role(self, cookie: str, **headers: str) -> str:
        """Return the role of the session of a cookie."""
        return str((await (await self.get("/api/me", cookie, **headers)).json())["role"])

    def audited(self, what: str) -> list[tuple[Any, ...]]:
        """Return (name, case id, detail) of the audit lines of an action, oldest first."""
        return self.store.rows(
            "SELECT who, toString(case_id), detail FROM audit WHERE what = {what:String}"
            " ORDER BY at, link",
            {"what": what},
        )


def cookie_of(response: ClientResponse) -> str:
    """Return the session cookie that a response sets, as a browser sends it back."""
    (name,) = (name for name in response.cookies if name.endswith(COOKIE))
    return f"{name}={response.cookies[name].value}"


def _with(cookie: str, headers: Mapping[str, str]) -> dict[str, str]:
    merged = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**merged, "Cookie": cookie} if cookie else merged


def serve(store: Store, folder: Path, talk: Callable[[Site], Awaitable[None]], **more: Any) -> None:
    """Serve the API over a store with one member of staff, 主任 of the city, and run a test."""

    async def served() -> None:
        settings = Settings(data=folder, **more)
        add_member(settings, "主任", "city", "", PASSWORD)
        clock = Clock()
        sessions, audit = Sessions(settings, clock), Audit(settings, store)
        figures = OverviewFigures(store)
        access = Access(settings, sessions)
        app = web.Application(middlewares=[answer_problems, access.middleware])
        app.cleanup_ctx.append(audit.flush_counts)
        app.on_cleanup.append(sessions.close_at_end)
        Live(settings, figures, access, REGISTER).add_to(app)
        attempts = LoginAttempts(settings, clock)
        LoginHttp(settings, sessions, audit, REGISTER, attempts).add_to(app)
        commands = FakeCommandClient()
        OverviewCases(
            figures,
            sessions,
            audit,
            commands,  # type: ignore[arg-type]
            TOWN,
            lambda: SEALER,
        ).add_to(app)
        # The client stores no cookies: each test passes the cookie of its request.
        async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
            await talk(Site(client, settings, store, commands, clock))

    asyncio.run(served())


def checked_names(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[str]:
    """Record each name whose password `module` checks from now on; return the list."""
    checked: list[str] = []

    def counting(staff: dict[str, Member], name: str, password: str) -> Member | None:
        checked.append(name)
        return verify(staff, name, password)

    monkeypatch.setattr(module, "verify", counting)
    return checked
