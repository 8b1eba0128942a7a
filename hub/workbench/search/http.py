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
from hub.workbench.search.search import (
    MOST_NAMESAKES,
    Group,
    cases_of_namesakes,
    cases_of_reporter,
    search,
)
from hub.workbench.search.typed import LONGEST, Person, Typed, read_name, read_typed
from hub.workbench.search.view import Names, group_view
from hub.workbench.services import Services
from schemas.town.register import Area, Grid

PERSON_NAMES = {Person.PHONE: "电话", Person.ID: "身份证件号码", Person.EMAIL: "电子邮箱"}
NO_NAME = "这不是完整的姓名。请输入至少两个字的全名，不含星号；只有姓和称呼的（如张先生）不能查找。"
NO_NAMESAKE = (
    "没有您能查看的事项。匿名和保密诉求不能按姓名查找；"
    "升级前收到的诉求没有姓名索引，请改用电话查找。"
)
NAMESAKES = (
    "姓名相同不一定是同一人：请按电话或证件号码的尾号辨认。"
    f"最多列出最近的{MOST_NAMESAKES}人，匿名和保密诉求不在其中。"
)


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
        if "name" in fields:
            person = read_name(fields["name"][:LONGEST])
            if person is None:
                return await self._answer(request, viewer, Typed(""), [], note=NO_NAME)
        else:
            typed = self._read(fields.get("q", ""))
            person = typed.person
            if person is None:
                raise web.HTTPSeeOther(f"/work/search?{urlencode({'q': typed.text})}")
        groups = await self._of_person(request, viewer, *person)
        note = ""
        if person[0] is Person.NAME:
            note = NAMESAKES if groups else NO_NAMESAKE
        return await self._answer(request, viewer, Typed(""), groups, note=note)

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

    async def _of_person(
        self, request: web.Request, viewer: Viewer, kind: Person, value: str
    ) -> list[Group]:
        """Return the cases of a person, or of each person of a name.

        Raises `ProblemError` not_yours or sealed.
        """
        if viewer.role is StaffRole.AUDITOR:
            raise ProblemError(Problem.NOT_YOURS, "审计人员不按诉求人查找")
        services = self._services
        try:
            sealer = await asyncio.to_thread(partial(open_sealer, services.settings))
        except SealError as error:
            raise ProblemError(Problem.SEALED, "this process cannot read the key") from error
        key = sealer.match_key(str(kind), value)
        # The audit has the kind, never the number or the name itself.
        await services.audit.note(request, viewer, AuditAction.PERSON_SEARCH, detail=str(kind))
        scope = scope_of(viewer, services.register)
        if kind is Person.NAME:
            return await cases_of_namesakes(services.rows, key, scope)
        group = await cases_of_reporter(services.rows, [key], PERSON_NAMES[kind], scope)
        return [group] if group.cases else []

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
            note=more.get("note", ""),
            was_posted=request.method == "POST",
        )
