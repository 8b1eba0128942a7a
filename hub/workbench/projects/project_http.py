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
from hub.numbered.code import shown_code
from hub.projects.changes import (
    add_evidence,
    add_money,
    cancel_money,
    finish_stage,
    plan_money,
    stop,
)
from hub.projects.code import page_of
from hub.projects.log import ProjectLog
from hub.workbench.access import staff_viewer
from hub.workbench.navigation import PageCount
from hub.workbench.page import Pages
from hub.workbench.projects.board import board_pdf
from hub.workbench.projects.forms import (
    Fields,
    Refused,
    day_of_form,
    note_of,
    number_of,
)
from hub.workbench.projects.matter_http import MatterHttp, scanned, sheet
from hub.workbench.projects.places import may_change, may_see
from hub.workbench.projects.query import reports_query
from hub.workbench.projects.view import project_view
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.projects.fold import Project
from schemas.projects.money import SOURCE_NAMES, MoneySource
from schemas.projects.project import Stage, stage_after
from schemas.projects.record import ProjectRecord


class ProjectHttp(MatterHttp[ProjectRecord, Project]):
    """The routes of the page of a project."""

    home = "/work/projects"
    kind = "project"
    name = "项目"
    action = AuditAction.PROJECT
    count = PageCount.PROJECTS

    def __init__(
        self,
        services: Services,
        pages: Pages,
        log: ProjectLog,
        photos: PhotoFolder,
        counts: PageCounts,
        deliberations_of: Callable[[str], Awaitable[Sequence[Any]]],
    ) -> None:
        super().__init__(services, pages, log, photos, counts)
        self._deliberations_of = deliberations_of

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/projects/{project}", self.show)
        app.router.add_post("/work/projects/{project}/stage", self._stage)
        app.router.add_post("/work/projects/{project}/money", self._money)
        app.router.add_post("/work/projects/{project}/plan", self._plan)
        app.router.add_post("/work/projects/{project}/cancel", self._cancel)
        app.router.add_post("/work/projects/{project}/stop", self._stop)
        app.router.add_get("/work/projects/{project}/photos/{name}", self.photo)
        app.router.add_get("/work/projects/{project}/board.pdf", self._board)

    def may_see(self, viewer: Viewer, state: Project) -> bool:
        """Whether a project is in the scope of a viewer."""
        return may_see(viewer, state.details, self._services.register)

    def may_change(self, viewer: Viewer, state: Project) -> bool:
        """Whether a viewer may write down what happens to it."""
        return may_change(viewer, state.details, self._services.register)

    def what(self, record: ProjectRecord) -> str:
        """Return the kind of a record, for the audit."""
        return record.kind

    async def page(
        self,
        request: web.Request,
        viewer: Viewer,
        state: Project,
        refused: Refused,
        status: int = 200,
    ) -> web.Response:
        """Show the page of a project."""
        project = state
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
            may_change=self.may_change(viewer, project),
            public_page=page_of(self._services.settings.public_url, project.code),
        )

    async def _stage(self, request: web.Request) -> web.Response:
        """Finish the present stage, or add papers to it, with up to six pictures or PDFs."""
        viewer = self.handler(request)
        project = await self.changed(request, viewer)
        form = await self._forms.read(request, viewer, "stage")
        if form.problem:
            return await self.page(request, viewer, project, form, 400)
        return await self.append(
            request, viewer, project, form, lambda change: _stage_record(project, change, form)
        )

    async def _money(self, request: web.Request) -> web.Response:
        """Write down an amount that was received."""
        viewer, fields, project = await self.asked(request)
        return await self.append(
            request,
            viewer,
            project,
            Refused("money", "", fields),
            lambda change: _money_record(project, change, fields),
        )

    async def _plan(self, request: web.Request) -> web.Response:
        """Write down how much is to come from each source, in place of the plan before."""
        viewer, fields, project = await self.asked(request)
        amounts = {source: fields.get(source.value, "") for source in MoneySource}
        return await self.append(
            request,
            viewer,
            project,
            Refused("plan", "", fields),
            lambda change: plan_money(project, change, amounts),
        )

    async def _cancel(self, request: web.Request) -> web.Response:
        """Take back an amount that was written down by mistake."""
        viewer, fields, project = await self.asked(request)
        seq = number_of(fields, "amount_of")
        return await self.append(
            request,
            viewer,
            project,
            Refused("cancel", "", fields),
            lambda change: cancel_money(project, change, seq, note_of(fields, "reason")),
        )

    async def _stop(self, request: web.Request) -> web.Response:
        """End a project that is not carried out."""
        viewer, fields, project = await self.asked(request)
        return await self.append(
            request,
            viewer,
            project,
            Refused("stop", "", fields),
            lambda change: stop(project, change, note_of(fields, "reason")),
        )

    async def _board(self, request: web.Request) -> web.Response:
        """Return the sheet for the board; without a public address there is nothing to scan."""
        viewer = staff_viewer(self._services.sessions, request)
        project = await self.opened(request, viewer)
        address = scanned(page_of(self._services.settings.public_url, project.code))
        details = project.details
        lines = [
            ("村（社区）", self._areas.get(details.division_code, details.division_code)),
            ("内容", details.summary),
            ("责任单位", self._units.get(details.unit, details.unit)),
            ("施工方", project.contractor),
        ]
        code = shown_code(project.code)
        body = await asyncio.to_thread(board_pdf, details.name, code, address, lines)
        return sheet(body, f"board-{project.code}")


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
