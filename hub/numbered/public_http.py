"""Public pages of numbered matters 公示页: `/p/CODE` and `/d/CODE` of the intake, without login.

A page shows the matter, its public pictures, and a form by which a citizen reports about it. A
report is a message of the channel `manual_entry`: it is in the journal before its sender gets a
tracking code. Requests and reports are limited by address.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import choice
from typing import Any, ClassVar, Generic, TypeVar

from aiohttp import web
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.contract import FaultError
from connectors.formats.form_body import read_form
from connectors.manual_entry import BOARD_WAY
from hub.attachments.photos import NAME, PhotoFolder
from hub.journal.journal import JournalFullError
from hub.numbered.code import read_code
from hub.runtime.paths import DataPaths
from hub.security.sealing import Sealer
from hub.settings.web import TrackingSettings
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.code import ALPHABET, code_of, normal_code
from hub.tracking.http import HEADERS as PRIVATE_HEADERS
from hub.web.body import Bodies
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from hub.web.public_reads import PublicReads
from hub.web.rate_limit import too_many_requests
from hub.web.templates import templates
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.numbered import Matter
from schemas.wording import title_of

LARGEST_FORM = 32 * 1024
MOST_FIELDS = 10
LONGEST_TEXT, LONGEST_LINE = 1000, 50
SHORTEST_TEXT = 4
PICTURES_OF_PAGE = 10
"""So many pictures may be asked for with each page: a page has some of each step, and the people at
a meeting of the village share one address."""
HEADERS = PRIVATE_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:;"
    " style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}
ERROR_TEXTS = {
    Problem.TOO_OFTEN: "访问过于频繁，请稍后再试",
    Problem.BUSY: "现在访问的人太多，请稍后再试",
    Problem.STORE_AWAY: "系统暂时不可用，请稍后再试",
    Problem.JOURNAL_FULL: "系统暂时不能接收，请稍后再试或拨打12345",
}

SendReport = Callable[[bytes], Awaitable[Any]]
"""Makes a message of the channel `manual_entry` durable; raises the journal's error."""


State = TypeVar("State", bound=Matter)
View = TypeVar("View")


class PublicPages(ABC, Generic[State, View]):
    """The handlers of the public pages of a kind of matters.

    `State` is a matter as its records fold, `View` what everybody may see of it.
    """

    letter: ClassVar[str]
    """The first part of the addresses."""
    template: ClassVar[str]
    """Path of the template under `hub`; it has the matter as `view`."""
    unknown: ClassVar[str]
    """What a page says if no matter has its code."""

    def __init__(
        self,
        settings: TrackingSettings,
        reader: Reader,
        sealer: Sealer,
        bodies: Bodies,
        send_report: SendReport,
    ) -> None:
        self._reader, self._sealer, self._bodies = reader, sealer, bodies
        self._send, self._proxies = send_report, settings.proxies
        self._page_limit = parse(settings.project_limit)
        most = self._page_limit.amount * PICTURES_OF_PAGE
        self._picture_limit = type(self._page_limit)(most, self._page_limit.multiples)
        self._report_limit = parse(settings.project_report_limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._reads = PublicReads()
        self._photos = PhotoFolder(DataPaths(settings.data).photos)
        self._page = templates(Path(__file__).parents[1]).get_template(self.template)

    @abstractmethod
    def find(self, code: str) -> State | None:
        """Return the matter with this code; None if there is none. Blocks."""

    @abstractmethod
    def view_of(self, state: State, now: datetime) -> View:
        """Return what everybody may see of a matter. Blocks."""

    @abstractmethod
    def subject_of(self, state: State) -> Mapping[str, Any]:
        """Return the fields of a report that name the matter and its place."""

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        page = f"/{self.letter}/{{code}}"
        app.router.add_get(page, self._page_for(self._show))
        app.router.add_post(page, self._page_for(self._report))
        app.router.add_get(f"{page}/received/{{tracking}}", self._page_for(self._received))
        app.router.add_get(f"{page}/photos/{{name}}", self._page_for(self._photo))

    def _page_for(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler within the limit, whose errors are pages in Chinese."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                is_picture = "name" in request.match_info
                await self._check_limit(
                    request, self._picture_limit if is_picture else self._page_limit
                )
                response = await handler(request)
            except StoreAwayError:
                # Its message has the address of the store, which the public must not see.
                response = self._refusal(ProblemError(Problem.STORE_AWAY))
            except JournalFullError:
                response = self._refusal(ProblemError(Problem.JOURNAL_FULL))
            except ProblemError as error:
                response = self._refusal(error)
            except web.HTTPSeeOther as redirect:
                redirect.headers.update(HEADERS)
                raise
            response.headers.update(HEADERS)
            return response

        return handle

    def _refusal(self, error: ProblemError) -> web.Response:
        known = ERROR_TEXTS | {Problem.NOT_FOUND: self.unknown}
        text = known.get(error.problem) or error.detail or "请求有误，请返回重试"
        response = self._render(None, excuse=text, status=error.status)
        if error.retry_after:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    async def _show(self, request: web.Request) -> web.Response:
        state = await self._opened(request)
        return self._render(await self._viewed(request, state))

    async def _opened(self, request: web.Request) -> State:
        """Return the matter of the address; raises `ProblemError` or `StoreAwayError`."""
        code = read_code(request.match_info["code"])
        state = None
        if code:
            state = await self._reads.share(("state", code), partial(self.find, code))
        if state is None:
            raise ProblemError(Problem.NOT_FOUND)
        return state

    async def _viewed(self, request: web.Request, state: State) -> View:
        code = read_code(request.match_info["code"])
        read = partial(self.view_of, state, datetime.now(UTC))
        return await self._reads.share(("view", code), read)

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        """Return a picture that staff have marked as public."""
        state, name = await self._opened(request), request.match_info["name"]
        path = None
        if NAME.fullmatch(name) and name in _public_photos(state):
            path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND)
        return web.FileResponse(path, headers={"Content-Type": "image/jpeg"})

    async def _report(self, request: web.Request) -> web.Response:
        """Take a report about a matter, and lead to its tracking code."""
        state = await self._opened(request)
        content_type = request.headers.get("Content-Type", "")
        try:
            async with self._bodies.receive(request, most=LARGEST_FORM) as body:
                fields = dict(read_form(body, content_type, MOST_FIELDS).fields)
        except (FaultError, web.HTTPRequestEntityTooLarge):
            return await self._again(request, state, {}, "内容没有收到，请缩短文字后重新提交")
        values = {name: fields.get(name, "").strip() for name in ("text", "name", "phone")}
        fault = _fault(values)
        if fault:
            return await self._again(request, state, values, fault)
        await self._check_limit(request, self._report_limit)
        now = datetime.now(UTC)
        number = _draw_number(now)
        await self._send(_message(self.subject_of(state), values, number, now))
        tracking = code_of(self._sealer, Channel.MANUAL_ENTRY, number)
        code = read_code(request.match_info["code"])
        raise web.HTTPSeeOther(f"/{self.letter}/{code}/received/{tracking}")

    async def _received(self, request: web.Request) -> web.Response:
        """Show the tracking code of a report that was just taken."""
        state = await self._opened(request)
        tracking = normal_code(request.match_info["tracking"])
        if not tracking:
            raise ProblemError(Problem.NOT_FOUND)
        return self._render(await self._viewed(request, state), tracking=tracking)

    async def _again(
        self, request: web.Request, state: State, values: dict[str, str], fault: str
    ) -> web.Response:
        """Show the page with the form as it was sent, and why it was not taken."""
        view = await self._viewed(request, state)
        return self._render(view, values=values, fault=fault, status=HTTPStatus.BAD_REQUEST)

    async def _check_limit(self, request: web.Request, limit: RateLimitItem) -> None:
        client = f"{limit}/{address_of(request, self._proxies)}"
        if not await self._limiter.hit(limit, client):
            raise await too_many_requests(self._limiter, limit, client)

    def _render(
        self,
        view: View | None,
        *,
        values: dict[str, str] | None = None,
        fault: str = "",
        excuse: str = "",
        tracking: str = "",
        status: int = HTTPStatus.OK,
    ) -> web.Response:
        text = self._page.render(
            view=view,
            values={"text": "", "name": "", "phone": "", **(values or {})},
            fault=fault,
            excuse=excuse,
            tracking=tracking,
            longest=LONGEST_TEXT,
        )
        return web.Response(text=text, status=status, content_type="text/html")


def _public_photos(matter: Matter) -> set[str]:
    """Return the names of the pictures that staff have marked as public."""
    return {paper.photo for span in matter.spans for paper in span.papers if paper.is_public}


def _fault(values: dict[str, str]) -> str:
    """Return what is wrong with a report, in words; empty if it can be taken."""
    if len(values["text"]) < SHORTEST_TEXT:
        return "请写下您要反映的情况"
    if len(values["text"]) > LONGEST_TEXT:
        return f"内容最多{LONGEST_TEXT}字，现有{len(values['text'])}字"
    if max(len(values["name"]), len(values["phone"])) > LONGEST_LINE:
        return f"姓名和电话最多{LONGEST_LINE}字"
    return ""


def _draw_number(now: datetime) -> str:
    """Return the number of a report: the day, and 60 bits that are drawn."""
    drawn = "".join(choice(ALPHABET) for _ in range(12))
    return f"SM{now.astimezone(BEIJING):%Y%m%d}-{drawn}"


def _message(
    subject: Mapping[str, Any], values: Mapping[str, str], number: str, now: datetime
) -> bytes:
    """Return the message: the citizen's words, and what and where they are about."""
    message: dict[str, Any] = {
        "id": number,
        "way": BOARD_WAY,
        "at": now.isoformat(timespec="seconds"),
        "name": values["name"],
        "phone": values["phone"],
        "anonymous": not (values["name"] or values["phone"]),
        "text": values["text"],
        "title": title_of(values["text"]),
        **subject,
    }
    sent = {name: value for name, value in message.items() if value not in ("", None, False)}
    return json.dumps(sent, ensure_ascii=False).encode()
