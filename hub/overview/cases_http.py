"""The routes for staff of the overview 一键联动: case lists, details, contacts, commands, audit."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.login_http import check_csrf
from hub.accounts.permissions import scope_of
from hub.accounts.session import Sessions, Viewer
from hub.accounts.staff import StaffRole
from hub.cases.command_client import CommandClient
from hub.cases.command_endpoint import command_answer
from hub.cases.contacts import Contacts
from hub.cases.details import REPORTS_OF_PAGE, case_details, filed_reports
from hub.cases.request import parse_command
from hub.cases.staff_cases import StaffCases
from hub.overview.area_filter import area_of, check_exists
from hub.overview.case_list import (
    LAST_PAGE,
    MOST_ROWS,
    PAGE_ROWS,
    add_reasons,
    as_csv,
    as_xlsx,
    check_list,
    display_rows,
    list_query,
)
from hub.overview.figures import OverviewFigures
from hub.security.sealing import Sealer
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, shorten, whole_number
from schemas.cases.case import Case
from schemas.category import CATEGORIES
from schemas.town.town import Town
from streams.case.offers import assignable
from streams.town.register import Register

FORMS = {
    "csv": ("text/csv", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
LATEST_AUDIT = "SELECT * FROM audit ORDER BY at DESC LIMIT 200"


class OverviewCases:
    """The handlers of these routes; each view of contact details and each refusal is audited."""

    def __init__(
        self,
        figures: OverviewFigures,
        sessions: Sessions,
        audit: Audit,
        client: CommandClient,
        town: Town,
        opener: Callable[[], Sealer],
    ) -> None:
        self._figures, self._sessions, self._audit = figures, sessions, audit
        self._register = Register.of(town)
        self._staff_cases = StaffCases(figures.store, audit, client, self._register)
        self._contact_details = Contacts(figures.rows, audit, self._staff_cases, opener)
        self._units = {unit.code: unit.name for unit in town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
        app.router.add_get("/api/cases", self._list)
        app.router.add_get("/api/cases/{case_id}", self._details)
        app.router.add_get("/api/cases/{case_id}/units", self._assignable)
        app.router.add_get("/api/cases/{case_id}/reports", self._reports)
        app.router.add_post("/api/cases/{case_id}/contacts", self._contacts)
        app.router.add_post("/api/cases/{case_id}/commands", self._command)
        app.router.add_get("/api/audit", self._audit_lines)

    def _viewer(self, request: web.Request) -> Viewer:
        viewer = self._sessions.viewer(request)
        if viewer.role is None:
            raise ProblemError(Problem.NO_SESSION)
        return viewer

    async def _opened_case(self, request: web.Request, viewer: Viewer) -> Case:
        return await self._staff_cases.opened(request, viewer, request.match_info["case_id"])

    async def _list(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        check_list(request)
        area_of(request, self._register)
        page = whole_number(request, "page", most=LAST_PAGE)
        form = request.query.get("format", "json")
        size, page = (PAGE_ROWS, page) if form == "json" else (MOST_ROWS, 0)
        scope = scope_of(viewer, self._register)
        sql, parameters = list_query(request.query, scope, page=page, size=size)
        rows = await asyncio.to_thread(self._figures.rows, sql, parameters)
        if form == "json":
            await asyncio.to_thread(add_reasons, self._figures, rows)
        if not rows:
            check_exists(request, self._register)
        if not rows and page:
            raise ProblemError(Problem.BAD_REQUEST, f"page {page} is past the end of the list")
        total = int(rows[0]["total"]) if rows else 0
        if form == "json":
            return web.json_response({"total": total, "page": page, "size": size, "rows": rows})
        await self._audit.note(request, viewer, AuditAction.EXPORT, detail=request.query_string)
        kind, write = FORMS[form]
        body = await asyncio.to_thread(lambda: write(display_rows(rows, self._units)))
        headers = {"Content-Disposition": f'attachment; filename="cases.{form}"'}
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _details(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        check_names(request, ())
        case = await self._opened_case(request, viewer)
        details = await asyncio.to_thread(
            case_details, self._figures.rows, viewer, case, self._register
        )
        return web.json_response(details)

    async def _assignable(self, request: web.Request) -> web.Response:
        """Return the units to which a case may be assigned, likeliest first.

        With `category`, those that may have it after its category is corrected.
        """
        viewer = self._viewer(request)
        check_names(request, ("category",))
        case = await self._opened_case(request, viewer)
        category = request.query.get("category") or case.category
        if category and category not in CATEGORIES:
            raise ProblemError(Problem.BAD_REQUEST, f"no category {shorten(category)}")
        units = assignable(case.model_copy(update={"category": category}), self._register)
        return web.json_response([unit.code for unit in units])

    async def _reports(self, request: web.Request) -> web.Response:
        """Return a page of the reports that the details of a large case do not list."""
        viewer = self._viewer(request)
        check_names(request, ("page",))
        page = whole_number(request, "page", most=LAST_PAGE)
        case = await self._opened_case(request, viewer)
        reports = await asyncio.to_thread(filed_reports, self._figures.rows, viewer, case, page)
        answer = {"total": case.filed, "page": page, "size": REPORTS_OF_PAGE, "reports": reports}
        return web.json_response(answer)

    async def _contacts(self, request: web.Request) -> web.Response:
        """Return the contact details of a case; the view is audited before it is answered."""
        viewer = self._viewer(request)
        check_csrf(request, viewer)
        case = await self._opened_case(request, viewer)
        text = (await _body(request)).get("purpose", "")
        # Only a JSON string can be a purpose, not a list or an object.
        purpose = text.strip() if isinstance(text, str) else ""
        lines = await self._contact_details.of(request, viewer, case, purpose)
        return web.json_response({"contacts": lines})

    async def _command(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        check_csrf(request, viewer)
        body = await parse_command(request)
        case = await self._opened_case(request, viewer)
        return command_answer(await self._staff_cases.command(request, viewer, case, body))

    async def _audit_lines(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        check_names(request, ())
        if viewer.role is not StaffRole.AUDITOR:
            detail = "only auditors may read the audit; ask one of them"
            raise await self._staff_cases.refused(
                request, viewer, AuditAction.AUDIT_REFUSED, "", detail
            )
        return web.json_response(await asyncio.to_thread(self._figures.rows, LATEST_AUDIT))


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, "a JSON body is expected") from error
    return body if isinstance(body, dict) else {}
