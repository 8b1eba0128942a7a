"""A receiver of webhooks and notices on this machine, which answers as a test sets it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.web.outbound import Destinations, OutboundSession


@dataclass(slots=True)
class Request:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Keeps requests; answers with the next of `answers`, and with 200 after them."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    body: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """Answer one request."""
        self.requests.append(Request(request.path_qs, request.headers, await request.read()))
        return self.answers.pop(0) if self.answers else web.Response(text=self.body)


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Receiver, OutboundSession]]:
    """Yield a receiver, and a session that may send to it."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    async with OutboundSession(Destinations("127.0.0.0/8"), 5.0) as session:
        yield receiver, session
    await runner.cleanup()
