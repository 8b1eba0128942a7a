"""Access control of the overview 访问控制: every route that is not listed here needs a session.

A page that needs a session leads to the login, and from there back.

`HUB_PUBLIC` sets what the public sees without logging in: only the login page, or also the figures
of the county and its areas.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.accounts.session import Sessions, Viewer
from hub.accounts.staff import StaffRole
from hub.settings.accounts import PublicView
from hub.settings.overview import OverviewSettings
from hub.web.client_address import address_of
from hub.web.problem import Problem, ProblemError
from hub.web.templates import REGION_HEADER

STATIC_FILES = (
    "account.js",
    "app.js",
    "map.js",
    "layers.js",
    "case.js",
    "commands.js",
    "records.js",
    "services.js",
    "dom.js",
    "style.css",
)
"""Static files of the page: they contain no data, and the login form needs them."""
OPEN_ROUTES = frozenset(
    (
        *("/", *(f"/{name}" for name in STATIC_FILES), "/healthz"),
        # Login, and the current user.
        *("/api/login", "/api/logout", "/api/me", "/api/login/oidc", "/api/login/oidc/back"),
        # These check their own tokens: that of the metrics, and those of callers of the case API.
        *("/metrics", "/api/v1/cases/{case_id}", "/api/v1/cases/{case_id}/commands"),
        "/api/v1/commands/{command_id}",
        # This checks the tokens of provinces, and of nobody else.
        "/api/province/figures",
        # The description of the case API is in the public documentation too.
        "/api/v1/openapi.json",
        # Style sheets and scripts of the workbench: no data.
        "/work/static/{name}",
        # What an installed phone page consists of: no data.
        *("/patrol/manifest.webmanifest", "/patrol/icon.svg", "/patrol/worker.js"),
    )
)
"""Routes that need no session."""
FIGURE_ROUTES = frozenset({"/api/overview", "/api/live", "/api/grids", "/api/words"})
"""Routes that need no session if `HUB_PUBLIC` is `figures`."""
WORKER_ROUTES = frozenset(
    {
        *("/patrol", "/patrol/data", "/patrol/records", "/patrol/photos/{name}"),
        "/patrol/wishes/{case_id}",
        # Who is logged in, and one's own password.
        *("/api/me", "/api/login", "/api/logout", "/api/logout/everywhere", "/api/password"),
    }
)
"""All that a grid worker may use, besides what needs no session."""
POLLED_ROUTES = frozenset({"/api/overview", "/api/live", "/work/live"})
"""Routes that a page requests by itself: they do not prolong a session."""


@dataclass(frozen=True, slots=True)
class FiguresClient:
    """The client that requests figures. Limits are counted by its `key`."""

    key: str
    is_public: bool = False


class Access:
    """Decides for each request to the overview whether it needs a session."""

    def __init__(self, settings: OverviewSettings, sessions: Sessions) -> None:
        self._sessions, self._proxies = sessions, settings.proxies
        self._shows_figures = settings.public is PublicView.FIGURES

    def viewer(self, request: web.Request) -> Viewer:
        """Return the viewer of figures; raises `ProblemError` no_session if a session is needed."""
        viewer = self._sessions.viewer(request, is_use=_route(request) not in POLLED_ROUTES)
        if viewer.role is None and not self._shows_figures:
            raise ProblemError(Problem.NO_SESSION)
        _check_worker(viewer, "")
        return viewer

    def client(self, request: web.Request, viewer: Viewer) -> FiguresClient:
        """Return the client for limits: a member of staff by name, or the public by address."""
        if viewer.role is None:
            return FiguresClient(f"address {address_of(request, self._proxies)}", is_public=True)
        return FiguresClient(f"member {viewer.name}")

    @property
    def middleware(self) -> Middleware:
        """Middleware that refuses requests without a session; an unknown path gets its 404.

        Without a session a page redirects to the login, and an API answers `no_session`.
        """

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = _route(request)
            if route in FIGURE_ROUTES:
                self.viewer(request)
            elif route and route not in OPEN_ROUTES:
                viewer = self._sessions.viewer(request, is_use=route not in POLLED_ROUTES)
                if viewer.role is None and is_page(request):
                    raise web.HTTPSeeOther(f"/?{urlencode({'next': request.path_qs})}")
                if viewer.role is None:
                    raise ProblemError(Problem.NO_SESSION)
                is_lost = route not in WORKER_ROUTES and (route == "/work" or is_page(request))
                if is_lost and viewer.role is StaffRole.GRID_WORKER:
                    # A link of a colleague; the refusal would be text for programs.
                    raise web.HTTPSeeOther("/patrol")
                _check_worker(viewer, route)
            return await handler(request)

        return check


def _check_worker(viewer: Viewer, route: str) -> None:
    """Raise `ProblemError` not_yours if a grid worker asks for more than the phone page."""
    if viewer.role is StaffRole.GRID_WORKER and route not in WORKER_ROUTES:
        raise ProblemError(Problem.NOT_YOURS, "网格员只使用巡查页面 /patrol")


def is_page(request: web.Request) -> bool:
    """Whether a browser opens a page, not a script that asks for data or for a part of a page."""
    return (
        request.method == "GET"
        and not request.path.startswith("/api/")
        and "text/html" in request.headers.get("Accept", "")
        and REGION_HEADER not in request.headers
    )


def _route(request: web.Request) -> str:
    """Return the route template of a request, such as `/api/cases/{case_id}`; empty: no route."""
    resource: Any = request.match_info.route.resource
    return resource.canonical if resource is not None else ""
