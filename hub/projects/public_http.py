"""The public page of a project 项目公示页: `/p/CODE` of the intake, without login.

It shows the project, its pictures, and a form by which a citizen reports about it. A report is a
message of the channel `manual_entry`: it is in the journal before its sender gets a tracking code.
Requests and reports are limited by address.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import choice
from typing import Any

from aiohttp import web
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.contract import FaultError
from connectors.formats.form_body import read_form
from connectors.manual_entry import BOARD_WAY
from hub.attachments.photos import NAME, PhotoFolder
from hub.journal.journal import JournalFullError
from hub.projects.code import read_code, shown_code
from hub.projects.log import find_project
from hub.projects.public import PublicProject, find_public
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
from schemas.projects.fold import Project
from schemas.wording import title_of

LARGEST_FORM = 32 * 1024
MOST_FIELDS = 10
LONGEST_TEXT, LONGEST_LINE = 1000, 50
SHORTEST_TEXT = 4
PICTURES_OF_PAGE = 10
"""So many pictures may be asked for with each page: a page has some of each stage, and the people at
a meeting of the village share one address."""
HEADERS = PRIVATE_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:;"
    " style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}
ERROR_TEXTS = {
    Problem.NOT_FOUND: "没有这个项目，请核对公示牌上的项目码",
    Problem.TOO_OFTEN: "访问过于频繁，请稍后再试",
    Problem.BUSY: "现在访问的人太多，请稍后再试",
    Problem.STORE_AWAY: "系统暂时不可用，请稍后再试",
    Problem.JOURNAL_FULL: "系统暂时不能接收，请稍后再试或拨打12345",
}

SendReport = Callable[[bytes], Awaitable[Any]]
"""Makes a message of the channel `manual_entry` durable; raises the journal's error."""


class ProjectPages:
    """The handlers of the public pages."""

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
        self._page = templates(Path(__file__).parents[1]).get_template("projects/project.html")

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        app.router.add_get("/p/{code}", self._page_for(self._show))
        app.router.add_post("/p/{code}", self._page_for(self._report))
        app.router.add_get("/p/{code}/received/{tracking}", self._page_for(self._received))
        app.router.add_get("/p/{code}/photos/{name}", self._page_for(self._photo))

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
        text = ERROR_TEXTS.get(error.problem) or error.detail or "请求有误，请返回重试"
        response = self._render(None, excuse=text, status=error.status)
        if error.retry_after:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    async def _show(self, request: web.Request) -> web.Response:
        return self._render(await self._opened(request))

    async def _opened(self, request: web.Request) -> PublicProject:
        """Return the project of the address; raises `ProblemError` or `StoreAwayError`."""
        code, now = read_code(request.match_info["code"]), datetime.now(UTC)
        project = None
        if code:
            read = partial(find_public, self._reader.rows, code, now)
            project = await self._reads.share(("page", code), read)
        if project is None:
            raise ProblemError(Problem.NOT_FOUND)
        return project

    async def _stored(self, request: web.Request) -> Project:
        """Return the records of the address as a project; raises as `_opened`."""
        code = read_code(request.match_info["code"])
        project = None
        if code:
            read = partial(find_project, self._reader.rows, code)
            project = await self._reads.share(("records", code), read)
        if project is None:
            raise ProblemError(Problem.NOT_FOUND)
        return project

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        """Return a picture that staff have marked as public."""
        project, name = await self._stored(request), request.match_info["name"]
        path = None
        if NAME.fullmatch(name) and name in _public_photos(project):
            path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND)
        return web.FileResponse(path, headers={"Content-Type": "image/jpeg"})

    async def _report(self, request: web.Request) -> web.Response:
        """Take a report about a project, and lead to its tracking code."""
        project = await self._stored(request)
        content_type = request.headers.get("Content-Type", "")
        try:
            async with self._bodies.receive(request, most=LARGEST_FORM) as body:
                fields = dict(read_form(body, content_type, MOST_FIELDS).fields)
        except (FaultError, web.HTTPRequestEntityTooLarge):
            return await self._again(request, {}, "内容没有收到，请缩短文字后重新提交")
        values = {name: fields.get(name, "").strip() for name in ("text", "name", "phone")}
        fault = _fault(values)
        if fault:
            return await self._again(request, values, fault)
        await self._check_limit(request, self._report_limit)
        now = datetime.now(UTC)
        number = _draw_number(now)
        await self._send(_message(project, values, number, now))
        tracking = code_of(self._sealer, Channel.MANUAL_ENTRY, number)
        raise web.HTTPSeeOther(f"/p/{project.code}/received/{tracking}")

    async def _received(self, request: web.Request) -> web.Response:
        """Show the tracking code of a report that was just taken."""
        project = await self._opened(request)
        tracking = normal_code(request.match_info["tracking"])
        if not tracking:
            raise ProblemError(Problem.NOT_FOUND)
        return self._render(project, tracking=tracking)

    async def _again(
        self, request: web.Request, values: dict[str, str], fault: str
    ) -> web.Response:
        """Show the page with the form as it was sent, and why it was not taken."""
        project = await self._opened(request)
        return self._render(project, values=values, fault=fault, status=HTTPStatus.BAD_REQUEST)

    async def _check_limit(self, request: web.Request, limit: RateLimitItem) -> None:
        client = f"{limit}/{address_of(request, self._proxies)}"
        if not await self._limiter.hit(limit, client):
            raise await too_many_requests(self._limiter, limit, client)

    def _render(
        self,
        project: PublicProject | None,
        *,
        values: dict[str, str] | None = None,
        fault: str = "",
        excuse: str = "",
        tracking: str = "",
        status: int = HTTPStatus.OK,
    ) -> web.Response:
        text = self._page.render(
            project=project,
            shown_code=shown_code(project.code) if project else "",
            values={"text": "", "name": "", "phone": "", **(values or {})},
            fault=fault,
            excuse=excuse,
            tracking=tracking,
            longest=LONGEST_TEXT,
        )
        return web.Response(text=text, status=status, content_type="text/html")


def _public_photos(project: Project) -> set[str]:
    return {paper.photo for span in project.spans for paper in span.papers if paper.is_public}


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


def _message(project: Project, values: dict[str, str], number: str, now: datetime) -> bytes:
    """Return the message: the citizen's words, and the place of the project."""
    details = project.details
    message: dict[str, Any] = {
        "id": number,
        "way": BOARD_WAY,
        "at": now.isoformat(timespec="seconds"),
        "name": values["name"],
        "phone": values["phone"],
        "anonymous": not (values["name"] or values["phone"]),
        "text": values["text"],
        "title": title_of(values["text"]),
        "object": details.name,
        "project": project.code,
        "place": details.place,
        "divisionCode": details.division_code,
        "gridCode": details.grid_code,
        "lon": details.lon,
        "lat": details.lat,
    }
    sent = {name: value for name, value in message.items() if value not in ("", None, False)}
    return json.dumps(sent, ensure_ascii=False).encode()
