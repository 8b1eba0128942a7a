"""Live numbers 实时推送: server-sent events, within two seconds of what is stored."""

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import Scope, scope_of
from hub.accounts.session import Sessions
from hub.overview.figures import Screen
from hub.runtime.metrics import METERS, TEXT, Metric
from hub.web.problem import Problem, ProblemError
from streams.town.register import Register

AREA = re.compile(r"\d{6}(\d{3}){0,3}")
LOOK_EVERY = 1.0
AT_MOST_EVERY = 2.0
"""Seconds between two looks at the slow numbers."""
SILENCE = 15.0
"""Seconds after which a comment is sent, so that proxies keep the connection."""
REFRESH = 30.0
"""Seconds after which numbers are sent though nothing was stored: deadlines pass by themselves."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Slow:
    """The slow numbers of a scope, when they were asked, and how long that took."""

    numbers: dict[str, Any]
    round: int
    at: float
    took: float

    def is_stale(self, now: float, current: int) -> bool:
        """Whether to ask again: something has been stored, and asking takes a tenth at most."""
        return current != self.round and now - self.at >= max(AT_MOST_EVERY, self.took * 10)


class Live:
    """One look at the store for all who listen; numbers are asked once for each scope."""

    def __init__(self, screen: Screen, sessions: Sessions, register: Register) -> None:
        self._screen, self._sessions, self._register = screen, sessions, register
        self._version, self._asked_at = "", 0.0
        self._round = 0
        self._listeners = 0
        self._kept: dict[str, str] = {}
        self._slow: dict[str, Slow] = {}
        self._changed = asyncio.Condition()
        self._locks: dict[str, asyncio.Lock] = {}

    def add_to(self, app: web.Application) -> None:
        """Add the routes and the task that looks."""
        app.router.add_get("/api/overview", self._once)
        app.router.add_get("/api/live", self._stream)
        app.router.add_get("/metrics", self._metrics)
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
        # What a page asks by itself keeps no session from idling out.
        scope = scope_of(self._sessions.viewer(request, is_use=False), self._register)
        area = request.query.get("area", "")
        if not area:
            return scope
        if not AREA.fullmatch(area):
            raise ProblemError(Problem.BAD_REQUEST, "area: 6, 9, 12 or 15 digits")
        return scope.within(area)

    async def _quick(self, scope: Scope) -> tuple[int, str]:
        """Return a round and its quick numbers, as JSON."""
        key = repr(scope)
        async with self._locks.setdefault(key, asyncio.Lock()):
            asked = self._round
            known = self._kept.get(key)
            if known is not None:
                return asked, known
            begun = asyncio.get_running_loop().time()
            text = _json(await asyncio.to_thread(self._screen.quick, scope))
            METERS.observe(Metric.ASKED_SECONDS, asyncio.get_running_loop().time() - begun, "quick")
            if asked == self._round:
                # What was stored meanwhile is not in it: then it is good for this asker only.
                self._kept[key] = text
            return asked, text

    async def _slower(self, scope: Scope) -> Slow:
        """Return the slow numbers, at most so old as their asking allows."""
        key, loop = repr(scope), asyncio.get_running_loop()
        async with self._locks.setdefault(f"slow {key}", asyncio.Lock()):
            known = self._slow.get(key)
            if known is not None and not known.is_stale(loop.time(), self._round):
                return known
            begun, asked = loop.time(), self._round
            numbers = await asyncio.to_thread(self._screen.slow, scope)
            self._slow[key] = Slow(numbers, asked, loop.time(), loop.time() - begun)
            METERS.observe(Metric.ASKED_SECONDS, self._slow[key].took, "slow")
            return self._slow[key]

    async def _once(self, request: web.Request) -> web.Response:
        scope = self._scope(request)
        slow = await self._slower(scope)
        _, text = await self._quick(scope)
        return web.Response(
            text=_json(json.loads(text) | slow.numbers), content_type="application/json"
        )

    async def _metrics(self, _: web.Request) -> web.Response:
        """Answer with the metrics of this process, and how the whole county stands."""
        try:
            text = (await self._quick(Scope()))[1]
        except ClickHouseError as error:
            log.warning("no figures of cases for the metrics", error=str(error))
        else:
            numbers = json.loads(text)
            for standing in ("open", "overdue", "yellow", "triage"):
                METERS.set(Metric.OPEN, float(numbers["totals"][standing]), standing)
            METERS.set(Metric.STORE_LAG, float(numbers["health"]["lag"] or 0) / 1000)
        return web.Response(body=METERS.text(), headers={"Content-Type": TEXT})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await answer.prepare(request)
        self._listening(+1)
        try:
            await self._tell(request, answer)
        except ConnectionResetError:
            pass
        finally:
            self._listening(-1)
        return answer

    def _listening(self, more: int) -> None:
        self._listeners += more
        METERS.set(Metric.LISTENERS, self._listeners)

    async def _tell(self, request: web.Request, answer: web.StreamResponse) -> None:
        shown: Slow | None = None
        begun_by = self._sessions.viewer(request, is_use=False)
        while self._sessions.viewer(request, is_use=False) == begun_by:
            # Looked up anew: a session may end while its page listens, and then this ends.
            scope = self._scope(request)
            told, numbers = await self._quick(scope)
            await answer.write(f"event: numbers\ndata: {numbers}\n\n".encode())
            slow = await self._slower(scope)
            if slow is not shown:
                shown = slow
                await answer.write(f"event: numbers\ndata: {_json(slow.numbers)}\n\n".encode())
            while not await self._later_than(told):
                if self._sessions.viewer(request, is_use=False) != begun_by:
                    return
                await answer.write(b": still here\n\n")

    async def _later_than(self, told: int) -> bool:
        """Return True when something was stored since, False when it has been silent for long."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                later = self._changed.wait_for(lambda: self._round != told)
                await asyncio.wait_for(later, SILENCE)
        return self._round != told


def _json(numbers: dict[str, Any]) -> str:
    return json.dumps(numbers, ensure_ascii=False)
