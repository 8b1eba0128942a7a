"""Renders pages 页面渲染: the layout with viewer, CSRF token and navigation around a template.

A template extends `templates/layout.html` and fills its block `content`. A script asks for a part
of a page with the header `X-Region`: the handler may then leave out what other parts need
(`hub.workbench.access.wants`), and the script takes the elements with that `data-region`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.permissions import register_right
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.web.problem import Problem, ProblemError
from hub.web.templates import templates
from hub.workbench.bell import NoticeBell
from hub.workbench.navigation import OF_RIGHT, Entry, QueueEntries
from hub.workbench.pinyin import spelling
from hub.workbench.services import Services
from hub.workbench.wording import problem_text, time_left
from schemas.base import BEIJING

ROOT = Path(__file__).parent
ROLES = {
    StaffRole.CITY: "市级调度",
    StaffRole.TOWNSHIP: "乡镇（街道）",
    StaffRole.UNIT: "承办单位",
    StaffRole.AUDITOR: "审计",
    StaffRole.GRID_WORKER: "网格员",
}
"""Chinese names of the roles."""

log = structlog.get_logger()


class Pages:
    """Renders the pages of one application."""

    def __init__(self, services: Services, queues: QueueEntries, pages: QueueEntries) -> None:
        self._services, self._queues, self._pages = services, queues, pages
        self._bell = NoticeBell(services)
        self._templates = templates(ROOT)
        self._templates.filters["time_left"] = time_left
        self._templates.filters["pinyin"] = lambda name: " ".join(spelling(name))

    async def answer(
        self,
        request: web.Request,
        viewer: Viewer,
        template: str,
        *,
        title: str,
        status: int = 200,
        **values: Any,
    ) -> web.Response:
        """Return a page; `template` is a path under `hub/workbench`, `values` are its variables.

        The layout's own variables are `title`, `viewer`, `role`, `unit`, `queues`, `pages`,
        `unseen`, `path`, `address` and `now`.
        """
        unit = self._services.register.unit(viewer.unit)
        text = self._templates.get_template(template).render(
            title=title,
            viewer=viewer,
            role=ROLES[viewer.role] if viewer.role else "",
            unit=unit.name if unit else "",
            queues=await self._queues(viewer) if viewer.role else [],
            pages=[*await self._pages(viewer), *self._of_right(viewer)] if viewer.role else [],
            unseen=await self._bell.count(viewer),
            path=request.path,
            address=request.path_qs,
            now=datetime.now(UTC),
            **values,
        )
        headers = {"Cache-Control": "no-store"}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    def _of_right(self, viewer: Viewer) -> list[Entry]:
        today = datetime.now(UTC).astimezone(BEIJING).date()
        right = register_right(viewer, self._services.sessions.staff(), today)
        return [] if right is None else [OF_RIGHT]

    @property
    def problem_pages(self) -> Middleware:
        """Middleware that shows problems of pages in Chinese; an API keeps its problem+json.

        The address of a form leads to the page above it.
        """

        @web.middleware
        async def show(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except (ProblemError, ClickHouseError) as error:
                if not _shows_pages(request):
                    raise
                return await self._problem_page(request, error)
            except web.HTTPMethodNotAllowed:
                # A form came back at its own address, and the browser opens that address again.
                if request.method != "GET" or not _shows_pages(request):
                    raise
                raise web.HTTPSeeOther(request.rel_url.parent) from None

        return show

    async def _problem_page(
        self, request: web.Request, error: ProblemError | ClickHouseError
    ) -> web.Response:
        if isinstance(error, ClickHouseError):
            log.warning("store_query_failed", path=request.path, error=str(error))
            error = ProblemError(Problem.STORE_AWAY)
        viewer = self._services.sessions.viewer(request)
        text = problem_text(error.problem, error.detail)
        page = self._templates.get_template("templates/problem.html").render(
            title="未能完成", text=text, viewer=viewer, back=request.headers.get("Referer", "")
        )
        response = web.Response(text=page, status=error.status, content_type="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response


def _shows_pages(request: web.Request) -> bool:
    """Whether the client shows HTML: a browser that opens a page or sends a plain form."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
