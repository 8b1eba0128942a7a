"""Hubs of cities on this machine, which answer as a test sets them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.web.outbound import Destinations, OutboundSession
from tests.hub.province.builders import document

LOOPBACK = "127.0.0.0/8"
SECONDS = 30.0


@dataclass(slots=True)
class FakeCity:
    """A city; it answers with `answer`, and keeps the tokens that it was shown."""

    answer: Handler
    url: str = ""
    shown: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.shown.append(request.headers.get("Authorization", ""))
        return await self.answer(request)


def sends(**more: object) -> Handler:
    """Return a handler that answers with the document of a city, with other fields."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(document(**more))

    return handler


def answers(make: Callable[[], web.Response]) -> Handler:
    """Return a handler that answers with a new response each time."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return make()

    return handler


@asynccontextmanager
async def cities_served(
    handlers: Sequence[Handler], networks: str = LOOPBACK
) -> AsyncIterator[tuple[list[FakeCity], OutboundSession]]:
    """Serve a city for each handler; yield them, and a session that may read `networks`."""
    runners, served = [], []
    for handler in handlers:
        fake, app = FakeCity(handler), web.Application()
        app.router.add_get("/{path:.*}", fake.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        runners.append(runner)
        served.append(fake)
    try:
        async with OutboundSession(Destinations(networks), SECONDS) as session:
            yield served, session
    finally:
        for runner in runners:
            await runner.cleanup()
