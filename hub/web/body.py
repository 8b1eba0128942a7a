"""Reads request bodies 读取报文 within bounds: time, least rate, and bytes of all bodies.

A sender decides how much it sends and how fast. These bounds decide how much of the intake's memory
and of its connections it may use. A body is in memory once. Only while its chunks are joined, which
happens for one body at a time, is that body in memory twice.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import StreamReader, web

from hub.settings.web import BodySettings
from hub.web.body_quota import BodyQuota, IncomingBody, Limits
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError

UNPROVEN_PART = 2
"""Senders that are not authenticated before their body share one `UNPROVEN_PART`-th of it."""
ADDRESS_PART = 2
"""One address may use one `ADDRESS_PART`-th of that share."""


class Bodies:
    """Reads the bodies of one server."""

    def __init__(self, settings: BodySettings) -> None:
        self._settings = settings
        unproven = settings.max_receiving // UNPROVEN_PART
        self.quota = BodyQuota(
            Limits(
                total=settings.max_receiving,
                unproven=unproven,
                unproven_of_address=unproven // ADDRESS_PART,
                bodies=settings.max_bodies,
                bodies_of_address=settings.max_bodies_per_address,
            )
        )

    @asynccontextmanager
    async def receive(
        self, request: web.Request, *, proven: bool = False, most: int = 0
    ) -> AsyncIterator[bytes]:
        """Yield a complete body; its bytes count against the quota until the block ends.

        `proven`: the head of the request has authenticated the sender. `most`: a limit in bytes, if
        it is smaller than the setting. Raises `ProblemError` too_slow or too_much, and aiohttp's
        413 for a larger body than allowed.
        """
        most = min(most or self._settings.max_body, self._settings.max_body)
        announced = request.content_length
        if announced is not None and announced > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=announced)
        incoming = IncomingBody(
            address=address_of(request, self._settings.proxies),
            proven=proven,
            began=asyncio.get_running_loop().time(),
            end=partial(_end, request.content),
        )
        self.quota.enter(incoming)
        try:
            body = await self._read(request.content, incoming, most)
            yield body
        finally:
            self.quota.leave(incoming)

    async def _read(self, content: StreamReader, incoming: IncomingBody, most: int) -> bytes:
        loop = asyncio.get_running_loop()
        first, rest = b"", bytearray()
        try:
            async with asyncio.timeout_at(self._deadline(incoming)) as limit:
                # Not request.read(): it collects a complete body in the connection's buffer too.
                while chunk := await content.readany():
                    self.quota.grow(incoming, len(chunk), loop.time())
                    if incoming.size > most:
                        raise web.HTTPRequestEntityTooLarge(most, incoming.size)
                    if first:
                        rest += chunk
                    else:
                        first = chunk
                    limit.reschedule(self._deadline(incoming))
        except EndedError as error:
            raise ProblemError(Problem.TOO_MUCH, str(error), retry_after=1) from error
        except TimeoutError as error:
            raise ProblemError(Problem.TOO_SLOW, self._slowness(incoming)) from error
        incoming.whole = True
        return b"".join((first, rest)) if rest else first

    def _deadline(self, incoming: IncomingBody) -> float:
        """Return by when the next chunk must arrive (loop time): each byte adds a little time."""
        settings = self._settings
        by_rate = settings.body_grace + incoming.size / settings.body_rate
        return incoming.began + min(settings.body_seconds, by_rate)

    def _slowness(self, incoming: IncomingBody) -> str:
        settings = self._settings
        return (
            f"{incoming.size} bytes arrived; a body must arrive within"
            f" {settings.body_seconds:.0f} s, and after {settings.body_grace:.0f} s at"
            f" {settings.body_rate} bytes a second or faster"
        )


class EndedError(TimeoutError):
    """The quota has ended a body; aiohttp treats it as a connection that is too slow."""


def _end(content: StreamReader) -> None:
    """Make the reader of a body raise `EndedError`."""
    content.set_exception(
        EndedError("memory for bodies was short, and this body was among the slowest")
    )
