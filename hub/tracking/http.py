"""Public tracking 公开查询: a report's progress by its code, as a page and as JSON, without login.

Served by the intake, as citizens reach no other process. How often one address may ask is limited.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.runtime.templates import template
from hub.security.sealing import Sealer
from hub.settings.tracking import TrackingSettings
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.code import normal_code
from hub.tracking.progress import Progress, find_progress
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from hub.web.rate_limit import too_many_requests

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""The address of a page is a secret of its citizen: nobody stores it, indexes it or hears of it."""
UNKNOWN = "没有这个查询码，请核对后再试"
EXCUSES = {
    Problem.NOT_FOUND: UNKNOWN,
    Problem.TOO_OFTEN: "查询过于频繁，请稍后再试",
    Problem.STORE_AWAY: "系统暂时不可用，请稍后再试",
}


class ProgressHttp:
    """The handlers of public tracking."""

    def __init__(self, settings: TrackingSettings, reader: Reader, sealer: Sealer) -> None:
        self._reader, self._sealer = reader, sealer
        self._limit, self._proxies = parse(settings.tracking_limit), settings.proxies
        self._asked = MovingWindowRateLimiter(MemoryStorage())
        self._page = template(Path(__file__).with_name("progress.html"))

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        app.router.add_get("/t", _safely(self._form))
        app.router.add_get("/t/{code}", _safely(self._show))
        app.router.add_get("/v1/progress/{code}", _safely(self._json))

    async def _form(self, request: web.Request) -> web.Response:
        """Ask for a code, or go to the page of the one that was given."""
        code = request.query.get("code", "")
        if not code:
            return self._shown(None)
        if not normal_code(code):
            return self._shown(None, UNKNOWN, HTTPStatus.NOT_FOUND)
        raise web.HTTPFound(f"/t/{normal_code(code)}")

    async def _show(self, request: web.Request) -> web.Response:
        try:
            return self._shown(await self._progress(request))
        except ProblemError as error:
            response = self._shown(None, EXCUSES[error.problem], error.status)
            if error.retry_after:
                response.headers["Retry-After"] = str(error.retry_after)
            return response

    async def _json(self, request: web.Request) -> web.Response:
        told = await self._progress(request)
        return web.Response(text=told.model_dump_json(), content_type="application/json")

    async def _progress(self, request: web.Request) -> Progress:
        await self._may_ask(request)
        code = normal_code(request.match_info["code"])
        if not code:
            raise ProblemError(Problem.NOT_FOUND, "no tracking code: 16 letters and digits")
        try:
            found = await asyncio.to_thread(find_progress, self._reader.rows, self._sealer, code)
        except StoreAwayError as error:
            # Where the store is, is nothing for the public.
            raise ProblemError(Problem.STORE_AWAY) from error
        if found is None:
            raise ProblemError(Problem.NOT_FOUND, "no report has this tracking code")
        return found

    async def _may_ask(self, request: web.Request) -> None:
        """Raise `ProblemError` too_often where the address has asked enough for now."""
        asker = address_of(request, self._proxies)
        if not await self._asked.hit(self._limit, asker):
            raise await too_many_requests(self._asked, self._limit, asker)

    def _shown(
        self, progress: Progress | None, excuse: str = "", status: int = HTTPStatus.OK
    ) -> web.Response:
        text = self._page.render(progress=progress, excuse=excuse)
        return web.Response(text=text, status=status, content_type="text/html")


Handler = Callable[[web.Request], Awaitable[web.Response]]


def _safely(handler: Handler) -> Handler:
    """Return a handler whose answers, refusals too, carry the headers of a private page."""

    async def handle(request: web.Request) -> web.Response:
        try:
            response = await handler(request)
        except ProblemError as error:
            response = error.response()
        except web.HTTPFound as moved:
            moved.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    return handle
