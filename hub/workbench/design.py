"""The page of the components 界面规范: every component in every form, to look at after a change."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.page import Pages
from hub.workbench.services import Services

TOKENS = (
    ("ground", "底色"),
    ("card", "卡片"),
    ("ink", "正文"),
    ("soft", "次要文字"),
    ("line", "分隔线"),
    ("main", "主色"),
    ("red", "红"),
    ("yellow", "黄"),
    ("green", "绿"),
)
"""The colours of `tokens.css`, with their Chinese names."""


class DesignHttp:
    """The route `/work/design`."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/design", self._design)

    async def _design(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        now = datetime.now(UTC)
        return await self._pages.answer(
            request,
            viewer,
            "templates/design.html",
            title="界面规范",
            tokens=TOKENS,
            examples={"soon": now + timedelta(hours=3), "late": now - timedelta(days=2)},
        )
