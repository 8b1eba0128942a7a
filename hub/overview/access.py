"""Who may ask the overview for what 访问控制: what is not listed here asks for a session.

`HUB_PUBLIC` decides what is shown to somebody who has not logged in: nothing but the log-in page,
or the figures of the county and its areas.
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.accounts.session import Sessions, Viewer
from hub.settings.accounts import PublicView
from hub.settings.overview import OverviewSettings
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError

FILES = ("app.js", "map.js", "case.js", "dom.js", "style.css")
"""What the page is made of: it holds no data, and the log-in form needs it."""
OPEN = frozenset({
    "/", *(f"/{name}" for name in FILES), "/healthz",
    # Logging in, and who has.
    "/api/login", "/api/logout", "/api/me", "/api/login/oidc", "/api/login/oidc/back",
    # The metrics ask for their token, the case API for a caller's.
    "/metrics", "/api/v1/cases/{case_id}", "/api/v1/cases/{case_id}/commands",
    "/api/v1/commands/{command_id}",
    # What the case API is like stands in the documentation too.
    "/api/v1/openapi.json",
})  # fmt: skip
"""Routes that do without a session."""
FIGURES = frozenset({"/api/overview", "/api/live", "/api/grids", "/api/words"})
"""Routes that do without one where `HUB_PUBLIC` is `figures`."""
BY_ITSELF = frozenset({"/api/overview", "/api/live"})
"""Routes that a page asks without anybody doing anything: they keep no session from idling out."""


@dataclass(frozen=True, slots=True)
class Asker:
    """By what somebody is counted who asks for figures."""

    key: str
    is_public: bool = False


class Access:
    """Decides on each request to the overview."""

    def __init__(self, settings: OverviewSettings, sessions: Sessions) -> None:
        self._sessions, self._proxies = sessions, settings.proxies
        self._shows_figures = settings.public is PublicView.FIGURES

    def viewer(self, request: web.Request) -> Viewer:
        """Return who asks for figures; raises `ProblemError` no_session where that needs one."""
        viewer = self._sessions.viewer(request, is_use=_route(request) not in BY_ITSELF)
        if viewer.role is None and not self._shows_figures:
            raise ProblemError(Problem.NO_SESSION)
        return viewer

    def asker(self, request: web.Request, viewer: Viewer) -> Asker:
        """Return by what a viewer is counted: a member of the staff, or an address."""
        if viewer.role is None:
            return Asker(f"address {address_of(request, self._proxies)}", is_public=True)
        return Asker(f"member {viewer.name}")

    @property
    def middleware(self) -> Middleware:
        """What lets requests through; one for an address that is not there is let to its 404."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = _route(request)
            if route in FIGURES:
                self.viewer(request)
            elif route and route not in OPEN and self._sessions.viewer(request).role is None:
                raise ProblemError(Problem.NO_SESSION)
            return await handler(request)

        return check


def _route(request: web.Request) -> str:
    """Return the route that a request goes to, as it was added; empty where there is none."""
    resource: Any = request.match_info.route.resource
    return resource.canonical if resource is not None else ""
