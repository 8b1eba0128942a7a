"""Serves the live figures of the overview for tests, without a store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from hub.accounts.session import Sessions
from hub.accounts.staff import add_member
from hub.overview.access import Access
from hub.overview.live import Live
from hub.settings import Settings
from hub.web.problem import answer_problems
from tests.builders.town import REGISTER
from tests.hub.overview.fake_figures import FakeFigures

AREAS = ("421299", "421299001", "421299001001", "G1", "G2")
"""All areas of the test's register."""


class FiguresSite:
    """The client of a test, the served `Live`, and the fake figures behind it."""

    def __init__(
        self, client: TestClient[web.Request, web.Application], live: Live, figures: FakeFigures
    ) -> None:
        self.client, self.live, self.figures = client, live, figures

    async def ask(self, path: str, **headers: str) -> ClientResponse:
        """Return the response to a GET, with its body read."""
        answer = await self.client.get(path, headers=headers)
        await answer.read()
        return answer

    async def problem(self, path: str) -> tuple[int, str]:
        """Get a path; return status and code of its problem response."""
        answer = await self.ask(path)
        return answer.status, (await answer.json())["code"]


def serve_figures(
    folder: Path, talk: Callable[[FiguresSite], Awaitable[None]], **settings: Any
) -> None:
    """Serve the live figures, and run a test."""

    async def run() -> None:
        all_settings = Settings(data=folder, **settings)
        access, figures = Access(all_settings, Sessions(all_settings)), FakeFigures()
        app = web.Application(middlewares=[answer_problems, access.middleware])
        live = Live(all_settings, figures, access, REGISTER)  # type: ignore[arg-type]
        live.add_to(app)
        async with TestClient(TestServer(app)) as client:
            try:
                await talk(FiguresSite(client, live, figures))
            finally:
                figures.gate.set()

    asyncio.run(run())


def session_of(folder: Path, name: str) -> dict[str, str]:
    """Add a member of the city; return the cookie of a new session."""
    settings = Settings(data=folder)
    add_member(settings, name, "city", "", "")
    sessions, answer = Sessions(settings), web.Response()
    sessions.begin(sessions.staff()[name], make_mocked_request("POST", "/api/login"), answer)
    return {cookie.key: cookie.value for cookie in answer.cookies.values()}


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until a condition holds; fail after 30 seconds."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)
