"""The page over the cities 省级汇总页, and its figures as JSON.

Every address needs a member of staff by Basic authentication, unless `HUB_PUBLIC` is `figures`; the
exceptions are listed. The page works without scripts, and has none.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from aiohttp import BasicAuth, web
from aiohttp.typedefs import Handler, Middleware

from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.staff import Member, StaffRole
from hub.accounts.staff_passwords import StaffPasswords
from hub.province.faults import FAULT_TEXTS
from hub.province.rounds import Cities, CityState
from hub.province.view import BAR_HEIGHT, BAR_WIDTH, city_rows
from hub.settings.accounts import PublicView
from hub.settings.outgoing.province import ProvinceSettings
from hub.web.client_address import address_of
from hub.web.problem import answer_problems
from hub.web.query import check_names
from hub.web.templates import template
from schemas.province import DAYS

OPEN_ROUTES = frozenset({"/healthz", "/province.css", "/work/static/{name}"})
"""Routes that need no password: they have no figures."""
READERS = (StaffRole.CITY, StaffRole.AUDITOR)
"""Roles that see the whole of a hub."""
REALM = 'Basic realm="minqing-hub province", charset="UTF-8"'
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:;"
    " form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOLDER = Path(__file__).parent

log = structlog.get_logger()


class ProvincePage:
    """Builds the aiohttp application of the page; static files of the pages are added to it."""

    def __init__(
        self, settings: ProvinceSettings, cities: Cities, now: Callable[[], datetime]
    ) -> None:
        self._settings, self._cities, self._now = settings, cities, now
        self._passwords, self._attempts = StaffPasswords(settings), LoginAttempts(settings)
        self._page = template(FOLDER / "province.html")
        self.app = web.Application(middlewares=[add_headers, answer_problems, self._access])
        self.app.router.add_get("/", self._show)
        self.app.router.add_get("/api/cities", self._json)
        self.app.router.add_get("/province.css", _style)
        self.app.router.add_get("/healthz", _healthy)

    @property
    def _access(self) -> Middleware:
        """Middleware that asks for a name and a password where the route is not open."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource: Any = request.match_info.route.resource
            route = resource.canonical if resource is not None else ""
            is_open = route in OPEN_ROUTES or self._settings.public is PublicView.FIGURES
            if not is_open and await self._member(request) is None:
                return web.Response(
                    status=401,
                    text="请输入用户名和口令；账号由管理员用 hub staff add 添加。\n",
                    headers={"WWW-Authenticate": REALM},
                )
            return await handler(request)

        return check

    async def _member(self, request: web.Request) -> Member | None:
        """Return the member who asks, or None; raises `ProblemError` too_often."""
        try:
            shown = BasicAuth.decode(request.headers.get("Authorization", ""), "utf-8")
        except ValueError:
            return None
        name, password = shown.login, shown.password
        address = address_of(request, self._settings.proxies)
        self._attempts.check_open(name, address)
        if self._passwords.remembers(name, password):
            member = self._passwords.member(name)
        else:
            async with self._attempts.reserve(name, address) as attempt:
                member = await attempt.check(self._passwords.verify, name, password)
                if member is not None:
                    attempt.succeeded()
            log.info("province_login", who=name, accepted=member is not None, address=address)
        return member if member is not None and member.role in READERS else None

    async def _show(self, request: web.Request) -> web.Response:
        check_names(request, ())
        now = self._now()
        text = self._page.render(
            rows=city_rows(self._cities.states(), now),
            list_fault=bool(self._cities.list_fault),
            now=now,
            days=DAYS,
            width=DAYS * BAR_WIDTH,
            height=BAR_HEIGHT,
            bar=BAR_WIDTH - 1,
        )
        return web.Response(text=text, content_type="text/html")

    async def _json(self, request: web.Request) -> web.Response:
        check_names(request, ())
        now = self._now()
        return web.json_response(
            {
                "at": now.isoformat(),
                "list_fault": bool(self._cities.list_fault),
                "cities": [_as_json(state, now) for state in self._cities.states()],
            }
        )


def _as_json(state: CityState, now: datetime) -> dict[str, Any]:
    """Return a city with its figures as it sent them, their age, and the fault if there is one."""
    city, kept, fault = state.city, state.kept, state.fault
    return {
        "code": city.code,
        "name": city.name,
        "inhabitants": city.inhabitants,
        "read_at": kept and kept.read_at.isoformat(),
        "age_seconds": kept and int((now - kept.figures.at).total_seconds()),
        "fault": fault and str(fault.kind),
        "fault_text": FAULT_TEXTS[fault.kind] if fault else "",
        "figures": kept and kept.figures.model_dump(mode="json"),
        "months": [month.summary for month in state.months],
    }


async def _style(_: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / "province.css")


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


@web.middleware
async def add_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware that adds the security headers to every response."""
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
