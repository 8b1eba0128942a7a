"""Live numbers 实时推送: server-sent events, within two seconds of what is stored."""

import asyncio
import contextlib
import json
from typing import Any

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import Scope, scope_of
from hub.overview.access import Access, Asker
from hub.overview.area_filter import area_of
from hub.overview.figures import Screen
from hub.overview.kept_figures import KeptFigures, Slow
from hub.overview.listeners import Listeners
from hub.runtime.metrics import METERS, TEXT, Metric
from hub.runtime.metrics_access import REFUSAL, MetricsAccess
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from streams.town.register import Register

LOOK_EVERY = 1.0
SILENCE = 15.0
"""Seconds after which a comment is sent, so that proxies keep the connection."""
REFRESH = 30.0
"""Seconds after which numbers are sent though nothing was stored: deadlines pass by themselves."""
PARAMETERS = ("area",)
PROMETHEUS = Asker("metrics")

log = structlog.get_logger()


class Live:
    """One look at the store for all who listen; numbers are asked once for each scope."""

    def __init__(
        self, settings: OverviewSettings, screen: Screen, access: Access, register: Register
    ) -> None:
        self._screen, self._access, self._register = screen, access, register
        self._version, self._asked_at = "", 0.0
        self.kept = KeptFigures(screen, settings)
        self.listeners = Listeners(settings)
        self._metrics_access = MetricsAccess(settings)
        self._changed = asyncio.Condition()

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
                    self.kept.round += 1
                    async with self._changed:
                        self._changed.notify_all()
            await asyncio.sleep(LOOK_EVERY)

    def _scope(self, request: web.Request) -> tuple[Scope, Asker]:
        """Return what the viewer sees, of the area that he has gone into, and who he is."""
        viewer = self._access.viewer(request)
        check_names(request, PARAMETERS)
        area = area_of(request, self._register)
        scope = scope_of(viewer, self._register)
        return scope.within(area) if area else scope, self._access.asker(request, viewer)

    async def _once(self, request: web.Request) -> web.Response:
        scope, asker = self._scope(request)
        slow = await self.kept.slow(scope, asker)
        _, text = await self.kept.quick(scope, asker)
        return web.Response(
            text=_json(json.loads(text) | slow.numbers), content_type="application/json"
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        """Answer with the metrics of this process, and how the whole county stands."""
        if not self._metrics_access.allows(request.remote or "", request.headers):
            raise ProblemError(Problem.BAD_TOKEN, REFUSAL.strip())
        try:
            text = (await self.kept.quick(Scope(), PROMETHEUS))[1]
        except ClickHouseError as error:
            log.warning("no figures of cases for the metrics", error=str(error))
        else:
            numbers = json.loads(text)
            for standing in ("open", "overdue", "yellow", "triage"):
                METERS.set(Metric.OPEN, float(numbers["totals"][standing]), standing)
            METERS.set(Metric.STORE_LAG, float(numbers["health"]["lag"] or 0) / 1000)
        return web.Response(body=METERS.text(), headers={"Content-Type": TEXT})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        _, asker = self._scope(request)
        with self.listeners.place(asker):
            answer = web.StreamResponse(
                headers={
                    "Content-Type": "text/event-stream",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",
                }
            )
            await answer.prepare(request)
            # A page whose session has ended, or whose store is away, asks again by itself and
            # hears why.
            with contextlib.suppress(ConnectionResetError, ProblemError, ClickHouseError):
                await self._send_forever(request, answer)
        return answer

    async def _send_forever(self, request: web.Request, answer: web.StreamResponse) -> None:
        shown: Slow | None = None
        _, begun_by = self._scope(request)
        while True:
            # Looked up anew: a session may end while its page listens, and then this ends.
            scope, asker = self._scope(request)
            if asker != begun_by:
                return
            sent, numbers = await self.kept.quick(scope, asker)
            await answer.write(f"event: numbers\ndata: {numbers}\n\n".encode())
            slow = await self.kept.slow(scope, asker)
            if slow is not shown:
                shown = slow
                await answer.write(f"event: numbers\ndata: {_json(slow.numbers)}\n\n".encode())
            while not await self._later_than(sent):
                if self._scope(request)[1] != begun_by:
                    return
                await answer.write(b": still here\n\n")

    async def _later_than(self, sent: int) -> bool:
        """Return True when something was stored since, False when it has been silent for long."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                later = self._changed.wait_for(lambda: self.kept.round != sent)
                await asyncio.wait_for(later, SILENCE)
        return self.kept.round != sent


def _json(numbers: dict[str, Any]) -> str:
    return json.dumps(numbers, ensure_ascii=False)
