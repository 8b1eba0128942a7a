"""Serves the overview's API for tests, with a client that logs in as a member of staff."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.session import CSRF_HEADER, Sessions
from hub.accounts.staff import add_member
from hub.overview.access import Access
from hub.overview.cases_http import OverviewCases
from hub.overview.figures import OverviewFigures
from hub.overview.layers_http import LayersHttp
from hub.overview.live import Live
from hub.overview.record_lists import RecordLists
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import answer_problems
from tests.builders.fortnight import SEALER
from tests.builders.town import REGISTER, TOWN
from tests.hub.cases.test_http import FakeCommandClient

Client = TestClient[web.Request, web.Application]


class Page:
    """The overview's API over the test's store, and the client that calls it."""

    def __init__(
        self,
        client: Client,
        settings: Settings,
        store: Store,
        commands: FakeCommandClient,
        live: Live,
    ) -> None:
        self.client, self.settings, self.store, self.commands = client, settings, store, commands
        self.live = live
        self.csrf = ""

    async def log_in(self, name: str, role: str, unit: str = "") -> dict[str, Any]:
        """Add a member of staff and log in as him; return the answer of the login."""
        password = add_member(self.settings, name, role, unit, "")
        answer = await self.client.post("/api/login", json={"name": name, "password": password})
        assert answer.status == 200, await answer.text()
        session: dict[str, Any] = await answer.json()
        self.csrf = session["csrf"]
        return session

    async def get(self, path: str) -> Any:
        """Return the JSON that a path answers with status 200."""
        answer = await self.client.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def post(self, path: str, body: Any, **headers: str) -> ClientResponse:
        """Post JSON with the CSRF token, as the page does."""
        return await self.client.post(path, json=body, headers={CSRF_HEADER: self.csrf, **headers})

    def audit(self) -> list[tuple[Any, ...]]:
        """Return the audit lines, oldest first."""
        columns = "what, who, role, toString(case_id), detail"
        return self.store.rows(f"SELECT {columns} FROM audit ORDER BY at")


def serve(store: Store, folder: Path, talk: Callable[[Page], Awaitable[None]], **more: Any) -> None:
    """Serve the overview's API, and run a test."""

    async def run() -> None:
        settings = Settings(data=folder, **more)
        sessions, audit = Sessions(settings), Audit(settings, store)
        figures = OverviewFigures(store)
        commands, access = FakeCommandClient(), Access(settings, sessions)
        app = web.Application(middlewares=[answer_problems, access.middleware])
        live = Live(settings, figures, access, REGISTER)
        live.add_to(app)
        LoginHttp(settings, sessions, audit, REGISTER, LoginAttempts(settings)).add_to(app)
        OverviewCases(
            figures,
            sessions,
            audit,
            commands,  # type: ignore[arg-type]
            TOWN,
            lambda: SEALER,
        ).add_to(app)
        RecordLists(figures, sessions, REGISTER).add_to(app)
        LayersHttp(store, sessions, REGISTER).add_to(app)
        async with TestClient(TestServer(app)) as client:
            await talk(Page(client, settings, store, commands, live))

    asyncio.run(run())
