"""The page of a project 项目页: `/work/projects/{code}`, its changes, pictures and board."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.session import Viewer
from hub.attachments.photos import PhotoFolder
from hub.numbered.change import Change, ChangeRefusedError
from hub.numbered.code import read_code, shown_code
from hub.numbered.log import NotStoredError, OvertakenError
from hub.projects.changes import add_evidence, add_money, cancel_money, finish_stage, stop
from hub.projects.code import page_of
from hub.projects.log import ProjectLog
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import Form, checked_form, staff_viewer
from hub.workbench.navigation import HANDLERS
from hub.workbench.page import Pages
from hub.workbench.projects.board import board_pdf
from hub.workbench.projects.forms import (
    Fields,
    PictureForms,
    Refused,
    change_of,
    day_of_form,
    note_of,
    number_of,
)
from hub.workbench.projects.places import may_change, may_see
from hub.workbench.projects.query import reports_query
from hub.workbench.projects.view import project_view
from hub.workbench.services import Services
from schemas.projects.fold import Project
from schemas.projects.money import SOURCE_NAMES, MoneySource
from schemas.projects.project import Stage, stage_after
from schemas.projects.record import ProjectRecord


class ProjectHttp:
    """The routes of the page of a project."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        log: ProjectLog,
        photos: PhotoFolder,
        deliberations_of: Callable[[str], Awaitable[Sequence[Any]]],
    ) -> None:
        self._services, self._pages, self._log, self._photos = services, pages, log, photos
        self._areas = {area.code: area.name for area in services.town.areas}
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._forms, self._deliberations_of = PictureForms(photos), deliberations_of

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/projects/{project}", self._show)
        app.router.add_post("/work/projects/{project}/stage", self._stage)
        app.router.add_post("/work/projects/{project}/money", self._money)
        app.router.add_post("/work/projects/{project}/cancel", self._cancel)
        app.router.add_post("/work/projects/{project}/stop", self._stop)
        app.router.add_get("/work/projects/{project}/photos/{name}", self._photo)
        app.router.add_get("/work/projects/{project}/board.pdf", self._board)

    async def _show(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        return await self._page(request, viewer, await self._opened(request, viewer), Refused())

    async def _opened(self, request: web.Request, viewer: Viewer) -> Project:
        """Return the project of the address, if the viewer may see it; raises `ProblemError`."""
        code = read_code(request.match_info["project"])
        project = await asyncio.to_thread(self._log.find, code) if code else None
        if project is None or not may_see(viewer, project.details, self._services.register):
            raise ProblemError(Problem.NOT_FOUND, "没有这个项目，或不在您的范围内")
        return project

    async def _changed(self, request: web.Request, viewer: Viewer) -> Project:
        project = await self._opened(request, viewer)
        if not may_change(viewer, project.details, self._services.register):
            raise ProblemError(Problem.NOT_YOURS, "本项目不由您登记")
        return project

    async def _page(
        self,
        request: web.Request,
        viewer: Viewer,
        project: Project,
        refused: Refused,
        status: int = 200,
    ) -> web.Response:
        reports = await self._services.rows(reports_query("project"), {"code": project.code})
        now = datetime.now(UTC)
        return await self._pages.answer(
            request,
            viewer,
            "projects/project.html",
            title=project.details.name,
            status=status,
            view=project_view(project, self._areas, self._units, reports, now),
            refused=refused,
            deliberations=await self._deliberations_of(project.code),
            sources=SOURCE_NAMES,
            may_change=may_change(viewer, project.details, self._services.register),
            public_page=page_of(self._services.settings.public_url, project.code),
        )

    async def _stage(self, request: web.Request) -> web.Response:
        """Finish the present stage, or add papers to it, with up to six pictures."""
        viewer = self._handler(request)
        project = await self._changed(request, viewer)
        form = await self._forms.read(request, viewer, "stage")
        if form.problem:
            return await self._page(request, viewer, project, form, 400)
        return await self._append(
            request, viewer, project, form, lambda change: _stage_record(project, change, form)
        )

    async def _asked(self, request: web.Request) -> tuple[Viewer, Form, Project]:
        """Return who sent the form, its fields, and the project that it changes."""
        viewer = self._handler(request)
        fields = await checked_form(request, viewer)
        return viewer, fields, await self._changed(request, viewer)

    async def _money(self, request: web.Request) -> web.Response:
        """Write down an amount that was received."""
        viewer, fields, project = await self._asked(request)
        return await self._append(
            request,
            viewer,
            project,
            Refused("money", "", fields),
            lambda change: _money_record(project, change, fields),
        )

    async def _cancel(self, request: web.Request) -> web.Response:
        """Take back an amount that was written down by mistake."""
        viewer, fields, project = await self._asked(request)
        seq = number_of(fields, "amount_of")
        return await self._append(
            request,
            viewer,
            project,
            Refused("cancel", "", fields),
            lambda change: cancel_money(project, change, seq, note_of(fields, "reason")),
        )

    async def _stop(self, request: web.Request) -> web.Response:
        """End a project that is not carried out."""
        viewer, fields, project = await self._asked(request)
        return await self._append(
            request,
            viewer,
            project,
            Refused("stop", "", fields),
            lambda change: stop(project, change, note_of(fields, "reason")),
        )

    async def _append(
        self,
        request: web.Request,
        viewer: Viewer,
        project: Project,
        form: Refused,
        record_of: Callable[[Change], ProjectRecord],
    ) -> web.Response:
        """Append the record of a form and show the project; or the page again with the reason."""
        try:
            record = record_of(change_of(viewer, form.fields))
            detail = f"{record.kind} {record.code}"
            await self._services.audit.note(request, viewer, AuditAction.PROJECT, detail=detail)
            await asyncio.to_thread(self._log.append, record)
        except (ChangeRefusedError, OvertakenError, NotStoredError) as error:
            status = 503 if isinstance(error, NotStoredError) else 409
            latest = await self._opened(request, viewer)
            return await self._page(request, viewer, latest, form.because(str(error)), status)
        raise web.HTTPSeeOther(f"/work/projects/{project.code}")

    async def _photo(self, request: web.Request) -> web.FileResponse:
        """Return a picture of a project; it may show people, so each look is audited."""
        viewer = staff_viewer(self._services.sessions, request)
        project = await self._opened(request, viewer)
        name = request.match_info["name"]
        path = None
        if any(name == paper.photo for span in project.spans for paper in span.papers):
            path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND, "本项目没有这张照片")
        detail = f"photo {name} of project {project.code}"
        await self._services.audit.note(request, viewer, AuditAction.EXPORT, detail=detail)
        headers = {"Content-Type": "image/jpeg", "Cache-Control": "no-store"}
        return web.FileResponse(path, headers=headers)

    async def _board(self, request: web.Request) -> web.Response:
        """Return the sheet for the board; without a public address there is nothing to scan."""
        viewer = staff_viewer(self._services.sessions, request)
        project = await self._opened(request, viewer)
        address = page_of(self._services.settings.public_url, project.code)
        if not address:
            detail = "还没有设置群众访问的网址，请管理员设置后再打印"
            raise ProblemError(Problem.BAD_REQUEST, detail)
        details = project.details
        lines = [
            ("村（社区）", self._areas.get(details.division_code, details.division_code)),
            ("内容", details.summary),
            ("责任单位", self._units.get(details.unit, details.unit)),
            ("施工方", project.contractor),
        ]
        code = shown_code(project.code)
        body = await asyncio.to_thread(board_pdf, details.name, code, address, lines)
        headers = {
            "Content-Disposition": f'inline; filename="board-{project.code}.pdf"',
            "Cache-Control": "no-store",
        }
        return web.Response(body=body, content_type="application/pdf", headers=headers)

    def _handler(self, request: web.Request) -> Viewer:
        return staff_viewer(self._services.sessions, request, *HANDLERS)


def _stage_record(project: Project, change: Change, form: Refused) -> ProjectRecord:
    fields = form.fields
    note = note_of(fields, "note")
    if fields.get("action") == "evidence":
        return add_evidence(project, change, form.papers, note)
    return finish_stage(
        project,
        change,
        due=day_of_form(fields, "due", "期限"),
        note=note,
        papers=form.papers,
        contractor=note_of(fields, "contractor"),
        contractor_is_person=bool(fields.get("contractor_is_person")),
        to=_expected(project, fields.get("to", "")),
    )


def _expected(project: Project, name: str) -> Stage | None:
    """Return the stage that the page has offered; None if it offered the end."""
    if name not in set(Stage):
        return stage_after(project.present.stage)
    return Stage(name)


def _money_record(project: Project, change: Change, fields: Fields) -> ProjectRecord:
    source = fields.get("source", "")
    if source not in set(MoneySource):
        raise ChangeRefusedError("请选择资金来源")
    return add_money(
        project,
        change,
        MoneySource(source),
        fields.get("amount", ""),
        donor=note_of(fields, "donor"),
        donor_is_person=bool(fields.get("donor_is_person")),
        anonymous=bool(fields.get("anonymous")),
        note=note_of(fields, "note"),
    )
