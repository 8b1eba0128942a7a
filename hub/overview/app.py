"""The overview 一网通管: the application that serves the page, its API and the case API."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.oidc_login.http import OidcHttp
from hub.accounts.session import Sessions
from hub.cases.command_client import CommandClient
from hub.cases.http import CasesHttp
from hub.overview.access import STATIC_FILES, Access
from hub.overview.cases_http import OverviewCases
from hub.overview.figures import OverviewFigures
from hub.overview.layers_http import LayersHttp
from hub.overview.live import Live
from hub.overview.record_lists import RecordLists
from hub.security.keyring import open_sealer
from hub.settings.overview import OverviewSettings
from hub.store.client import Store
from hub.town.grids import to_geojson
from hub.town.registers import load_town
from hub.web.problem import answer_problems
from hub.web.query import check_names
from schemas.cases.case import STATE_NAMES
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES
from schemas.reports.danger import DANGER_NAMES
from schemas.reports.fact import URGENCY_NAMES
from streams.town.register import Register

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With no-referrer a browser sends a form with the origin "null", which `check_origin` refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

FIELD_HEADERS = {"/patrol": {"Permissions-Policy": "camera=(), geolocation=(self), microphone=()"}}
"""A report from the street has its place; the camera is used by the phone, not by the page."""


class Overview:
    """Builds the aiohttp application.

    `audit`, `attempts`, `sessions`, `town` and `commands` are shared with what else this process
    serves: the workbench and the SQL endpoint.
    """

    def __init__(self, settings: OverviewSettings, store: Store) -> None:
        self.commands = CommandClient(settings)
        self.town = load_town(settings.town)
        self._grids = to_geojson(self.town.grids)
        register = Register.of(self.town)
        self.sessions, figures = Sessions(settings), OverviewFigures(store)
        self.audit, self.attempts = Audit(settings, store), LoginAttempts(settings)
        audit, sessions = self.audit, self.sessions
        for name, address in sessions.addresses():
            self.attempts.remember(name, address)
        access = Access(settings, sessions)
        self.app = web.Application(middlewares=[add_headers, answer_problems, access.middleware])
        self.app.cleanup_ctx.append(self._command_client)
        self.app.cleanup_ctx.append(audit.flush_counts)
        self.app.on_cleanup.append(sessions.close_at_end)
        self.app.router.add_get("/", _file("index.html"))
        for name in STATIC_FILES:
            self.app.router.add_get(f"/{name}", _file(name))
        self.app.router.add_get("/healthz", _healthy)
        self.app.router.add_get("/api/grids", self._polygons)
        self.app.router.add_get("/api/words", self._names)
        Live(settings, figures, access, register).add_to(self.app)
        LoginHttp(settings, sessions, audit, register, self.attempts).add_to(self.app)
        if settings.oidc_issuer:
            OidcHttp(settings, sessions, audit, register).add_to(self.app)
        # The key belongs to the intake, so it is read only when a viewer opens contact details.
        opener = partial(open_sealer, settings)
        OverviewCases(figures, sessions, audit, self.commands, self.town, opener).add_to(self.app)
        RecordLists(figures, sessions, register).add_to(self.app)
        LayersHttp(store, sessions, register).add_to(self.app)
        CasesHttp(settings, store, self.commands, register, audit).add_to(self.app)

    async def _command_client(self, _: web.Application) -> AsyncIterator[None]:
        self.commands.open()
        yield
        await asyncio.to_thread(self.commands.close)

    async def _polygons(self, request: web.Request) -> web.Response:
        check_names(request, ())
        return web.Response(body=self._grids, content_type="application/geo+json")

    async def _names(self, request: web.Request) -> web.Response:
        """Return the Chinese names of codes, so that the page shows no codes."""
        check_names(request, ())
        return web.json_response(
            {
                "channels": CHANNEL_NAMES,
                "states": STATE_NAMES,
                "categories": {code: leaf.name for code, leaf in CATEGORIES.items()},
                "units": {unit.code: unit.name for unit in self.town.units},
                "urgencies": URGENCY_NAMES,
                "dangers": DANGER_NAMES,
                "tiers": {unit.code: unit.tier for unit in self.town.units},
                "areas": [area.model_dump() for area in self.town.areas],
            }
        )


def _file(name: str) -> Any:
    async def handler(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / name, headers={"Cache-Control": "no-cache"})

    return handler


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


@web.middleware
async def add_headers(request: web.Request, handler: Any) -> web.StreamResponse:
    """Middleware that adds the security headers to every response, also of the workbench."""
    response: web.StreamResponse = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS | FIELD_HEADERS.get(request.path, {}))
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
    return response
