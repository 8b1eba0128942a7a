"""The list of projects and the form of a new one 项目清单与登记: `/work/projects`."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import scope_of
from hub.accounts.session import Viewer
from hub.numbered.change import ChangeRefusedError
from hub.numbered.log import NotStoredError, OvertakenError
from hub.projects.changes import register
from hub.projects.code import project_code
from hub.projects.log import ProjectLog
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, whole_number
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.navigation import HANDLERS, PageCount
from hub.workbench.page import Pages
from hub.workbench.projects.fields import read_fields
from hub.workbench.projects.form import FIELDS, details_of, faults_of
from hub.workbench.projects.forms import read_day
from hub.workbench.projects.places import units_of, villages_of
from hub.workbench.projects.query import LISTS, PAGE, is_list, list_query
from hub.workbench.projects.view import project_row
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.projects.project import CLASS_NAMES, STAGE_NAMES, Stage

LAST_PAGE = 10_000


class ProjectsHttp:
    """The routes of the list and of the form."""

    def __init__(
        self, services: Services, pages: Pages, log: ProjectLog, counts: PageCounts
    ) -> None:
        self._services, self._pages = services, pages
        self._log, self._counts = log, counts
        self._areas = {area.code: area.name for area in services.town.areas}
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/projects", self._list)
        app.router.add_get("/work/projects/new", self._new)
        app.router.add_post("/work/projects/new", self._register)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("list", "class", "page"))
        name, project_class = request.query.get("list", "open"), request.query.get("class", "")
        if not is_list(name, project_class):
            raise ProblemError(Problem.BAD_REQUEST, "没有这个清单或类别")
        page = whole_number(request, "page", most=LAST_PAGE)
        scope = scope_of(viewer, self._services.register)
        rows = await self._services.rows(*list_query(scope, name, project_class, page))
        total = int(rows[0]["total"]) if rows else 0
        more = (page + 1) * PAGE < total
        return await self._pages.answer(
            request,
            viewer,
            "projects/list.html",
            title="村居项目",
            rows=[project_row(row, self._areas, self._units) for row in rows],
            total=total,
            lists={key: label for key, (label, _) in LISTS.items()},
            chosen=name,
            classes=CLASS_NAMES,
            chosen_class=project_class,
            following=_address(name, project_class, page + 1) if more else "",
            first=_address(name, project_class, 0) if page else "",
            may_register=viewer.role in HANDLERS,
        )

    async def _new(self, request: web.Request) -> web.Response:
        viewer = self._handler(request)
        check_names(request, ())
        empty = dict.fromkeys(FIELDS, "") | {"stage": Stage.PROPOSED.value}
        return await self._form(request, viewer, empty, {})

    async def _register(self, request: web.Request) -> web.Response:
        """Register a project; the form comes back with its values if something is wrong."""
        viewer = self._handler(request)
        values = read_fields(await checked_form(request, viewer), FIELDS)
        town, town_register = self._services.town, self._services.register
        faults = faults_of(
            values, villages_of(viewer, town, town_register), units_of(viewer, town, town_register)
        )
        if faults:
            return await self._form(request, viewer, values, faults, status=400)
        details = details_of(values)
        code = project_code(details.division_code, details.number)
        if await asyncio.to_thread(self._log.find, code) is not None:
            faults = {"number": f"这个村已登记过编号{details.number}的项目"}
            return await self._form(request, viewer, values, faults, status=409)
        try:
            record = register(
                details,
                viewer.name,
                datetime.now(UTC),
                stage=Stage(values["stage"]),
                due=read_day(values["due"]),
                contractor=values["contractor"],
            )
            await self._services.audit.note(
                request, viewer, AuditAction.PROJECT, detail=f"registered {code}"
            )
            await asyncio.to_thread(self._log.append, record)
            self._counts.forget(PageCount.PROJECTS)
        except (ChangeRefusedError, OvertakenError) as error:
            return await self._form(request, viewer, values, {"": str(error)}, status=409)
        except NotStoredError as error:
            return await self._form(request, viewer, values, {"": str(error)}, status=503)
        raise web.HTTPSeeOther(f"/work/projects/{code}")

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
            "projects/new.html",
            title="登记村居项目",
            status=status,
            values=values,
            faults={**dict.fromkeys(("", *FIELDS), ""), **faults},
            fault_count=len(faults),
            classes=CLASS_NAMES,
            stages=STAGE_NAMES,
            villages=villages_of(viewer, town, town_register),
            units=units_of(viewer, town, town_register),
        )

    def _handler(self, request: web.Request) -> Viewer:
        return staff_viewer(self._services.sessions, request, *HANDLERS)


def _address(name: str, project_class: str, page: int) -> str:
    return f"/work/projects?list={name}&class={project_class}&page={page}"
