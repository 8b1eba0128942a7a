"""The page of hand entry 人工录入: `/work/new`, its type-ahead, and the confirmation."""

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.manual_entry import WAYS
from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_open, scope_of
from hub.accounts.session import Viewer
from hub.cases.staff_cases import find_case
from hub.security.keyring import open_sealer
from hub.security.sealing import SealError
from hub.tracking.code import code_of
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.web.rate_limit import too_many_requests
from hub.workbench.access import checked_form, staff_viewer
from hub.workbench.entry.form import (
    FIELDS,
    NUMBER,
    draw_number,
    empty_form,
    faults_of,
    message_of,
    read_form,
)
from hub.workbench.entry.intake_client import send_entry
from hub.workbench.entry.places import PlaceChoices
from hub.workbench.entry.query import ENTERED_BY, SHORTEST, case_query, similar_query
from hub.workbench.entry.view import SimilarCase, similar_case
from hub.workbench.navigation import HANDLERS
from hub.workbench.page import Pages
from hub.workbench.services import Services
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import URGENCY_NAMES

CODE_GROUP = 4
"""Characters of a tracking code that are shown together, so that it can be read out."""

log = structlog.get_logger()


class EntryHttp:
    """The routes of hand entry."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._places = PlaceChoices(services.town)
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._limit = parse(services.settings.entry_limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/new", self._new)
        app.router.add_post("/work/new", self._enter)
        app.router.add_get("/work/new/places", self._find_places)
        app.router.add_post("/work/new/similar", self._similar)
        app.router.add_get("/work/new/{entry}", self._entered)

    async def _new(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        check_names(request, ())
        return await self._form(request, viewer, empty_form(draw_number(datetime.now(UTC))), {})

    async def _enter(self, request: web.Request) -> web.Response:
        """Send the entry; the form comes back with its values if something is wrong."""
        viewer = self._viewer(request)
        values = read_form(await checked_form(request, viewer))
        faults = faults_of(values)
        if faults:
            return await self._form(request, viewer, values, faults, status=400)
        if not await self._limiter.hit(self._limit, viewer.name):
            return await self._too_many(request, viewer, values)
        place = self._places.chosen(values["place_key"], values["place"])
        body = message_of(values, place, viewer.name, datetime.now(UTC))
        await self._services.audit.note(request, viewer, AuditAction.ENTRY, detail=values["entry"])
        try:
            await send_entry(self._services.settings, body)
        except ProblemError as error:
            log.warning("entry_not_sent", entry=values["entry"], detail=error.detail)
            faults = {"": "收件服务暂时不可用，内容没有登记，已保留在本页；请稍后再次登记"}
            return await self._form(request, viewer, values, faults, status=error.status)
        raise web.HTTPSeeOther(f"/work/new/{values['entry']}")

    async def _too_many(
        self, request: web.Request, viewer: Viewer, values: Mapping[str, str]
    ) -> web.Response:
        """Answer 429 with the form as it was sent, and when the next entry is accepted."""
        refusal = await too_many_requests(self._limiter, self._limit, viewer.name)
        minutes = math.ceil(refusal.retry_after / 60)
        text = f"登记过多，没有登记这一件；内容已保留在本页，请在{minutes}分钟后再次登记"
        response = await self._form(request, viewer, values, {"": text}, status=refusal.status)
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response

    async def _form(
        self,
        request: web.Request,
        viewer: Viewer,
        values: Mapping[str, str],
        faults: Mapping[str, str],
        *,
        status: int = 200,
    ) -> web.Response:
        return await self._pages.answer(
            request,
            viewer,
            "entry/entry.html",
            title="人工录入",
            status=status,
            values=values,
            faults={**dict.fromkeys(("", *FIELDS), ""), **faults},
            fault_count=len(faults),
            similar=[],
            ways=WAYS,
            categories={code: leaf.name for code, leaf in CATEGORIES.items()},
            urgencies={str(code): name for code, name in URGENCY_NAMES.items()},
        )

    async def _find_places(self, request: web.Request) -> web.Response:
        """Return the places that match what is typed, best first."""
        self._viewer(request)
        check_names(request, ("text",))
        matching = await asyncio.to_thread(self._places.find, request.query.get("text", "")[:50])
        places = [{"key": item.key, "name": item.name, "area": item.area} for item in matching]
        return web.json_response({"places": places})

    async def _similar(self, request: web.Request) -> web.Response:
        """Return the open cases that may be the same, as the region of the page."""
        viewer = self._viewer(request)
        values = read_form(await checked_form(request, viewer))
        return await self._pages.answer(
            request,
            viewer,
            "entry/similar.html",
            title="人工录入",
            similar=await self._similar_cases(viewer, values),
        )

    async def _similar_cases(self, viewer: Viewer, values: Mapping[str, str]) -> list[SimilarCase]:
        text = f"{values['title']} {values['text']}".strip()[:1000]
        if len(text) < SHORTEST:
            return []
        place = self._places.chosen(values["place_key"], values["place"])
        sql, parameters = similar_query(
            scope_of(viewer, self._services.register),
            text,
            place.division_code if place else "",
            place.grid_code if place else "",
            values["category"],
        )
        rows = await self._services.rows(sql, parameters)
        return [similar_case(row, self._units) for row in rows]

    async def _entered(self, request: web.Request) -> web.Response:
        """Show the tracking code of an entry, and its case as soon as there is one."""
        viewer = self._viewer(request)
        check_names(request, ())
        number = request.match_info["entry"]
        if not NUMBER.fullmatch(number):
            raise ProblemError(Problem.NOT_FOUND, "没有这个录入号")
        rows = await self._services.rows(*case_query(number))
        opens = await self._may_open(viewer, rows)
        if not opens and not await self._is_of_office(viewer, number):
            raise ProblemError(Problem.NOT_FOUND, "本单位没有登记过这个录入号")
        code = await asyncio.to_thread(self._tracking_code, number)
        return await self._pages.answer(
            request,
            viewer,
            "entry/entered.html",
            title="已登记",
            number=number,
            code=" ".join(
                code[start : start + CODE_GROUP] for start in range(0, len(code), CODE_GROUP)
            ),
            link=f"{self._services.settings.public_url.rstrip('/')}/t/{code}" if code else "",
            case=rows[0] if opens else None,
            elsewhere=bool(rows and rows[0]["case_id"]) and not opens,
            decided=bool(rows),
            units=self._units,
        )

    async def _may_open(self, viewer: Viewer, rows: list[dict[str, Any]]) -> bool:
        if not rows or not rows[0]["case_id"]:
            return False
        case = await asyncio.to_thread(find_case, self._services.store, rows[0]["case_id"])
        return case is not None and may_open(viewer, case, self._services.register)

    async def _is_of_office(self, viewer: Viewer, number: str) -> bool:
        """Whether the viewer's office entered it: a case shows the number, but not the code."""
        return await self._services.rows(ENTERED_BY, {"number": number}) == [{"unit": viewer.unit}]

    def _tracking_code(self, number: str) -> str:
        """Return the code by which the citizen follows the report; empty without the key."""
        try:
            sealer = open_sealer(self._services.settings)
        except SealError as error:
            log.warning("tracking_code_unknown", error=str(error))
            return ""
        return code_of(sealer, Channel.MANUAL_ENTRY, number)

    def _viewer(self, request: web.Request) -> Viewer:
        return staff_viewer(self._services.sessions, request, *HANDLERS)
