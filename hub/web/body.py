"""Reading bodies 读取报文: within a time, at a least rate, and not too many bytes at once.

A sender decides how much comes and how fast; these bounds decide how much of the intake's memory
and of its connections that may take. A body is in memory once; while its parts are put together,
which is done for one body at a time, that one is there twice.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import StreamReader, web

from hub.settings.web import BodySettings
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from hub.web.room import Arrival, Limits, Room

UNPROVEN_PART = 2
"""Senders who have proved nothing share one `UNPROVEN_PART`-th of the room."""
ADDRESS_PART = 2
"""Of that, one address may take one `ADDRESS_PART`-th."""


class Bodies:
    """Reads the bodies of one intake."""

    def __init__(self, settings: BodySettings) -> None:
        self._settings = settings
        unproven = settings.max_receiving // UNPROVEN_PART
        self.room = Room(
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
        """Give a whole body, whose room is held until the block ends.

        `proven`: the sender has shown by the head of the request who he is. `most`: a smaller
        limit than the setting's, in bytes. Raises `ProblemError` too_slow, too_much; a larger
        body than allowed ends in aiohttp's own 413.
        """
        most = min(most or self._settings.max_body, self._settings.max_body)
        announced = request.content_length
        if announced is not None and announced > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=announced)
        arrival = Arrival(
            address=address_of(request, self._settings.proxies),
            proven=proven,
            began=asyncio.get_running_loop().time(),
            end=partial(_end, request.content),
        )
        self.room.enter(arrival)
        try:
            body = await self._read(request.content, arrival, most)
            yield body
        finally:
            self.room.leave(arrival)

    async def _read(self, content: StreamReader, arrival: Arrival, most: int) -> bytes:
        loop = asyncio.get_running_loop()
        first, rest = b"", bytearray()
        try:
            async with asyncio.timeout_at(self._deadline(arrival)) as limit:
                # Not request.read(): that lets a whole body gather in the connection's buffer too.
                while chunk := await content.readany():
                    self.room.grow(arrival, len(chunk), loop.time())
                    if arrival.size > most:
                        raise web.HTTPRequestEntityTooLarge(most, arrival.size)
                    if first:
                        rest += chunk
                    else:
                        first = chunk
                    limit.reschedule(self._deadline(arrival))
        except EndedError as error:
            raise ProblemError(Problem.TOO_MUCH, str(error), retry_after=1) from error
        except TimeoutError as error:
            raise ProblemError(Problem.TOO_SLOW, self._slowness(arrival)) from error
        arrival.whole = True
        return b"".join((first, rest)) if rest else first

    def _deadline(self, arrival: Arrival) -> float:
        """Return by when the next part must have come: each byte buys a little time."""
        settings = self._settings
        by_rate = settings.body_grace + arrival.size / settings.body_rate
        return arrival.began + min(settings.body_seconds, by_rate)

    def _slowness(self, arrival: Arrival) -> str:
        settings = self._settings
        return (
            f"{arrival.size} bytes came; a body must come within {settings.body_seconds:.0f} s, and"
            f" after {settings.body_grace:.0f} s at {settings.body_rate} bytes a second or faster"
        )


class EndedError(TimeoutError):
    """A body was ended from outside; the server takes it as a connection that is too slow."""


def _end(content: StreamReader) -> None:
    """Wake the reader of a body with the reason for which it ends."""
    content.set_exception(EndedError("room was short and this body was among the slowest"))
