"""The live figures of the overview over a screen without a store, on a loopback port."""

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
from tests.hub.overview.fake_screen import FakeScreen

AREAS = ("421299", "421299001", "421299001001", "G1", "G2")
"""All areas of the test's register."""


class Figures:
    """What a test of live figures asks and looks at."""

    def __init__(
        self, client: TestClient[web.Request, web.Application], live: Live, screen: FakeScreen
    ) -> None:
        self.client, self.live, self.screen = client, live, screen

    async def ask(self, path: str, **headers: str) -> ClientResponse:
        """Return the answer to a GET, read whole."""
        answer = await self.client.get(path, headers=headers)
        await answer.read()
        return answer

    async def problem(self, path: str) -> tuple[int, str]:
        """Return status and code of a refusal."""
        answer = await self.ask(path)
        return answer.status, (await answer.json())["code"]


def serve_figures(
    folder: Path, talk: Callable[[Figures], Awaitable[None]], **settings: Any
) -> None:
    """Serve the live figures and let a test ask."""

    async def whole() -> None:
        found = Settings(data=folder, **settings)
        access, screen = Access(found, Sessions(found)), FakeScreen()
        app = web.Application(middlewares=[answer_problems, access.middleware])
        live = Live(found, screen, access, REGISTER)  # type: ignore[arg-type]
        live.add_to(app)
        async with TestClient(TestServer(app)) as client:
            try:
                await talk(Figures(client, live, screen))
            finally:
                screen.gate.set()

    asyncio.run(whole())


def session_of(folder: Path, name: str) -> dict[str, str]:
    """Return the cookie of a member of the city who has just logged in."""
    settings = Settings(data=folder)
    add_member(settings, name, "city", "", "")
    sessions, answer = Sessions(settings), web.Response()
    sessions.begin(sessions.staff()[name], make_mocked_request("POST", "/api/login"), answer)
    return {cookie.key: cookie.value for cookie in answer.cookies.values()}


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until something holds; fails after half a minute."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)
