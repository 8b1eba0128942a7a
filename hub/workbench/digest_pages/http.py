"""The handlers of the digest's pages: `/work/digest`, a day, its PDF, and the lists of a day."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from hub.accounts.permissions import scope_of
from hub.accounts.staff import StaffRole
from hub.digest.daily import daily
from hub.digest.document import Document
from hub.digest.forms.pdf import pdf
from hub.digest.pages import Pages as Addresses
from hub.digest.queries import Day
from hub.digest.shapes import outlines
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.digest_pages.query import FILTERS, LISTS, list_query
from hub.workbench.page import Pages
from hub.workbench.services import Services
from schemas.base import BEIJING
from schemas.cases.case import STATE_NAMES, State
from schemas.category import CATEGORIES

WHOLE_CITY = (StaffRole.CITY, StaffRole.AUDITOR)
"""A digest is about the whole county; others see the lists of what is theirs."""
LONGEST_FILTER = 100


class DigestHttp:
    """The pages behind the numbers of a digest."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._shapes = outlines(services.town.grids)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/digest", self._latest)
        app.router.add_get("/work/digest/{day}", self._day)
        app.router.add_get("/work/digest/{day}/paper", self._paper)
        app.router.add_get("/work/digest/{day}/{list}", self._list)

    async def _latest(self, request: web.Request) -> web.Response:
        staff_viewer(self._services.sessions, request, *WHOLE_CITY)
        yesterday = datetime.now(UTC).astimezone(BEIJING).date() - timedelta(days=1)
        raise web.HTTPSeeOther(f"/work/digest/{yesterday}")

    async def _day(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *WHOLE_CITY)
        day = parse_day(request)
        # Links of the page stay on the site, however it is reached.
        document = await asyncio.to_thread(self._compose, day, "/")
        return await self._pages.answer(
            request,
            viewer,
            "digest_pages/day.html",
            title=document.title,
            document=document,
            day=day.date,
            before=day.date - timedelta(days=1),
            after=day.date + timedelta(days=1) if day.over else None,
        )

    async def _paper(self, request: web.Request) -> web.Response:
        """Return the paper as PDF."""
        staff_viewer(self._services.sessions, request, *WHOLE_CITY)
        day = parse_day(request)
        base = self._services.settings.overview_url
        document = await asyncio.to_thread(self._compose, day, base)
        body = await asyncio.to_thread(pdf, document)
        headers = {
            "Content-Disposition": f'inline; filename="{document.name}.pdf"',
            "Cache-Control": "no-store",
        }
        return web.Response(body=body, content_type="application/pdf", headers=headers)

    def _compose(self, day: Day, base: str) -> Document:
        return daily(self._services.store.named, day, Addresses(base), self._shapes)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, FILTERS)
        day, asked = parse_day(request), LISTS.get(request.match_info["list"])
        if asked is None:
            raise ProblemError(Problem.NOT_FOUND, "研判中没有这个清单")
        filters = {name: request.query.get(name, "")[:LONGEST_FILTER] for name in FILTERS}
        scope = scope_of(viewer, self._services.register)
        sql, parameters = list_query(asked, scope, {**day.bounds, **filters})
        rows = await self._services.rows(sql, parameters)
        return await self._pages.answer(
            request,
            viewer,
            "digest_pages/list.html",
            title=asked.title,
            day=day.date,
            rows=[self._row(row) for row in rows],
            total=rows[0]["total"] if rows else 0,
            is_whole=viewer.role in WHOLE_CITY,
            chosen="、".join(filter(None, map(self._named, filters.values()))),
        )

    def _row(self, row: dict[str, object]) -> dict[str, object]:
        hidden = row["confidential"]
        return {
            "case_id": row["case_id"],
            "number": row["number"],
            "title": "保密事项" if hidden else row["title"] or "（无标题）",
            "place": "" if hidden else row["place_name"],
            "category": self._named(str(row["category"])) or "待研判",
            "unit": self._named(str(row["unit"])) or "未派单",
            "state": STATE_NAMES[State(str(row["state"]))],
            "reports": row["reports"],
            "due": str(row["due_at"] or "")[:16].replace("T", " "),
        }

    def _named(self, code: str) -> str:
        """Return the name of a unit, category, area or grid; other texts stay."""
        if code in CATEGORIES:
            return CATEGORIES[code].name
        areas = {area.code: area.name for area in self._services.town.areas}
        return self._units.get(code) or areas.get(code) or code


def parse_day(request: web.Request) -> Day:
    """Return the day of an address; raises `ProblemError` not_found if it is none, or to come."""
    now = datetime.now(UTC)
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError as error:
        raise ProblemError(Problem.NOT_FOUND, "日期应为2026-11-28的形式") from error
    if not date(2000, 1, 1) <= day <= now.astimezone(BEIJING).date():
        raise ProblemError(Problem.NOT_FOUND, "这一天还没有研判")
    return Day(day, now)
