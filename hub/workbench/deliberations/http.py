"""The list of deliberations and the form of a topic 议事清单: `/work/deliberations`."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_text, scope_of
from hub.accounts.session import Viewer
from hub.deliberations.changes import register
from hub.deliberations.code import deliberation_code, plain_title
from hub.deliberations.log import DeliberationLog
from hub.numbered.change import ChangeRefusedError
from hub.numbered.code import read_code
from hub.numbered.log import NotStoredError, OvertakenError
from hub.projects.log import ProjectLog
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, whole_number
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.deliberations.form import (
    FIELDS,
    details_of,
    faults_of,
    fields_of_case,
)
from hub.workbench.deliberations.query import (
    COUNTED,
    LISTS,
    OF_CASE,
    OPEN_OF_VILLAGE,
    PAGE,
    counts_query,
    list_query,
)
from hub.workbench.deliberations.view import deliberation_row
from hub.workbench.navigation import HANDLERS, PageCount
from hub.workbench.page import Pages
from hub.workbench.projects.fields import read_fields
from hub.workbench.projects.forms import read_day
from hub.workbench.projects.places import units_of, villages_of
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.cases.case import Case
from schemas.deliberation.fold import DeliberationState

HOME = "/work/deliberations"
LAST_PAGE = 10_000


class DeliberationsHttp:
    """The routes of the list and of the form."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        log: DeliberationLog,
        projects: ProjectLog,
        counts: PageCounts,
    ) -> None:
        self._services, self._pages, self._counts = services, pages, counts
        self._log, self._projects = log, projects
        self._registering = asyncio.Lock()
        """One registration at a time: the next one sees what is on the agenda by then."""
        self._areas = {area.code: area.name for area in services.town.areas}
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(HOME, self._list)
        app.router.add_get(f"{HOME}/new", self._new)
        app.router.add_post(f"{HOME}/new", self._register)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("list", "page"))
        name = request.query.get("list", "open")
        if name not in LISTS:
            raise ProblemError(Problem.BAD_REQUEST, "没有这个清单")
        page = whole_number(request, "page", most=LAST_PAGE)
        scope = scope_of(viewer, self._services.register)
        rows = await self._services.rows(*list_query(scope, name, page))
        (counts,) = await self._services.rows(*counts_query(scope))
        total = int(rows[0]["total"]) if rows else 0
        more = (page + 1) * PAGE < total
        return await self._pages.answer(
            request,
            viewer,
            "deliberations/list.html",
            title="议事",
            rows=[deliberation_row(row, self._areas, self._units) for row in rows],
            total=total,
            lists={key: label for key, (label, _) in LISTS.items()},
            counts=[(key, LISTS[key][0], int(counts[key])) for key in COUNTED],
            chosen=name,
            following=f"{HOME}?list={name}&page={page + 1}" if more else "",
            first=f"{HOME}?list={name}" if page else "",
            may_register=viewer.role in HANDLERS,
        )

    async def _new(self, request: web.Request) -> web.Response:
        """Show the form; with `case` it has the title and the place of that case."""
        viewer = self._handler(request)
        check_names(request, ("case",))
        values = dict.fromkeys(FIELDS, "")
        if named := request.query.get("case", ""):
            case = await self._case(request, viewer, named)
            village = {u.area: u.code for u in self._services.town.units if u.tier != "grid"}
            values = fields_of_case(case, village.get(case.division_code, ""))
        return await self._form(request, viewer, values, {})

    async def _case(self, request: web.Request, viewer: Viewer, named: str) -> Case:
        """Return a case that may be put on the agenda; raises `ProblemError`."""
        case = await self._services.cases.opened(request, viewer, named)
        if case.confidential or not may_read_text(viewer, case):
            raise ProblemError(Problem.NOT_YOURS, "保密事项不能列入议事，议事的内容都公开")
        if case.merged_into is not None:
            raise ProblemError(Problem.BAD_REQUEST, "本件已并入另一件，请在那一件列入议事")
        return case

    async def _register(self, request: web.Request) -> web.Response:
        """Put a topic on the agenda; the form comes back if something is wrong."""
        viewer = self._handler(request)
        values = read_fields(await checked_form(request, viewer), FIELDS)
        town, town_register = self._services.town, self._services.register
        faults = faults_of(
            values, villages_of(viewer, town, town_register), units_of(viewer, town, town_register)
        )
        cases: tuple[UUID, ...] = ()
        if values["case"]:
            cases = ((await self._case(request, viewer, values["case"])).case_id,)
        project = read_code(values["project"])
        faults |= await self._fault_of_project(values["project"], project)
        if faults:
            return await self._form(request, viewer, values, faults, status=400)
        case_id = str(cases[0]) if cases else ""
        try:
            async with self._registering:
                if faults := await self._repeats(values, case_id):
                    return await self._form(request, viewer, values, faults, status=409)
                record = register(
                    details_of(values, cases, project),
                    viewer.name,
                    datetime.now(UTC),
                    due=read_day(values["due"]),
                )
                about = AuditAction.DELIBERATION, case_id, f"registered {record.code}"
                await self._services.audit.note(request, viewer, *about)
                await asyncio.to_thread(self._log.append, record)
        except (ChangeRefusedError, OvertakenError) as error:
            return await self._form(request, viewer, values, {"": str(error)}, status=409)
        except NotStoredError as error:
            return await self._form(request, viewer, values, {"": str(error)}, status=503)
        self._counts.forget(PageCount.DELIBERATIONS)
        raise web.HTTPSeeOther(f"{HOME}/{record.code}")

    async def _fault_of_project(self, typed: str, code: str) -> dict[str, str]:
        """Return what is wrong with a project code as it was typed; the public page links to it."""
        if typed and not code:
            return {"project": "项目码是十位字母和数字，见公示牌"}
        if code and await asyncio.to_thread(self._projects.find, code) is None:
            return {"project": f"没有项目{typed[:30]}，请先登记村居项目，再填写它的项目码"}
        return {}

    async def _repeats(self, values: Mapping[str, str], case_id: str) -> dict[str, str]:
        """Return what is on the agenda already: the number, the case, or the same title."""
        code = deliberation_code(values["division_code"], values["number"])
        if await asyncio.to_thread(self._log.find, code) is not None:
            return {"number": f"这个村已登记过编号{values['number']}的议题"}
        if case_id:
            for row in await self._services.rows(OF_CASE, {"id": case_id}):
                if row["state"] == DeliberationState.OPEN:
                    return {"": f"本事项已列入议事“{row['title']}”，还没有结束，不必重复列入"}
        asked = {"division": values["division_code"]}
        for row in await self._services.rows(OPEN_OF_VILLAGE, asked):
            if plain_title(row["title"]) == plain_title(values["title"]):
                detail = f"这个村正在议“{row['title']}”（{row['code']}），请在那里关联事项"
                return {"title": detail}
        return {}

    async def _form(
        self,
        request: web.Request,
        viewer: Viewer,
        values: Mapping[str, str],
        faults: Mapping[str, str],
        *,
        status: int = 200,
    ) -> web.Response:
        town, town_register = self._services.town, self._services.register
        return await self._pages.answer(
            request,
            viewer,
            "deliberations/new.html",
            title="列入议事",
            status=status,
            values=values,
            faults={**dict.fromkeys(("", *FIELDS), ""), **faults},
            fault_count=len(faults),
            villages=villages_of(viewer, town, town_register),
            units=units_of(viewer, town, town_register),
        )

    def _handler(self, request: web.Request) -> Viewer:
        return staff_viewer(self._services.sessions, request, *HANDLERS)
