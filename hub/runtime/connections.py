"""Open connections 连接数 of one server: their number is bounded, in total and per address.

aiohttp closes a connection without a complete request after `HUB_IDLE_SECONDS`. Until then it uses
a file handle, of which a process has few.
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
"""Seconds in which the rest of a refused body is read, so that its sender receives the answer."""

log = structlog.get_logger()


class Connections:
    """Listens for an application instead of aiohttp's sites, and bounds its connections."""

    def __init__(
        self, app: web.Application, *, most: int, most_of_address: int, idle_seconds: float
    ) -> None:
        """Bound the connections to `most`, and to `most_of_address` per address.

        `most_of_address` 0 means no bound per address, since a reverse proxy opens all of them.
        """
        self._app, self._idle_seconds = app, idle_seconds
        self._most, self._most_of_address = most, most_of_address or most
        self._busy: set[RequestHandler] = set()
        self._listening: list[asyncio.Server] = []
        app.middlewares.insert(0, self._mark_busy)
        app.on_shutdown.append(self._close)

    async def start(self, host: str, port: int, *, auto_decompress: bool = True) -> web.AppRunner:
        """Serve the application until `cleanup` of the returned runner; raises `OSError`."""
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
        """Listen on another port and return its number; raises `OSError` if it is in use."""
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
        """Close a connection if there are too many: an idle one of the address that has most."""
        connections = [each for each in server.connections if each.transport is not None]
        if len(connections) < min(self._most, self._most_of_address):
            return
        counts = Counter(_address(connection) for connection in connections)
        heaviest, count = counts.most_common(1)[0]
        if len(connections) < self._most and count < self._most_of_address:
            return
        candidates = [each for each in connections if _address(each) == heaviest]
        idle = [connection for connection in candidates if connection not in self._busy]
        log.warning("connection_closed_for_new", remote=heaviest, connections=count)
        # They are in the order in which they were opened: the oldest is closed.
        (idle or candidates)[0].force_close()

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
