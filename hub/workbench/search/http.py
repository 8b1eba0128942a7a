"""The search 查找: `/work/search` as a page, `/api/search` as JSON.

What identifies a person, such as a phone number, is never part of an address: the form is posted,
and each look-up of a person is audited. All other searches are addresses that can be kept.
"""

import asyncio
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.security.keyring import open_sealer
from hub.security.sealing import SealError
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.page import Pages
from hub.workbench.search.search import Group, cases_of_reporter, search
from hub.workbench.search.typed import Person, Typed, read_typed
from hub.workbench.search.view import Names, group_view
from hub.workbench.services import Services
from schemas.town.register import Area, Grid

PERSON_NAMES = {Person.PHONE: "电话", Person.ID: "身份证件号码", Person.EMAIL: "电子邮箱"}


class SearchHttp:
    """The handlers of the search."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._areas: tuple[Area | Grid, ...] = (*services.town.areas, *services.town.grids)
        self.names = Names(
            {unit.code: unit.name for unit in services.town.units},
            {area.code: area.name for area in self._areas},
        )

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/search", self._page)
        app.router.add_post("/work/search", self._posted)
        app.router.add_get("/api/search", self._json)

    async def _page(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("q",))
        typed = self._read(request.query.get("q", ""))
        if typed.is_personal:
            return await self._answer(request, viewer, Typed(""), [], asks_to_post=True)
        if typed.number or typed.case_id:
            await self._open_single(typed, viewer)
        return await self._answer(request, viewer, typed, await self._groups(typed, viewer))

    async def _posted(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        fields = await checked_form(request, viewer)
        typed = self._read(fields.get("q", ""))
        if not typed.is_personal:
            raise web.HTTPSeeOther(f"/work/search?{urlencode({'q': typed.text})}")
        group = await self._of_person(request, viewer, typed)
        return await self._answer(request, viewer, Typed(""), [group] if group.cases else [])

    async def _json(self, request: web.Request) -> web.Response:
        """Return the groups of hits; a search for a person must be posted to the page."""
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("q",))
        typed = self._read(request.query.get("q", ""))
        if typed.is_personal:
            detail = "what identifies a person is no part of an address; post it to /work/search"
            raise ProblemError(Problem.BAD_REQUEST, detail)
        groups = await self._groups(typed, viewer)
        return web.json_response({"groups": [asdict(group) for group in groups]})

    def _read(self, text: str) -> Typed:
        return read_typed(text, self._services.register, self._areas)

    async def _groups(self, typed: Typed, viewer: Viewer) -> list[Group]:
        return await search(self._services.rows, typed, scope_of(viewer, self._services.register))

    async def _open_single(self, typed: Typed, viewer: Viewer) -> None:
        """Redirect to the page of the case, if exactly one has the number that was typed."""
        groups = await self._groups(Typed("", number=typed.number, case_id=typed.case_id), viewer)
        lines = [line for group in groups for line in group_view(group, self.names).lines]
        if len(lines) == 1:
            raise web.HTTPSeeOther(lines[0].address)

    async def _of_person(self, request: web.Request, viewer: Viewer, typed: Typed) -> Group:
        """Return the cases of a person; raises `ProblemError` not_yours or sealed."""
        if viewer.role is StaffRole.AUDITOR or typed.person is None:
            raise ProblemError(Problem.NOT_YOURS, "审计人员不按诉求人查找")
        kind, value = typed.person
        services = self._services
        try:
            sealer = await asyncio.to_thread(partial(open_sealer, services.settings))
        except SealError as error:
            raise ProblemError(Problem.SEALED, "this process cannot read the key") from error
        keys = [sealer.match_key(str(kind), value)]
        # The audit has the kind, never the number itself.
        await services.audit.note(request, viewer, AuditAction.PERSON_SEARCH, detail=str(kind))
        scope = scope_of(viewer, services.register)
        return await cases_of_reporter(services.rows, keys, PERSON_NAMES[kind], scope)

    async def _answer(
        self,
        request: web.Request,
        viewer: Viewer,
        typed: Typed,
        groups: list[Group],
        **more: Any,
    ) -> web.Response:
        return await self._pages.answer(
            request,
            viewer,
            "search/search.html",
            title="查找",
            typed=typed,
            groups=[group_view(group, self.names) for group in groups],
            asks_to_post=more.get("asks_to_post", False),
            was_posted=request.method == "POST",
        )
