"""The page of a case 事项页: `/cases/{number or id}`, contact details, cases of its reporters.

The commands are those of the panel beside the queues: each form goes to `/work/commands`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_confidential, may_read_text, scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.contacts import Contacts
from hub.cases.details import case_details, filed_reports, listed_ids
from hub.ratings.rating import ANSWERS, GRADE_NAMES
from hub.security.keyring import open_sealer
from hub.store.json_rows import json_rows
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names, whole_number
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.case_page.building import (
    DWELLINGS_OF_BUILDING,
    REPORTS_NEAR,
    Building,
    address_of,
    asked_of,
    building_of,
    reports_of,
)
from hub.workbench.case_page.certificates import MENTIONED, CertificateView, certificate_views
from hub.workbench.case_page.query import MOST_RELATED, same_place_query
from hub.workbench.case_page.subjects.firms import CHOOSING, FirmDesk
from hub.workbench.case_page.subjects.premises import premises_of
from hub.workbench.case_page.view import ContactView, case_view, contact_view, report_view
from hub.workbench.commands.answers import ANSWER_TEMPLATES
from hub.workbench.deliberations.agenda import Agenda
from hub.workbench.deliberations.view import DeliberationRow
from hub.workbench.navigation import HANDLERS
from hub.workbench.page import Pages
from hub.workbench.queues.http import CATEGORY_CHOICES
from hub.workbench.ratings.desk import RatingDesk
from hub.workbench.search.query import REPORTER_KEYS, words_query
from hub.workbench.search.search import Group, Kind, cases_of_events, cases_of_reporter
from hub.workbench.search.view import CaseLine, Names, case_line
from hub.workbench.services import Services
from hub.workbench.triage.http import Triage
from hub.workbench.triage.panel import LEVELS, LIKELIEST, WHISTLES
from schemas.cases.case import Case

LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Resolving:
    """A form 办结并答复 that comes back: why, its fields, and the names of its kept photos."""

    problem: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    photos: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Shown:
    """What a request has opened on the page besides the case: contacts, the reporters' cases."""

    contacts: list[ContactView] | None = None
    purpose: str = ""
    person: list[CaseLine] | None = None
    related: dict[str, list[CaseLine]] = field(default_factory=dict)
    building: tuple[Building, int] | None = None
    resolving: Resolving = field(default_factory=Resolving)


class CasePageHttp:
    """The handlers of the page of a case."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        triage: Triage,
        names: Names,
        desk: RatingDesk,
        agenda: Agenda,
        firms: FirmDesk,
    ) -> None:
        self._services, self._pages, self._triage, self._names = services, pages, triage, names
        self._desk, self._agenda, self._firms = desk, agenda, firms
        self._run_query = partial(json_rows, services.store)
        opener = partial(open_sealer, services.settings)
        self._contacts = Contacts(self._run_query, services.audit, services.cases, opener)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/cases/{case}", self._page)
        app.router.add_get("/cases/{case}/reports", self._filed)
        app.router.add_post("/cases/{case}/contacts", self._show_contacts)
        app.router.add_post("/cases/{case}/person", self._show_person)
        for name in ("contacts", "person"):
            app.router.add_get(f"/cases/{{case}}/{name}", self.back)

    async def _opened(self, request: web.Request, viewer: Viewer) -> Case:
        """Return the case of the address; a number of several cities leads to the search."""
        named = request.match_info["case"]
        try:
            return await self._services.cases.opened(request, viewer, named)
        except ProblemError as error:
            if error.problem is Problem.SEVERAL_CASES:
                raise web.HTTPSeeOther(f"/work/search?q={named}") from error
            raise

    async def _page(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        case = await self._opened(request, viewer)
        return await self._answer(request, viewer, case, Shown())

    async def back(self, request: web.Request) -> web.Response:
        """Lead to the page of the case: what was posted is not shown again by its address."""
        staff_viewer(self._services.sessions, request)
        raise web.HTTPSeeOther(request.path.rpartition("/")[0])

    async def refused(
        self, request: web.Request, viewer: Viewer, case: Case, form: Resolving, status: int
    ) -> web.Response:
        """Show the page again with the form 办结并答复 as it was sent."""
        response = await self._answer(request, viewer, case, Shown(resolving=form))
        response.set_status(status)
        return response

    async def _filed(self, request: web.Request) -> web.Response:
        """Show a page of the reports that the body of a large case does not list."""
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("page",))
        page = whole_number(request, "page", most=LAST_PAGE)
        case = await self._opened(request, viewer)
        rows = await asyncio.to_thread(filed_reports, self._run_query, viewer, case, page)
        return await self._pages.answer(
            request,
            viewer,
            "case_page/filed.html",
            title=f"其余诉求 {case.number}",
            case=case,
            home=_address(request),
            reports=[report_view(case, row) for row in rows],
            page=page,
        )

    async def _show_contacts(self, request: web.Request) -> web.Response:
        """Show the contact details for a purpose; the view is audited before it is answered."""
        viewer = staff_viewer(self._services.sessions, request)
        fields = await checked_form(request, viewer)
        case = await self._opened(request, viewer)
        purpose = fields.get("purpose", "").strip()
        lines = await self._contacts.of(request, viewer, case, purpose)
        shown = Shown(contacts=[contact_view(line) for line in lines], purpose=purpose)
        return await self._answer(request, viewer, case, shown)

    async def _show_person(self, request: web.Request) -> web.Response:
        """Show the other cases of the reporters of this case; the look-up is audited."""
        services = self._services
        viewer = staff_viewer(services.sessions, request)
        await checked_form(request, viewer)
        case = await self._opened(request, viewer)
        if viewer.role is StaffRole.AUDITOR or not may_read_text(viewer, case):
            detail = "only members who handle the case may look up its reporter; ask its unit"
            about = AuditAction.CASE_REFUSED, str(case.case_id)
            raise await services.cases.refused(request, viewer, *about, detail)
        about_case = AuditAction.PERSON_SEARCH, str(case.case_id)
        await services.audit.note(request, viewer, *about_case, "reporters of the case")
        rows = await services.rows(REPORTER_KEYS, {"ids": listed_ids(case)})
        keys = [row["reporter_key"] for row in rows]
        scope = scope_of(viewer, services.register)
        group = await cases_of_reporter(services.rows, keys, "", scope)
        return await self._answer(request, viewer, case, Shown(person=self._others(group, case)))

    async def _answer(
        self, request: web.Request, viewer: Viewer, case: Case, shown: Shown
    ) -> web.Response:
        services = self._services
        details = await asyncio.to_thread(
            case_details, self._run_query, viewer, case, services.register
        )
        shown.related = await self._related(viewer, case)
        certificates = await self._certificates(viewer, case)
        shown.building = await self._building(viewer, case)
        deliberations = await self._deliberations(viewer, case)
        area = self._firms.area_of(viewer)
        premises = await premises_of(services, viewer, case, details["reports"], area)
        panel = await self._triage.panel(request, viewer, str(case.case_id))
        # The page itself has the texts and the history.
        panel = replace(panel, content="", reports=[], entries=[])
        return await self._pages.answer(
            request,
            viewer,
            "case_page/case.html",
            title=case.number or panel.title,
            case=case,
            home=_address(request),
            view=case_view(case, details, services.register),
            shown=shown,
            panel=panel,
            batch=uuid4(),
            levels=LEVELS,
            whistles=WHISTLES,
            likeliest=LIKELIEST,
            categories=CATEGORY_CHOICES,
            certificates=certificates,
            deliberations=deliberations,
            may_deliberate=_may_deliberate(viewer, case, deliberations),
            subjects=await self._firms.subjects(viewer, case),
            may_choose_firm=viewer.role in CHOOSING,
            premises=premises,
            premises_grid=self._names.areas.get(premises.premises.grid_code) if premises else "",
            answer_templates=(*(each.template for each in certificates), *ANSWER_TEMPLATES),
            to_rate=await self._desk.shown_in(viewer, case),
            rating_answers=ANSWERS,
            grades=GRADE_NAMES,
            may_see_contacts=viewer.role is not StaffRole.AUDITOR and panel.readable,
        )

    async def _deliberations(self, viewer: Viewer, case: Case) -> list[DeliberationRow]:
        """Return the deliberations of a case whose text the viewer may read."""
        if not may_read_text(viewer, case):
            return []
        return await self._agenda.of_case(str(case.case_id))

    async def _certificates(self, viewer: Viewer, case: Case) -> list[CertificateView]:
        """Return the certificates in the reports of the case whose text the viewer may read."""
        if not may_read_text(viewer, case):
            return []
        may_read = int(may_read_confidential(viewer, case))
        asked = {"ids": listed_ids(case), "may_read": may_read}
        rows = await self._services.rows(MENTIONED, asked)
        return certificate_views(rows, self._services.register.certificates)

    async def _building(self, viewer: Viewer, case: Case) -> tuple[Building, int] | None:
        """Return the building that the case names, and the number of other reports of it."""
        address = address_of(case) if may_read_text(viewer, case) else None
        if address is None:
            return None
        rows = await self._services.rows(
            DWELLINGS_OF_BUILDING, asked_of(address, case.grid_code or "")
        )
        building = building_of(address, rows)
        if building is None:
            return None
        near = {"grid": building.grid_code, "estate": building.estate, "ids": listed_ids(case)}
        return building, reports_of(building, await self._services.rows(REPORTS_NEAR, near))

    async def _related(self, viewer: Viewer, case: Case) -> dict[str, list[CaseLine]]:
        """Return the newest other cases of the same place and of the same object, by heading."""
        if not may_read_text(viewer, case):
            return {}
        services, scope = self._services, scope_of(viewer, self._services.register)
        related = {}
        place = same_place_query(case, scope)
        if place is not None:
            rows = await services.rows(*place)
            related["同一地点"] = [case_line(row, self._names) for row in rows[:MOST_RELATED]]
        if len(case.object_name) > 1 and not case.object_is_person:
            events = await services.rows(*words_query((case.object_name.lower(),), None, scope))
            group = await cases_of_events(services.rows, Kind.WORDS, "", events, scope)
            related["同一对象"] = self._others(group, case)[:MOST_RELATED]
        return {name: lines for name, lines in related.items() if lines}

    def _others(self, group: Group, case: Case) -> list[CaseLine]:
        rows = [row for row in group.cases if row["case_id"] != str(case.case_id)]
        return [case_line(row, self._names) for row in rows]


def _may_deliberate(viewer: Viewer, case: Case, deliberations: Sequence[DeliberationRow]) -> bool:
    """Whether a case may be put on the agenda: all of it is public, and none goes on already."""
    is_on_agenda = any(row.is_open for row in deliberations)
    is_shown = not case.confidential and case.merged_into is None
    return viewer.role in HANDLERS and is_shown and not is_on_agenda


def _address(request: web.Request) -> str:
    """Return the address of the page of the case as it was asked for: drafts are kept by it."""
    return f"/cases/{quote(request.match_info['case'])}"
