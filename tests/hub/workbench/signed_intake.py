"""A stand-in for the intake: pages of the workbench send it signed messages of one channel."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.web.signature import verify
from schemas.channel import Channel


@dataclass
class SignedIntake:
    """Checks the signature of a message of `channel`, and keeps the bodies that it accepts."""

    settings: Settings
    port: int
    channel: Channel
    bodies: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Answer as the intake does."""
        body = await request.read()
        secrets = load_or_create_credentials(self.settings).accepted(self.channel, "secret")
        verify(secrets, request.headers, body, time.time(), 300)
        self.bodies.append(body)
        return web.json_response({}, status=202)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the block runs."""
        app = web.Application()
        app.router.add_post(f"/v1/intake/{self.channel}", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()
