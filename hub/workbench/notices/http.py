"""The list of notices 提醒清单: `/work/notices`."""

from dataclasses import dataclass

from aiohttp import web

from hub.notifications.notices.notice import AT_ONCE, KIND_NAMES, Notice, NoticeKind
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.bell import NoticeBell
from hub.workbench.page import Pages
from hub.workbench.services import Services
from schemas.base import BEIJING

RED = AT_ONCE | {
    *(NoticeKind.RED, NoticeKind.PROJECT_LATE, NoticeKind.TOPIC_LATE, NoticeKind.ITEM_LATE)
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What is shown of a notice."""

    kind: str
    colour: str
    title: str
    path: str
    at: str
    due: str
    units: str
    is_new: bool


class NoticesHttp:
    """The route of the list."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._bell = NoticeBell(services)
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/notices", self._list)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        newest = await self._bell.newest(viewer)
        rows = [self._row(notice, is_new) for notice, is_new in newest]
        return await self._pages.answer(
            request, viewer, "notices/notices.html", title="提醒", rows=rows
        )

    def _row(self, notice: Notice, is_new: bool) -> NoticeRow:
        due = notice.due_at
        return NoticeRow(
            kind=KIND_NAMES[notice.kind],
            colour="red" if notice.kind in RED else "yellow",
            title=notice.title or "（无标题）",
            path=notice.path,
            at=f"{notice.at.astimezone(BEIJING):%m-%d %H:%M}",
            due=f"{due.astimezone(BEIJING):%m-%d %H:%M}" if due else "",
            units="、".join(self._units.get(code, code) for code in notice.units),
            is_new=is_new,
        )
