"""The page 减负: `/work/burdens`, the registration of a task, and the decision of the county."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.store.staff_rows.tasks import (
    ADMITTED_IN_YEAR,
    BY_ID,
    COLUMNS,
    audit_line,
    counted_with,
    row_of,
    task_of,
)
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.burdens.form import (
    Filled,
    empty_form,
    read_decision,
    read_request,
    receivers_for,
)
from hub.workbench.burdens.query import (
    CERTIFICATES,
    MONTHS,
    OF_MONTH,
    WAITING,
    tasks_query,
)
from hub.workbench.burdens.view import (
    certificate_row,
    load_row,
    months_shown,
    task_row,
    weights_shown,
)
from hub.workbench.navigation import PageCount
from hub.workbench.page import Pages
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.base import BEIJING
from schemas.town.lists import TASK_NAMES
from schemas.town.task import RECEIVING, Task, TaskRequest
from streams.town.admission import decided_task, departments, new_task
from streams.town.register import TIER_NAMES

READERS = (StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR)
REGISTERING = (StaffRole.CITY, StaffRole.TOWNSHIP)
"""Who registers tasks: the county, and those who receive them."""
PAGE = "/work/burdens"
FIRST_MONTH = date(2000, 1, 1)


class BurdensHttp:
    """The routes of the page."""

    def __init__(self, services: Services, pages: Pages, counts: PageCounts) -> None:
        self._services, self._pages, self._counts = services, pages, counts
        self._registering = asyncio.Lock()
        """One registration at a time: each counts against the limit that the next one sees."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(PAGE, self._show)
        app.router.add_post(PAGE, self._register)
        app.router.add_post(f"{PAGE}/decide", self._decide)

    async def _show(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *READERS)
        check_names(request, ("month", "task"))
        month = parse_month(request.query.get("month", ""), _today())
        task = request.query.get("task", "")
        return await self._answer(request, viewer, month, empty_form(_today()), named=task)

    async def _register(self, request: web.Request) -> web.Response:
        """Check a task against the list and store it; a task that is there already stays."""
        viewer = staff_viewer(self._services.sessions, request, *REGISTERING)
        fields = await checked_form(request, viewer)
        register, area = self._services.register, self._area(viewer)
        filled = read_request(dict(fields), register, area, _today())
        if filled.request is None:
            month = _today().replace(day=1)
            return await self._answer(request, viewer, month, filled, status=400)
        wanted = filled.request
        async with self._registering:
            known = await self._services.rows(BY_ID, {"id": str(wanted.task_id)})
            if not known:
                await self._store_new(request, viewer, wanted)
        query = {"month": f"{wanted.handed_on:%Y-%m}", "task": str(wanted.task_id)}
        raise web.HTTPSeeOther(f"{PAGE}?{urlencode(query)}")

    async def _store_new(self, request: web.Request, viewer: Viewer, wanted: TaskRequest) -> None:
        services, now = self._services, datetime.now(UTC)
        counted = await services.rows(ADMITTED_IN_YEAR, counted_with(wanted))
        admitted = int(counted[0]["admitted"])
        task = new_task(wanted, services.register, admitted, viewer.name, now)
        await self._store(request, viewer, task, now)

    async def _decide(self, request: web.Request) -> web.Response:
        """Store the decision of the county about a task that waits for it."""
        viewer = staff_viewer(self._services.sessions, request, StaffRole.CITY)
        fields = await checked_form(request, viewer)
        ruling, reason, fault = read_decision(dict(fields))
        if ruling is None or fault:
            raise ProblemError(Problem.BAD_REQUEST, fault)
        async with self._registering:
            task, now = await self._known(fields.get("task", "")), datetime.now(UTC)
            try:
                decided = decided_task(task, ruling, reason, viewer.name, now)
            except ValueError as error:
                raise ProblemError(Problem.BAD_REQUEST, str(error)) from error
            await self._store(request, viewer, decided, now)
        month = f"{task.request.handed_on:%Y-%m}"
        raise web.HTTPSeeOther(f"{PAGE}?{urlencode({'month': month, 'task': str(task.task_id)})}")

    async def _known(self, task_id: str) -> Task:
        """Return a task that is registered; raises `ProblemError`."""
        try:
            known = await self._services.rows(BY_ID, {"id": str(UUID(task_id))})
        except ValueError as error:
            raise ProblemError(Problem.BAD_REQUEST, "任务编号有误，请重新打开页面") from error
        if not known:
            raise ProblemError(Problem.NOT_FOUND, "没有这项任务")
        return task_of(known[0])

    async def _store(self, request: web.Request, viewer: Viewer, task: Task, now: datetime) -> None:
        """Note the task in the audit, and store it."""
        detail = audit_line(task)
        await self._services.audit.note(request, viewer, AuditAction.TASK, detail=detail)
        row = row_of(task, now)
        await asyncio.to_thread(self._services.store.insert, "tasks", COLUMNS, [row])
        self._counts.forget(PageCount.BURDENS)

    def _area(self, viewer: Viewer) -> str:
        """Return the area of the viewer's township; empty for the whole county."""
        if viewer.role is not StaffRole.TOWNSHIP:
            return ""
        unit = self._services.register.unit(viewer.unit)
        if unit is None:
            raise ProblemError(Problem.NOT_YOURS, "您的单位不在单位台账中，请联系管理员")
        return unit.area

    async def _answer(
        self,
        request: web.Request,
        viewer: Viewer,
        month: date,
        filled: Filled,
        *,
        named: str = "",
        status: int = 200,
    ) -> web.Response:
        services, area = self._services, self._area(viewer)
        register, is_whole = services.register, viewer.role is not StaffRole.TOWNSHIP
        bounds = {"month": month.isoformat()}
        own = None if is_whole else [unit.code for unit in receivers_for(register, area)]
        tasks = await services.rows(*tasks_query(month.isoformat(), own))
        waiting = await services.rows(WAITING) if is_whole else []
        certificates = await services.rows(CERTIFICATES, bounds) if is_whole else []
        months = months_shown(await services.rows(MONTHS))
        values: dict[str, Any] = {
            "months": months,
            "loads": [load_row(row) for row in await services.rows(OF_MONTH, bounds)],
            "tasks": [task_row(task_of(row), register) for row in tasks],
            "waiting": [task_row(task_of(row), register) for row in waiting],
            "certificates": [certificate_row(row) for row in certificates],
        }
        return await self._pages.answer(
            request,
            viewer,
            "burdens/burdens.html",
            title="减负",
            status=status,
            month=f"{month:%Y-%m}",
            named=named,
            filled=filled,
            is_whole=is_whole,
            may_register=viewer.role in REGISTERING,
            may_decide=viewer.role is StaffRole.CITY,
            departments={unit.code: unit.name for unit in departments(register)},
            kinds=TASK_NAMES,
            tiers={str(tier): TIER_NAMES[tier] for tier in RECEIVING},
            receivers={unit.code: unit.name for unit in receivers_for(register, area)},
            weights=weights_shown(),
            **values,
        )


def parse_month(text: str, today: date) -> date:
    """Return the first day of a month such as 2026-11; that of `today` for an empty text.

    Raises `ProblemError`: bad_request for another text, not_found for a month to come.
    """
    try:
        month = date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, "月份写成2026-11的形式") from error
    if not FIRST_MONTH <= month <= today:
        raise ProblemError(Problem.NOT_FOUND, "这个月没有任务")
    return month


def _today() -> date:
    return datetime.now(UTC).astimezone(BEIJING).date()
