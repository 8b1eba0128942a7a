"""`POST /cases/{case}/firm` 认定主体: a member says which firm of the register a report means."""

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_text
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.case_page.http import CasePageHttp
from hub.workbench.case_page.subjects.firms import CHOOSING, NO_FIRM, FirmDesk
from hub.workbench.services import Services

NOT_THERE = "您能查看的台账中没有这个统一社会信用代码，请核对后重填"


class FirmsHttp:
    """The handler of the choice; each choice is audited before it counts."""

    def __init__(self, services: Services, page: CasePageHttp, desk: FirmDesk) -> None:
        self._services, self._page, self._desk = services, page, desk

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/cases/{case}/firm", self._choose)
        app.router.add_get("/cases/{case}/firm", self._page.back)

    async def _choose(self, request: web.Request) -> web.Response:
        services = self._services
        viewer = staff_viewer(services.sessions, request, *CHOOSING)
        fields = await checked_form(request, viewer)
        case = await services.cases.opened(request, viewer, request.match_info["case"])
        written = fields.get("written", "")
        if not may_read_text(viewer, case) or not await self._desk.has_name(case, written):
            raise ProblemError(Problem.BAD_REQUEST, "本件没有这个名称，请重新打开页面")
        # A code that was typed counts before a button.
        typed = "".join(fields.get("other", "").split()).upper()
        code = typed or fields.get("code", "")
        if not code:
            raise ProblemError(Problem.BAD_REQUEST, "请选一个主体，或填统一社会信用代码")
        if code == NO_FIRM:
            code = ""
        elif not await self._desk.may_choose(viewer, case, written, code):
            raise ProblemError(Problem.BAD_REQUEST, NOT_THERE)
        detail = f"{written}: {code or 'none of the register'}"
        about = AuditAction.FIRM_CHOICE, str(case.case_id)
        await services.audit.note(request, viewer, *about, detail)
        await self._desk.choose(viewer, case, written, code)
        raise web.HTTPSeeOther(f"{request.path.rpartition('/')[0]}#firms")
