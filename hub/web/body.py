"""Reading bodies 读取报文: within a time, and not too many bytes at once.

A sender decides how much comes and how fast; these bounds decide how much of the intake's memory
and of its connections that may take.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from hub.settings import Settings
from hub.web.problem import Problem, ProblemError


class Bodies:
    """Reads the bodies of one intake."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._now = 0
        """Bytes that bodies under way may take."""

    async def read(self, request: web.Request) -> bytes:
        """Return a whole body; raises `ProblemError` too_slow, too_much.

        A larger one than allowed ends in aiohttp's own 413.
        """
        told = request.content_length
        most = self._settings.max_body
        with self._taken(min(told, most) if told is not None else most):
            try:
                async with asyncio.timeout(self._settings.body_seconds):
                    return await request.read()
            except TimeoutError as error:
                detail = f"the limit is {self._settings.body_seconds:.0f} s"
                raise ProblemError(Problem.TOO_SLOW, detail) from error

    @contextmanager
    def _taken(self, size: int) -> Iterator[None]:
        if self._now and self._now + size > self._settings.max_receiving:
            detail = f"{self._now} bytes are on their way"
            raise ProblemError(Problem.TOO_MUCH, detail, retry_after=1)
        self._now += size
        try:
            yield
        finally:
            self._now -= size
