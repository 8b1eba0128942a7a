"""Public tracking 公开查询: a report's progress by its code, as a page and as JSON, without login.

On the page the citizen can rate the answer. The intake serves it, because citizens can reach no
other process. Requests are limited by address.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from hub.security.sealing import Sealer
from hub.settings.web import TrackingSettings
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.code import normal_code
from hub.tracking.progress import Progress, find_progress
from hub.tracking.rating import GRADES, SETTLED, Offer, RatingRefusedError
from hub.tracking.rating_http import CitizenRatings
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from hub.web.public_reads import PublicReads
from hub.web.rate_limit import too_many_requests
from hub.web.templates import template

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""The URL of a page is a secret of its citizen: it must not be cached, indexed or sent on."""
UNKNOWN = "没有这个查询码，请核对后再试"
ERROR_TEXTS = {
    Problem.NOT_FOUND: UNKNOWN,
    Problem.TOO_OFTEN: "查询过于频繁，请稍后再试",
    Problem.BUSY: "现在查询的人太多，请稍后再试",
    Problem.STORE_AWAY: "系统暂时不可用，请稍后再试",
    Problem.JOURNAL_FULL: "系统暂时不可用，评价没有登记，请稍后再试",
    Problem.TOO_MUCH: "系统繁忙，评价没有登记，请稍后再试",
    Problem.TOO_SLOW: "传输过慢，评价没有登记，请再提交一次",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows: without progress the form for a code; without an offer no rating."""

    progress: Progress | None = None
    offer: Offer | None = None
    is_rated: bool = False


class ProgressHttp:
    """The handlers of public tracking."""

    def __init__(
        self,
        settings: TrackingSettings,
        reader: Reader,
        sealer: Sealer,
        ratings: CitizenRatings | None = None,
    ) -> None:
        self._reader, self._sealer, self._ratings = reader, sealer, ratings
        self._limit, self._proxies = parse(settings.tracking_limit), settings.proxies
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._reads = PublicReads()
        self._page = template(Path(__file__).with_name("progress.html"))

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        app.router.add_get("/t", _private_page(self._form))
        app.router.add_get("/t/{code}", _private_page(self._show))
        app.router.add_get("/v1/progress/{code}", _private_page(self._json))
        if self._ratings is not None:
            rate = partial(self._rate, self._ratings)
            app.router.add_post("/t/{code}/rating", _private_page(rate))

    async def _form(self, request: web.Request) -> web.Response:
        """Show the form, or redirect to the page of the code in the query."""
        code = request.query.get("code", "")
        if not code:
            return self._render(Page())
        if not normal_code(code):
            return self._render(Page(), UNKNOWN, HTTPStatus.NOT_FOUND)
        raise web.HTTPFound(f"/t/{normal_code(code)}")

    async def _show(self, request: web.Request) -> web.Response:
        try:
            progress = await self._progress(request)
            page = Page(progress, await self._offer(progress), is_rated="rated" in request.query)
            return self._render(page)
        except ProblemError as error:
            return self._refusal(error)

    async def _rate(self, ratings: CitizenRatings, request: web.Request) -> web.Response:
        """Take the rating of an answer; a refused one shows the page with the reason."""
        try:
            progress = await self._progress(request)
            try:
                await ratings.accept(request, progress.tracking)
            except RatingRefusedError as error:
                page = Page(progress, await self._offer(progress))
                return self._render(page, str(error), HTTPStatus.CONFLICT)
        except ProblemError as error:
            return self._refusal(error)
        raise web.HTTPSeeOther(f"/t/{progress.tracking}?rated=1")

    async def _offer(self, progress: Progress) -> Offer | None:
        if self._ratings is None or not progress.steps:
            return None
        return await self._ratings.offer(progress.tracking)

    def _refusal(self, error: ProblemError) -> web.Response:
        text = ERROR_TEXTS.get(error.problem, ERROR_TEXTS[Problem.STORE_AWAY])
        response = self._render(Page(), text, error.status)
        if error.retry_after:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    async def _json(self, request: web.Request) -> web.Response:
        progress = await self._progress(request)
        return web.Response(text=progress.model_dump_json(), content_type="application/json")

    async def _progress(self, request: web.Request) -> Progress:
        await self._check_limit(request)
        code = normal_code(request.match_info["code"])
        if not code:
            raise ProblemError(
                Problem.NOT_FOUND, "this is not a tracking code; a code has 16 letters and digits"
            )
        try:
            read = partial(find_progress, self._reader.rows, self._sealer, code)
            progress = await self._reads.ask(read)
        except StoreAwayError as error:
            # The message of this error has the address of the store: the public must not see it.
            raise ProblemError(Problem.STORE_AWAY) from error
        if progress is None:
            raise ProblemError(Problem.NOT_FOUND, "no report has this tracking code")
        return progress

    async def _check_limit(self, request: web.Request) -> None:
        """Raise `ProblemError` too_often if the address has reached its limit."""
        client = address_of(request, self._proxies)
        if not await self._limiter.hit(self._limit, client):
            raise await too_many_requests(self._limiter, self._limit, client)

    def _render(self, page: Page, excuse: str = "", status: int = HTTPStatus.OK) -> web.Response:
        text = self._page.render(
            progress=page.progress,
            offer=page.offer,
            is_rated=page.is_rated,
            excuse=excuse,
            settled=SETTLED,
            grades=GRADES,
        )
        return web.Response(text=text, status=status, content_type="text/html")


Handler = Callable[[web.Request], Awaitable[web.Response]]


def _private_page(handler: Handler) -> Handler:
    """Return a handler that adds the headers of a private page to every response, errors too."""

    async def handle(request: web.Request) -> web.Response:
        try:
            response = await handler(request)
        except ProblemError as error:
            response = error.response()
        except web.HTTPRedirection as redirect:
            redirect.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    return handle
