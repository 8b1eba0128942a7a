"""Live figures 实时推送: server-sent events, within two seconds after something is stored."""

import asyncio
import contextlib
import json
from typing import Any

import structlog
from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import Scope, scope_of
from hub.overview.access import Access, FiguresClient
from hub.overview.area_filter import area_of
from hub.overview.figures import OverviewFigures
from hub.overview.figures_cache import FiguresCache, SlowFigures
from hub.overview.listeners import Listeners
from hub.runtime.metrics import METERS, TEXT, Metric
from hub.runtime.metrics_access import REFUSAL, MetricsAccess
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from streams.town.register import Register

POLL_EVERY = 1.0
KEEP_ALIVE_EVERY = 15.0
"""Seconds without a change after which a comment is sent, so that proxies keep the connection."""
REFRESH_EVERY = 30.0
"""Seconds after which figures are sent even if nothing was stored: deadlines may have passed."""
PARAMETERS = ("area",)
PROMETHEUS = FiguresClient("metrics")

log = structlog.get_logger()


class Live:
    """Watches the store once for all connections; figures are computed once for each scope."""

    def __init__(
        self,
        settings: OverviewSettings,
        figures: OverviewFigures,
        access: Access,
        register: Register,
    ) -> None:
        self._figures, self._access, self._register = figures, access, register
        self._version, self._refreshed_at = "", 0.0
        self._checked_at, self._checking = -POLL_EVERY, asyncio.Lock()
        self._is_watched = asyncio.Event()
        """Set while a page is connected: otherwise nobody needs to know what has changed."""
        self.cache = FiguresCache(figures, settings)
        self.listeners = Listeners(settings)
        self._metrics_access = MetricsAccess(settings)
        self._changed = asyncio.Condition()

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and the background task that watches the store."""
        app.router.add_get("/api/overview", self._snapshot)
        app.router.add_get("/api/live", self._stream)
        app.router.add_get("/metrics", self._metrics)
        app.cleanup_ctx.append(self._background_task)

    async def _background_task(self, _: web.Application) -> Any:
        task = asyncio.create_task(self._watch_store())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _watch_store(self) -> None:
        while True:
            await self._is_watched.wait()
            await self._check_store()
            await asyncio.sleep(POLL_EVERY)
            if not len(self.listeners):
                self._is_watched.clear()

    async def _check_store(self) -> None:
        """Find out whether the store has changed, unless that was done within `POLL_EVERY`."""
        now = asyncio.get_running_loop().time
        async with self._checking:
            if now() - self._checked_at < POLL_EVERY:
                return
            try:
                version = await asyncio.to_thread(self._figures.version)
            except ClickHouseError as error:
                log.warning("store_poll_failed", error=str(error))
                return
            finally:
                self._checked_at = now()
            if version == self._version and now() - self._refreshed_at <= REFRESH_EVERY:
                return
            self._version, self._refreshed_at = version, now()
            self.cache.revision += 1
        async with self._changed:
            self._changed.notify_all()

    def _scope(self, request: web.Request) -> tuple[Scope, FiguresClient]:
        """Return the viewer's scope within the requested area, and the client for limits."""
        viewer = self._access.viewer(request)
        check_names(request, PARAMETERS)
        area = area_of(request, self._register)
        scope = scope_of(viewer, self._register)
        return scope.within(area) if area else scope, self._access.client(request, viewer)

    async def _snapshot(self, request: web.Request) -> web.Response:
        scope, client = self._scope(request)
        await self._check_store()
        slow = await self.cache.slow(scope, client)
        _, text = await self.cache.quick(scope, client)
        return web.Response(
            text=_json(json.loads(text) | slow.figures), content_type="application/json"
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        """Return the metrics of this process, and the open cases of the whole county."""
        if not self._metrics_access.allows(request.remote or "", request.headers):
            raise ProblemError(Problem.BAD_TOKEN, REFUSAL.strip())
        await self._check_store()
        try:
            text = (await self.cache.quick(Scope(), PROMETHEUS))[1]
        except ClickHouseError as error:
            log.warning("case_metrics_unavailable", error=str(error))
        else:
            figures = json.loads(text)
            for state in ("open", "overdue", "yellow", "triage"):
                METERS.set(Metric.OPEN, float(figures["totals"][state]), state)
            METERS.set(Metric.STORE_LAG, float(figures["health"]["lag"] or 0) / 1000)
        return web.Response(body=METERS.text(), headers={"Content-Type": TEXT})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        _, client = self._scope(request)
        with self.listeners.place(client):
            response = web.StreamResponse(
                headers={
                    "Content-Type": "text/event-stream",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",
                }
            )
            await response.prepare(request)
            # If the session ended or the store failed, the stream just ends: the page connects
            # again by itself and gets the reason then.
            with contextlib.suppress(ConnectionResetError, ProblemError, ClickHouseError):
                self._is_watched.set()
                await self._check_store()
                await self._send_updates(request, response)
        return response

    async def _send_updates(self, request: web.Request, response: web.StreamResponse) -> None:
        sent_slow: SlowFigures | None = None
        _, owner = self._scope(request)
        while True:
            # Check the session each time: it may end while the page is connected.
            scope, client = self._scope(request)
            if client != owner:
                return
            revision, figures = await self.cache.quick(scope, client)
            await response.write(f"event: numbers\ndata: {figures}\n\n".encode())
            slow = await self.cache.slow(scope, client)
            if slow is not sent_slow:
                sent_slow = slow
                await response.write(f"event: numbers\ndata: {_json(slow.figures)}\n\n".encode())
            while not await self._wait_for_change(revision):
                if self._scope(request)[1] != owner:
                    return
                await response.write(b": still here\n\n")

    async def _wait_for_change(self, revision: int) -> bool:
        """Wait for a change after a revision; return False if none came for `KEEP_ALIVE_EVERY`."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                later = self._changed.wait_for(lambda: self.cache.revision != revision)
                await asyncio.wait_for(later, KEEP_ALIVE_EVERY)
        return self.cache.revision != revision


def _json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, ensure_ascii=False)
