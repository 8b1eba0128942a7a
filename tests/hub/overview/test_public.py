"""What the overview answers without log-in: the log-in page, or figures by a setting."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import hub.overview.app
from hub.accounts.session import Sessions
from hub.overview.access import FIGURES, OPEN, Access
from hub.overview.app import Overview
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.web.problem import answer_problems
from tests.hub.overview.fake_screen import NoStore
from tests.hub.overview.served import Figures, serve_figures

REVIEWED = {
    "/": 200, "/app.js": 200, "/map.js": 200, "/case.js": 200, "/dom.js": 200, "/style.css": 200,
    "/healthz": 200, "/api/me": 200, "/api/v1/openapi.json": 200,
    "/api/login": 400, "/api/logout": 401,
    "/api/login/oidc": 503, "/api/login/oidc/back": 400,
    "/api/v1/cases/{case_id}": 401, "/api/v1/cases/{case_id}/commands": 401,
    "/api/v1/commands/{command_id}": 401,
}  # fmt: skip
"""Each route that does without a session, and what it answers somebody who shows nothing."""


class NoDesk:
    """A desk that gives no commands."""

    def __init__(self, _: Settings) -> None:
        """Open nothing."""

    def open(self) -> None:
        """Begin nothing."""

    def close(self) -> None:
        """End nothing."""


def answers(settings: Settings, but: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
    """Return what the whole overview answers a stranger: route → status and code of a problem.

    `but` are routes that are not asked.
    """

    async def whole() -> dict[str, tuple[int, str]]:
        app = Overview(settings, NoStore()).app
        found = {}
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
                found[path] = (answer.status, code)
        return found

    return asyncio.run(whole())


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the default settings, with an identity provider that is not there."""
    monkeypatch.setattr(hub.overview.app, "CommandDesk", NoDesk)
    return Settings(data=tmp_path, oidc_issuer="http://127.0.0.1:9", oidc_client="hub")


def test_without_a_session_nothing_is_answered_but_the_log_in_page(settings: Settings) -> None:
    """Every route that is not on the reviewed list asks for a session: a new one does too."""
    found = answers(settings)
    refused = {path for path, (status, code) in found.items() if code == "no_session"}
    assert {path: found[path][0] for path in found.keys() - refused} == {
        path: status for path, status in REVIEWED.items() if path != "/api/logout"
    }
    assert refused >= {
        *FIGURES, "/api/cases", "/api/cases/{case_id}", "/api/cases/{case_id}/contacts",
        "/api/cases/{case_id}/commands", "/api/audit",
    }  # fmt: skip
    assert {*REVIEWED, "/metrics"} == OPEN


def test_where_figures_are_public_words_and_cases_are_not(settings: Settings) -> None:
    """The names of areas and channels are shown, lists and the audit ask for a session."""
    public = settings.model_copy(update={"public": PublicView.FIGURES})
    found = answers(public, but=("/api/live", "/api/overview"))
    assert found["/api/words"][0] == found["/api/grids"][0] == 200
    for path in ("/api/cases", "/api/cases/{case_id}", "/api/audit"):
        assert found[path] == (401, "no_session")


def test_an_address_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """404 and 405 have the form of all refusals."""

    async def talk(figures: Figures) -> None:
        assert await figures.problem("/api/nowhere") == (404, "not_found")
        answer = await figures.client.post("/api/overview")
        assert (answer.status, (await answer.json())["code"]) == (405, "method_not_allowed")
        assert "GET" in answer.headers["Allow"]

    serve_figures(tmp_path, talk)


def test_the_setting_is_one_of_two() -> None:
    """A slip of the pen is an error at the start, and opens nothing."""
    assert Settings().public is PublicView.NOTHING
    wrong: Any = "all"
    with pytest.raises(ValueError, match="nothing"):
        Settings(public=wrong)


def test_a_middleware_refuses_what_nobody_has_listed(tmp_path: Path) -> None:
    """A route that was added without a thought is shut."""

    async def whole() -> int:
        found = Settings(data=tmp_path, public=PublicView.FIGURES)
        access = Access(found, Sessions(found))
        app = web.Application(middlewares=[answer_problems, access.middleware])

        async def thoughtless(_: web.Request) -> web.Response:
            return web.Response(text="everything")

        app.router.add_get("/api/everything", thoughtless)
        async with TestClient(TestServer(app)) as client:
            return (await client.get("/api/everything")).status

    assert asyncio.run(whole()) == 401
