"""The page of a deliberation 议事页: `/work/deliberations/{code}`, steps, pictures and notice."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_text
from hub.accounts.session import Viewer
from hub.attachments.photos import PhotoFolder
from hub.deliberations.changes import answer, link, object_to, withdraw
from hub.deliberations.code import page_of
from hub.deliberations.log import DeliberationLog
from hub.numbered.code import read_code
from hub.projects.log import ProjectLog
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import staff_viewer
from hub.workbench.deliberations.http import HOME
from hub.workbench.deliberations.notice import notice_pdf
from hub.workbench.deliberations.places import may_change, may_see
from hub.workbench.deliberations.query import CASES
from hub.workbench.deliberations.step_form import step_record
from hub.workbench.deliberations.view import deliberation_view
from hub.workbench.navigation import PageCount
from hub.workbench.page import Pages
from hub.workbench.projects.forms import (
    Fields,
    Refused,
    note_of,
    number_of,
)
from hub.workbench.projects.matter_http import MatterHttp, scanned, sheet
from hub.workbench.projects.query import reports_query
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.base import BEIJING
from schemas.deliberation.fold import Deliberation
from schemas.deliberation.meeting import CALLER_NAMES, MEETING_NAMES
from schemas.deliberation.record import RESULT_NAMES, DeliberationRecord

PAGE = f"{HOME}/{{deliberation}}"


class DeliberationHttp(MatterHttp[DeliberationRecord, Deliberation]):
    """The routes of the page of a deliberation."""

    home = HOME
    kind = "deliberation"
    name = "议题"
    action = AuditAction.DELIBERATION
    count = PageCount.DELIBERATIONS

    def __init__(
        self,
        services: Services,
        pages: Pages,
        log: DeliberationLog,
        projects: ProjectLog,
        photos: PhotoFolder,
        counts: PageCounts,
    ) -> None:
        super().__init__(services, pages, log, photos, counts)
        self._projects = projects
        self._carriers = {u.code: u.name for u in services.town.units if u.tier != "grid"}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(PAGE, self.show)
        app.router.add_post(f"{PAGE}/step", self._step)
        app.router.add_post(f"{PAGE}/objection", self._object)
        app.router.add_post(f"{PAGE}/answer", self._answer)
        app.router.add_post(f"{PAGE}/link", self._link)
        app.router.add_post(f"{PAGE}/withdraw", self._withdraw)
        app.router.add_get(f"{PAGE}/photos/{{name}}", self.photo)
        app.router.add_get(f"{PAGE}/notice.pdf", self._notice)

    def may_see(self, viewer: Viewer, state: Deliberation) -> bool:
        """Whether a deliberation is in the scope of a viewer."""
        return may_see(viewer, state, self._services.register)

    def may_change(self, viewer: Viewer, state: Deliberation) -> bool:
        """Whether a viewer may write down what happens to it."""
        return may_change(viewer, state, self._services.register)

    def what(self, record: DeliberationRecord) -> str:
        """Return the kind of a record, for the audit."""
        return record.kind

    async def page(
        self,
        request: web.Request,
        viewer: Viewer,
        state: Deliberation,
        refused: Refused,
        status: int = 200,
    ) -> web.Response:
        """Show the page of a deliberation."""
        item = state
        services, now = self._services, datetime.now(UTC)
        ids = [str(case) for case in item.cases]
        cases = await services.rows(CASES, {"ids": ids}) if ids else []
        reports = await services.rows(reports_query("deliberation"), {"code": item.code})
        return await self._pages.answer(
            request,
            viewer,
            "deliberations/deliberation.html",
            title=item.details.title,
            status=status,
            view=deliberation_view(item, self._areas, self._units, cases, reports, now),
            item=item,
            refused=refused,
            today=str(now.astimezone(BEIJING).date()),
            meetings=MEETING_NAMES,
            callers=CALLER_NAMES,
            results=RESULT_NAMES,
            units=self._carriers,
            may_change=self.may_change(viewer, item),
            public_page=page_of(services.settings.public_url, item.code),
        )

    async def _step(self, request: web.Request) -> web.Response:
        """Take the next step, or add papers to the present one, with up to six pictures."""
        viewer = self.handler(request)
        item = await self.changed(request, viewer)
        form = await self._forms.read(request, viewer, "step")
        if form.problem:
            return await self.page(request, viewer, item, form, 400)
        return await self.append(
            request,
            viewer,
            item,
            form,
            lambda change: step_record(item, change, form, self._carriers),
        )

    async def _object(self, request: web.Request) -> web.Response:
        """Write down an objection to the decision."""
        viewer, fields, item = await self.asked(request)
        return await self.append(
            request,
            viewer,
            item,
            Refused("objection", "", fields),
            lambda change: object_to(item, change, note_of(fields, "text")),
        )

    async def _answer(self, request: web.Request) -> web.Response:
        """Answer an objection; if it is upheld, the topic begins again."""
        viewer, fields, item = await self.asked(request)
        seq, upheld = number_of(fields, "objection"), bool(fields.get("upheld"))
        return await self.append(
            request,
            viewer,
            item,
            Refused("answer", "", fields),
            lambda change: answer(item, change, seq, note_of(fields, "text"), upheld=upheld),
        )

    async def _link(self, request: web.Request) -> web.Response:
        """Link a case by its number, or a project by its code."""
        viewer, fields, item = await self.asked(request)
        form = Refused("link", "", fields)
        try:
            case_id = await self._case_of(request, viewer, fields)
            project = await self._project_of(fields)
        except ProblemError as error:
            refused = form.because(error.detail)
            return await self.page(request, viewer, item, refused, error.status)
        return await self.append(
            request,
            viewer,
            item,
            form,
            lambda change: link(item, change, case_id=case_id, project=project),
        )

    async def _case_of(self, request: web.Request, viewer: Viewer, fields: Fields) -> UUID | None:
        """Return the case of a form, of a merged one that which took it; raises `ProblemError`."""
        named = fields.get("case", "").strip()
        if not named:
            return None
        try:
            case = await self._services.cases.opened(request, viewer, named)
            while case.merged_into is not None:
                into = str(case.merged_into)
                case = await self._services.cases.opened(request, viewer, into)
        except ProblemError as error:
            detail = f"没有事项{named[:30]}，或不在您的范围内"
            raise ProblemError(error.problem, detail) from error
        if case.confidential or not may_read_text(viewer, case):
            raise ProblemError(Problem.NOT_YOURS, "保密事项不能列入议事，议事的内容都公开")
        return case.case_id

    async def _project_of(self, fields: Fields) -> str:
        """Return the code of the project of a form; raises `ProblemError` if there is none."""
        named = fields.get("project", "").strip()
        if not named:
            return ""
        code = read_code(named)
        if not code or await asyncio.to_thread(self._projects.find, code) is None:
            detail = f"没有项目{named[:30]}，请先登记村居项目，再填写它的项目码"
            raise ProblemError(Problem.NOT_FOUND, detail)
        return code

    async def _withdraw(self, request: web.Request) -> web.Response:
        """Take a topic off the agenda."""
        viewer, fields, item = await self.asked(request)
        return await self.append(
            request,
            viewer,
            item,
            Refused("withdraw", "", fields),
            lambda change: withdraw(item, change, note_of(fields, "reason")),
        )

    async def _notice(self, request: web.Request) -> web.Response:
        """Return the notice 公告 to put up; without a public address there is nothing to scan."""
        viewer = staff_viewer(self._services.sessions, request)
        item = await self.opened(request, viewer)
        address = scanned(page_of(self._services.settings.public_url, item.code))
        division = item.details.division_code
        village = self._areas.get(division, division)
        body = await asyncio.to_thread(notice_pdf, item, village, address)
        return sheet(body, f"notice-{item.code}")
