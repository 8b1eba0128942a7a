"""Serves the workbench for tests, with a browser-like client that logs in as a member of staff."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.session import Sessions
from hub.accounts.staff import StaffRole, add_member
from hub.cases.staff_cases import StaffCases
from hub.overview.access import Access
from hub.overview.app import add_headers
from hub.settings import Settings
from hub.store.client import Store
from hub.town.grids import to_geojson
from hub.web.problem import answer_problems
from hub.web.templates import REGION_HEADER
from hub.workbench.app import add_workbench
from hub.workbench.services import Services
from schemas.cloudevent import Record, from_record
from schemas.topic import DELIBERATIONS, PROJECTS
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN
from tests.hub.cases.test_http import FakeCommandClient

HTML = {"Accept": "text/html"}
LATIN = re.compile(r"[A-Za-z]{2,}")
TAGS = re.compile(r"<(script|style|kbd|title)\b.*?</\1>|<[^>]+>", re.DOTALL)


class Site:
    """The workbench over the test's store, and the client that uses it."""

    def __init__(
        self,
        client: TestClient[web.Request, web.Application],
        settings: Settings,
        store: Store,
        commands: FakeCommandClient,
    ) -> None:
        self.client, self.settings, self.store, self.commands = client, settings, store, commands
        self.csrf = ""

    async def log_in(self, name: str, role: StaffRole, unit: str = "") -> None:
        """Add a member of staff and log in as him."""
        password = add_member(self.settings, name, role, unit, "")
        answer = await self.client.post("/api/login", json={"name": name, "password": password})
        assert answer.status == 200, await answer.text()
        self.csrf = (await answer.json())["csrf"]

    async def page(self, path: str, status: int = 200, region: str = "") -> str:
        """Return the HTML of a page; no redirect is followed."""
        headers = HTML | ({REGION_HEADER: region} if region else {})
        answer = await self.client.get(path, headers=headers, allow_redirects=False)
        assert answer.status == status, (answer.status, await answer.text())
        return await answer.text()

    async def redirect(self, path: str) -> str:
        """Return the address to which a page redirects."""
        answer = await self.client.get(path, headers=HTML, allow_redirects=False)
        assert answer.status == 303, (answer.status, await answer.text())
        return answer.headers["Location"]

    async def send(self, path: str, **fields: Any) -> ClientResponse:
        """Send a form with its CSRF token, as a browser without scripts does."""
        data = {"csrf": self.csrf, **fields}
        return await self.client.post(path, data=data, headers=HTML, allow_redirects=False)

    async def send_pictures(self, path: str, *files: bytes, **fields: str) -> ClientResponse:
        """Send a form with pictures as a browser without scripts does."""
        form = FormData()
        for name, text in {"csrf": self.csrf, **fields}.items():
            form.add_field(name, text, content_type="text/plain")
        for content in files or (b"",):
            name = "现场.jpg" if content else ""
            form.add_field("files", BytesIO(content), filename=name, content_type="image/jpeg")
        return await self.client.post(path, data=form, headers=HTML, allow_redirects=False)

    def audit(self) -> list[tuple[Any, ...]]:
        """Return the audit lines, oldest first."""
        columns = "what, who, role, toString(case_id), detail"
        return self.store.rows(f"SELECT {columns} FROM audit ORDER BY at")


class StoringSender:
    """Stores the records that it is to send, as the broker and the sink do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def send_all(self, records: Sequence[Record]) -> None:
        """Store the records of projects and deliberations."""
        for record in records:
            topic = next(t for t in (PROJECTS, DELIBERATIONS) if t.name == record.topic)
            keep(self._store, topic.name, from_record(topic.body, record.value))


def latin_words(page: str) -> list[str]:
    """Return the Latin words that a reader of a page sees; pages are in Chinese only."""
    return LATIN.findall(TAGS.sub(" ", page))


async def _grids(_: web.Request) -> web.Response:
    """Answer the polygons of the grids, as the overview does."""
    return web.Response(body=to_geojson(TOWN.grids), content_type="application/geo+json")


def serve(store: Store, folder: Path, talk: Callable[[Site], Awaitable[None]], **more: Any) -> None:
    """Serve the workbench, and run a test."""

    async def run() -> None:
        settings = Settings(data=folder, **more)
        sessions, audit = Sessions(settings), Audit(settings, store)
        commands, access = FakeCommandClient(), Access(settings, sessions)
        app = web.Application(middlewares=[add_headers, answer_problems, access.middleware])
        LoginHttp(settings, sessions, audit, REGISTER, LoginAttempts(settings)).add_to(app)
        cases = StaffCases(store, audit, commands, REGISTER)  # type: ignore[arg-type]
        services = Services(settings, store, sessions, audit, cases, TOWN, REGISTER)
        add_workbench(app, services, StoringSender(store))
        app.router.add_get("/api/grids", _grids)
        async with TestClient(TestServer(app)) as client:
            await talk(Site(client, settings, store, commands))

    asyncio.run(run())
