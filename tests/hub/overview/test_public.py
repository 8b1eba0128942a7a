"""What the overview shows without login: the login page, or also figures by a setting."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import hub.overview.app
from hub.accounts.session import Sessions
from hub.overview.access import FIGURE_ROUTES, OPEN_ROUTES, Access
from hub.overview.app import Overview
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.web.problem import answer_problems
from tests.hub.overview.fake_figures import NoStore
from tests.hub.overview.served import FiguresSite, serve_figures

REVIEWED = {
    "/": 200,
    "/account.js": 200,
    "/app.js": 200,
    "/map.js": 200,
    "/layers.js": 200,
    "/case.js": 200,
    "/commands.js": 200,
    "/records.js": 200,
    "/services.js": 200,
    "/dom.js": 200,
    "/style.css": 200,
    "/healthz": 200,
    "/api/me": 200,
    "/api/v1/openapi.json": 200,
    "/api/login": 400,
    "/api/logout": 401,
    "/api/login/oidc": 503,
    "/api/login/oidc/back": 400,
    "/api/v1/cases/{case_id}": 401,
    "/api/v1/cases/{case_id}/commands": 401,
    "/api/v1/commands/{command_id}": 401,
}
"""Each route that needs no session, and its status for a request without any credentials."""


class FakeCommandClient:
    """A command client that sends nothing."""

    def __init__(self, _: Settings) -> None:
        """Open nothing."""

    def open(self) -> None:
        """Connect to nothing."""

    def close(self) -> None:
        """Close nothing."""


def answers(settings: Settings, but: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
    """Request every route of the overview without a session; return route → (status, code).

    `but` are routes that are left out.
    """

    async def run() -> dict[str, tuple[int, str]]:
        app = Overview(settings, NoStore()).app
        answered = {}
        async with TestClient(TestServer(app)) as client:
            for route in app.router.routes():
                if route.method == "HEAD" or route.resource is None:
                    continue
                path = route.resource.canonical
                if path in ("/metrics", *but):
                    continue
                filled = path.format(case_id=UUID(int=1), command_id=UUID(int=2))
                answer = await client.request(route.method, filled, allow_redirects=False)
                is_problem = answer.content_type == "application/problem+json"
                code = (await answer.json())["code"] if is_problem else ""
                answered[path] = (answer.status, code)
        return answered

    return asyncio.run(run())


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the default settings, with an identity provider that does not answer."""
    monkeypatch.setattr(hub.overview.app, "CommandClient", FakeCommandClient)
    return Settings(data=tmp_path, oidc_issuer="http://127.0.0.1:9", oidc_client="hub")


def test_without_a_session_only_the_login_page_is_served(settings: Settings) -> None:
    """Every route that is not on the reviewed list needs a session, a new route too."""
    answered = answers(settings)
    refused = {path for path, (status, code) in answered.items() if code == "no_session"}
    assert {path: answered[path][0] for path in answered.keys() - refused} == {
        path: status for path, status in REVIEWED.items() if path != "/api/logout"
    }
    assert refused >= {
        *FIGURE_ROUTES,
        "/api/cases",
        "/api/cases/{case_id}",
        "/api/cases/{case_id}/contacts",
        "/api/cases/{case_id}/units",
        "/api/duties",
        "/api/messages",
        "/api/cases/{case_id}/commands",
        "/api/audit",
    }
    # The workbench and the figures of the city are not part of this application; their tests check
    # their routes.
    phone = {f"/patrol/{name}" for name in ("manifest.webmanifest", "icon.svg", "worker.js")}
    assert {
        *(*REVIEWED, "/metrics", "/work/static/{name}", "/api/province/figures", *phone)
    } == OPEN_ROUTES


def test_public_figures_do_not_open_cases(settings: Settings) -> None:
    """With public figures names are served; lists, cases and the audit need a session."""
    public = settings.model_copy(update={"public": PublicView.FIGURES})
    answered = answers(public, but=("/api/live", "/api/overview"))
    assert answered["/api/words"][0] == answered["/api/grids"][0] == 200
    for path in ("/api/cases", "/api/cases/{case_id}", "/api/audit", "/api/messages"):
        assert answered[path] == (401, "no_session")


def test_an_unknown_path_gets_a_problem_response(tmp_path: Path) -> None:
    """404 and 405 are problem responses too."""

    async def talk(site: FiguresSite) -> None:
        assert await site.problem("/api/nowhere") == (404, "not_found")
        answer = await site.client.post("/api/overview")
        assert (answer.status, (await answer.json())["code"]) == (405, "method_not_allowed")
        assert "GET" in answer.headers["Allow"]

    serve_figures(tmp_path, talk)


def test_a_wrong_public_setting_is_refused() -> None:
    """A wrong value of `HUB_PUBLIC` is an error at the start; the default opens nothing."""
    assert Settings().public is PublicView.NOTHING
    wrong: Any = "all"
    with pytest.raises(ValueError, match="nothing"):
        Settings(public=wrong)


def test_the_middleware_refuses_an_unlisted_route(tmp_path: Path) -> None:
    """A route that is on no list needs a session."""

    async def run() -> int:
        settings = Settings(data=tmp_path, public=PublicView.FIGURES)
        access = Access(settings, Sessions(settings))
        app = web.Application(middlewares=[answer_problems, access.middleware])

        async def unlisted(_: web.Request) -> web.Response:
            return web.Response(text="everything")

        app.router.add_get("/api/everything", unlisted)
        async with TestClient(TestServer(app)) as client:
            return (await client.get("/api/everything")).status

    assert asyncio.run(run()) == 401
