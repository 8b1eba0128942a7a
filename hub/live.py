"""Live numbers 实时推送: server-sent events, within two seconds of what is stored."""

import asyncio
import contextlib
import json
import re
from typing import Any

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.problem import Problem, ProblemError
from hub.scope import Scope, scope_of
from hub.screen import Screen
from hub.session import Sessions
from streams.register import Register

AREA = re.compile(r"\d{6}(\d{3}){0,3}")
LOOK_EVERY = 1.0
SILENCE = 15.0
"""Seconds after which a comment is sent, so that proxies keep the connection."""
REFRESH = 30.0
"""Seconds after which numbers are sent though nothing was stored: deadlines pass by themselves."""

log = structlog.get_logger()


class Live:
    """One look at the store for all who listen; numbers are asked once for each scope."""

    def __init__(self, screen: Screen, sessions: Sessions, register: Register) -> None:
        self._screen, self._sessions, self._register = screen, sessions, register
        self._version, self._asked_at = "", 0.0
        self._round = 0
        self._kept: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._locks: dict[str, asyncio.Lock] = {}

    def add_to(self, app: web.Application) -> None:
        """Add the routes and the task that looks."""
        app.router.add_get("/api/overview", self._once)
        app.router.add_get("/api/live", self._stream)
        app.cleanup_ctx.append(self._looking)

    async def _looking(self, _: web.Application) -> Any:
        task = asyncio.create_task(self._look_forever())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _look_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                version = await asyncio.to_thread(self._screen.version)
            except ClickHouseError as error:
                log.warning("the screen waits for the store", error=str(error))
            else:
                stale = loop.time() - self._asked_at > REFRESH
                if version != self._version or stale:
                    self._version = version
                    self._asked_at = loop.time()
                    self._kept.clear()
                    self._round += 1
                    async with self._changed:
                        self._changed.notify_all()
            await asyncio.sleep(LOOK_EVERY)

    def _scope(self, request: web.Request) -> Scope:
        """Return what the viewer sees, of the area that he has gone into."""
        scope = scope_of(self._sessions.viewer(request), self._register)
        area = request.query.get("area", "")
        if not area:
            return scope
        if not AREA.fullmatch(area):
            raise ProblemError(Problem.BAD_REQUEST, "area: 6, 9, 12 or 15 digits")
        return scope.within(area)

    async def _numbers(self, scope: Scope) -> tuple[int, str]:
        """Return a round and its numbers, as JSON."""
        key = repr(scope)
        async with self._locks.setdefault(key, asyncio.Lock()):
            asked = self._round
            known = self._kept.get(key)
            if known is not None:
                return asked, known
            found = await asyncio.to_thread(self._screen.numbers, scope)
            text = json.dumps(found, ensure_ascii=False)
            if asked == self._round:
                # What was stored meanwhile is not in it: then it is good for this asker only.
                self._kept[key] = text
            return asked, text

    async def _once(self, request: web.Request) -> web.Response:
        scope = self._scope(request)
        _, text = await self._numbers(scope)
        return web.Response(text=text, content_type="application/json")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await answer.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            while True:
                # Looked up anew: a session may end while its page listens.
                scope = self._scope(request)
                told, numbers = await self._numbers(scope)
                await answer.write(f"event: numbers\ndata: {numbers}\n\n".encode())
                while not await self._later_than(told):
                    await answer.write(b": still here\n\n")
        return answer

    async def _later_than(self, told: int) -> bool:
        """Return True when something was stored since, False when it has been silent for long."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                later = self._changed.wait_for(lambda: self._round != told)
                await asyncio.wait_for(later, SILENCE)
        return self._round != told
