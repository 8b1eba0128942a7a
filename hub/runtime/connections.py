"""Open connections 连接数 of one server: how many there may be, and which is closed for a new one.

A connection that has sent no whole request is closed after `HUB_IDLE_SECONDS` by aiohttp itself;
until then it costs a file handle, of which a process has few.
"""

import asyncio
from collections import Counter
from ssl import SSLContext
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

BACKLOG = 256
LINGERING = 2.0
"""Seconds in which the rest of a refused body is read, so that its sender sees the answer."""

log = structlog.get_logger()


class Connections:
    """The connections of an application; it listens by this instead of by aiohttp's sites."""

    def __init__(
        self, app: web.Application, *, most: int, most_of_address: int, idle_seconds: float
    ) -> None:
        """`most_of_address` 0: one address may have all of them, as a reverse proxy has."""
        self._app, self._idle_seconds = app, idle_seconds
        self._most, self._most_of_address = most, most_of_address or most
        self._busy: set[RequestHandler] = set()
        self._listening: list[asyncio.Server] = []
        app.middlewares.insert(0, self._mark_busy)
        app.on_shutdown.append(self._close)

    async def start(self, host: str, port: int, *, auto_decompress: bool = True) -> web.AppRunner:
        """Serve the application; the runner's `cleanup` ends it; raises `OSError`."""
        runner = web.AppRunner(
            self._app,
            access_log=None,
            shutdown_timeout=1,
            auto_decompress=auto_decompress,
            keepalive_timeout=self._idle_seconds,
            lingering_time=LINGERING,
        )
        await runner.setup()
        await self.listen(runner, host, port)
        return runner

    async def listen(
        self, runner: web.AppRunner, host: str, port: int, ssl_context: SSLContext | None = None
    ) -> int:
        """Listen on one more port and return it; raises `OSError` where it is taken."""
        server = runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")

        def accept() -> RequestHandler:
            self._make_room(server)
            return server()

        listening = await asyncio.get_running_loop().create_server(
            accept, host, port, ssl=ssl_context, backlog=BACKLOG
        )
        self._listening.append(listening)
        return int(listening.sockets[0].getsockname()[1])

    def _make_room(self, server: web.Server) -> None:
        """Close a connection where there are too many: an idle one, of whoever has most."""
        open_ones = [one for one in server.connections if one.transport is not None]
        if len(open_ones) < min(self._most, self._most_of_address):
            return
        counts = Counter(_address(one) for one in open_ones)
        heaviest, count = counts.most_common(1)[0]
        if len(open_ones) < self._most and count < self._most_of_address:
            return
        theirs = [one for one in open_ones if _address(one) == heaviest]
        idle = [one for one in theirs if one not in self._busy]
        log.warning("too many connections: one is closed", remote=heaviest, theirs=count)
        # In the order in which they were opened.
        (idle or theirs)[0].force_close()

    @web.middleware
    async def _mark_busy(self, request: web.Request, handler: Any) -> web.StreamResponse:
        connection = request.protocol
        self._busy.add(connection)
        try:
            answer: web.StreamResponse = await handler(request)
        finally:
            self._busy.discard(connection)
        return answer

    async def _close(self, _: web.Application) -> None:
        for listening in self._listening:
            listening.close()


def _address(connection: RequestHandler) -> str:
    name = connection.peername
    return str(name[0]) if isinstance(name, tuple) else str(name or "")
