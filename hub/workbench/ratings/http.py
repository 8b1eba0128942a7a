"""The pages of ratings 部门评价: `/work/ratings` to rate, `/work/department-ratings` the year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.ratings.rating import (
    ANSWERS,
    GRADE_NAMES,
    Rating,
    month_of,
    read_rating,
    read_task_rating,
)
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, whole_number
from hub.workbench.access import checked_form, local_path, staff_viewer
from hub.workbench.navigation import PageCount
from hub.workbench.page import Pages
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.ratings.desk import RATERS, RatingDesk, ToRate
from hub.workbench.services import Services
from schemas.cases.case import Case

LAST_YEAR = 9999
YEARS = "SELECT DISTINCT year FROM department_ratings ORDER BY year DESC LIMIT 20"
TABLE = """
SELECT unit, month, from_townships, in_time, solved, township_score, from_citizens,
       citizen_score, township_weight, score, note
FROM department_ratings WHERE year = {year:UInt16} AND {unit:String} IN ('', unit)
ORDER BY score DESC NULLS LAST, unit"""
LONGEST_ID = 40
NOT_HANDED = "这项任务没有下派给本单位，或者期限还没有到、评价期限已过，不能评价"
NOT_ASKED = "本单位没有就此件向这个部门吹哨或转办，或者事项还没有办结、评价期限已过，不能评价"


@dataclass(frozen=True, slots=True)
class Line:
    """One department in the table of a year; an empty cell is not shown."""

    name: str
    townships: str
    in_time: str
    solved: str
    township_score: str
    citizens: str
    citizen_score: str
    score: str
    note: str


class RatingsHttp:
    """The routes of ratings."""

    def __init__(
        self, services: Services, pages: Pages, desk: RatingDesk, counts: PageCounts
    ) -> None:
        self._services, self._pages = services, pages
        self._desk, self._counts = desk, counts
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/ratings", self._list)
        app.router.add_post("/work/ratings", self._rate)
        app.router.add_post("/work/ratings/task", self._rate_task)
        app.router.add_get("/work/department-ratings", self._table)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *RATERS)
        check_names(request, ())
        return await self._pages.answer(
            request,
            viewer,
            "ratings/to_rate.html",
            title="待评价",
            items=await self._desk.of_unit(viewer),
            answers=ANSWERS,
            grades=GRADE_NAMES,
        )

    async def _rate(self, request: web.Request) -> web.Response:
        """Keep a rating. The audit has that the member rated, and in which case, but not how."""
        viewer = staff_viewer(self._services.sessions, request, *RATERS)
        fields = await checked_form(request, viewer)
        case = await self._services.cases.opened(request, viewer, fields.get("case", ""))
        item = next(
            (
                item
                for item in await self._desk.of_case(viewer, case)
                if (str(item.occasion.seq), item.occasion.unit)
                == (fields.get("seq"), fields.get("unit"))
            ),
            None,
        )
        if item is None:
            raise await self._refused(request, viewer, case)
        rating = _rating_of(item, read_rating, fields)
        await self._services.audit.note(request, viewer, AuditAction.RATING, str(case.case_id))
        await self._desk.keep(viewer, item, rating)
        self._counts.forget(PageCount.RATINGS)
        raise web.HTTPSeeOther(local_path(fields.get("next", ""), "/work/ratings"))

    async def _rate_task(self, request: web.Request) -> web.Response:
        """Keep the rating of a task; the audit has that the member rated it, but not how."""
        viewer = staff_viewer(self._services.sessions, request, *RATERS)
        fields = await checked_form(request, viewer)
        task = fields.get("task", "")
        offered = await self._desk.of_tasks(viewer)
        item = next((each for each in offered if each.occasion.case_id == task), None)
        audit, detail = self._services.audit, f"task {task[:LONGEST_ID]}"
        if item is None:
            await audit.note(request, viewer, AuditAction.RATING_REFUSED, detail=detail)
            raise ProblemError(Problem.REFUSED, NOT_HANDED)
        rating = _rating_of(item, read_task_rating, fields)
        await audit.note(request, viewer, AuditAction.RATING, detail=detail)
        await self._desk.keep(viewer, item, rating)
        self._counts.forget(PageCount.RATINGS)
        raise web.HTTPSeeOther("/work/ratings")

    async def _refused(self, request: web.Request, viewer: Viewer, case: Case) -> ProblemError:
        what = AuditAction.RATING_REFUSED
        return await self._services.cases.refused(
            request, viewer, what, str(case.case_id), NOT_ASKED
        )

    async def _table(self, request: web.Request) -> web.Response:
        """Show the table of a year; a unit sees its own line."""
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("year",))
        years = [int(row["year"]) for row in await self._services.rows(YEARS)]
        newest = years[0] if years else month_of(datetime.now(UTC)) // 100
        year = whole_number(request, "year", most=LAST_YEAR) or newest
        own = viewer.unit if viewer.role is StaffRole.UNIT else ""
        rows = await self._services.rows(TABLE, {"year": year, "unit": own})
        if viewer.role is StaffRole.UNIT and not viewer.unit:
            rows = []
        return await self._pages.answer(
            request,
            viewer,
            "ratings/table.html",
            title="部门评价",
            year=year,
            years=years,
            lines=[self._line(row) for row in rows],
            until=_month(rows[0]["month"]) if rows else "",
            weight=_percent(rows[0]["township_weight"]) if rows else "",
        )

    def _line(self, row: Mapping[str, Any]) -> Line:
        return Line(
            name=self._units.get(row["unit"], row["unit"]),
            townships=_number(row["from_townships"]),
            in_time=_percent(row["in_time"]),
            solved=_percent(row["solved"]),
            township_score=_percent(row["township_score"]),
            citizens=_number(row["from_citizens"]),
            citizen_score=_percent(row["citizen_score"]),
            score=_percent(row["score"]),
            note=row["note"],
        )


def _rating_of(
    item: ToRate, read: Callable[[Mapping[str, str]], Rating], fields: Mapping[str, str]
) -> Rating:
    """Return the rating of a form; raises `ProblemError`: too late, or an answer is missing."""
    if item.is_final:
        raise ProblemError(Problem.REFUSED, "这次评价已经计入，不能再改")
    try:
        return read(fields)
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, str(error)) from error


def _number(value: float | None) -> str:
    return "" if value is None else str(value)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _month(month: int) -> str:
    return f"{month // 100}年{month % 100}月"
