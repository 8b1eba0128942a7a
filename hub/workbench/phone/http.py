"""The handlers of the phone page 巡查页接口: `/patrol` and what its script asks for.

A record is answered with 200 once the intake has it on disk; until then the phone keeps it. All
that the page shows and accepts is within the grids that the worker has today.
"""

import asyncio
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from hub.accounts.audit import AuditAction
from hub.accounts.login_http import check_csrf
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.attachments.photos import PhotoFolder, check_name, photo_name
from hub.runtime.paths import DataPaths
from hub.web.problem import Problem, ProblemError
from hub.web.templates import template
from hub.workbench.access import staff_viewer
from hub.workbench.entry.intake_client import push_message
from hub.workbench.phone import query, view
from hub.workbench.phone.grids import beijing_today, grids_of
from hub.workbench.phone.record import PatrolRecord, native_line
from hub.workbench.phone.wishes import Wishes
from hub.workbench.services import Services
from schemas.base import TIME_ZONE
from schemas.channel import Channel

FOLDER = Path(__file__).parent
LARGEST_RECORD = 64 * 1024
LARGEST = 900_000
"""Bytes of a photo; the page sends about 300,000."""
MANIFEST = {
    "name": "网格巡查",
    "short_name": "巡查",
    "lang": "zh-CN",
    "start_url": "/patrol",
    "scope": "/patrol",
    "display": "standalone",
    "background_color": "#f2f5f8",
    "theme_color": "#0a5cad",
    "icons": [
        {"src": "/patrol/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    ],
}


class PhoneHttp:
    """The phone page of one application."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._photos = PhotoFolder(DataPaths(services.settings.data).photos)
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._wishes = Wishes(services)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/patrol", self._page)
        app.router.add_get("/patrol/data", self._data)
        app.router.add_post("/patrol/records", self._record)
        app.router.add_put("/patrol/photos/{name}", self._keep_photo)
        app.router.add_get("/patrol/photos/{name}", self._photo)
        app.router.add_get("/patrol/manifest.webmanifest", _manifest)
        app.router.add_get("/patrol/icon.svg", _icon)
        app.router.add_get("/patrol/worker.js", _service_worker)
        self._wishes.add_to(app)

    async def _page(self, request: web.Request) -> web.Response:
        """Return the page without any data, so that a phone may keep it."""
        self._worker(request)
        text = template(FOLDER / "phone.html").render()
        headers = {"Cache-Control": "no-cache"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _data(self, request: web.Request) -> web.Response:
        viewer = self._worker(request)
        today = beijing_today()
        grids = await grids_of(self._services, viewer, today)
        parameters = {
            "grids": [grid["code"] for grid in grids],
            "today": str(today),
            "worker": viewer.unit,
        }
        duties, people, cases, wishes, households = await asyncio.gather(
            self._services.rows(query.DUTIES, parameters),
            self._services.rows(query.PEOPLE, parameters),
            self._services.rows(query.CASES, parameters),
            self._services.rows(query.WISHES, parameters),
            self._services.rows(query.HOUSEHOLDS, parameters),
        )
        body = {
            "worker": viewer.unit,
            "name": viewer.name,
            "csrf": viewer.csrf,
            "day": str(today),
            "time_zone": TIME_ZONE,
            "grids": grids,
            "duties": [
                *(view.duty(row, today) for row in duties),
                *(view.person(row, today) for row in people),
            ],
            "cases": [view.case(row, self._units) for row in cases],
            "wishes": [view.wish(row) for row in wishes],
            "households": households,
            "categories": view.categories(),
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def _record(self, request: web.Request) -> web.Response:
        """Accept one record; a repetition has the same id, so it counts once."""
        viewer = self._worker(request)
        check_csrf(request, viewer)
        record = parse_record(await _body(request, LARGEST_RECORD))
        await self._check_place(record, viewer)
        for name in record.photos:
            if await asyncio.to_thread(self._photos.find, name) is None:
                raise ProblemError(Problem.BAD_REQUEST, "照片还没有传到，请重试")
        base = self._services.settings.overview_url.rstrip("/")
        line = native_line(record, viewer.unit, f"{base}/patrol/photos")
        await push_message(
            self._services.settings, Channel.GRID_PATROL, line, "application/x-ndjson"
        )
        return web.json_response({"id": str(record.id)})

    async def _check_place(self, record: PatrolRecord, viewer: Viewer) -> None:
        """Raise `ProblemError` not_yours if a record is not about the worker's own grids."""
        grids = [grid["code"] for grid in await grids_of(self._services, viewer, beijing_today())]
        if record.grid not in grids:
            raise ProblemError(Problem.NOT_YOURS, "这个网格现在不由您负责")
        parameters = {
            "grids": grids,
            "household": record.household,
            "case": str(record.case_id or ""),
            "person": record.person,
        }
        (inside,) = await self._services.rows(query.IN_GRIDS, parameters)
        if not inside["inside"]:
            raise ProblemError(Problem.NOT_YOURS, "住户、人员或事项不在您的网格，或人员已不在台账")

    async def _keep_photo(self, request: web.Request) -> web.Response:
        viewer = self._worker(request)
        check_csrf(request, viewer)
        name = check_name(request.match_info["name"])
        content = await _body(request, LARGEST)
        if photo_name(content) != name:
            raise ProblemError(Problem.BAD_REQUEST, "照片传输有误，请重试")
        await self._photos.keep(content, viewer.unit, beijing_today())
        return web.json_response({"name": name})

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        """Return a photo to staff of an office, audited; its name is known from a report only."""
        viewer = staff_viewer(self._services.sessions, request)
        name = request.match_info["name"]
        path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND, "没有这张照片")
        detail = f"photo {name}"
        await self._services.audit.note(request, viewer, AuditAction.EXPORT, detail=detail)
        # A copy in the browser would be seen again without a line.
        headers = {"Content-Type": "image/jpeg", "Cache-Control": "no-store"}
        return web.FileResponse(path, headers=headers)

    def _worker(self, request: web.Request) -> Viewer:
        return staff_viewer(self._services.sessions, request, StaffRole.GRID_WORKER)


def parse_record(body: bytes) -> PatrolRecord:
    """Return a record; raises `ProblemError` bad_request with the first fault."""
    try:
        return PatrolRecord.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        # The library puts this before the sentences of our own model.
        text = " ".join(filter(None, (where, first["msg"].removeprefix("Value error, "))))
        raise ProblemError(Problem.BAD_REQUEST, f"记录有误：{text}") from error


async def _body(request: web.Request, largest: int) -> bytes:
    """Return a body of at most `largest` bytes; raises `ProblemError` too_large."""
    if (request.content_length or 0) > largest:
        raise ProblemError(Problem.TOO_LARGE)
    body = await request.content.read(largest + 1)
    while len(body) <= largest and (more := await request.content.read(largest + 1 - len(body))):
        body += more
    if len(body) > largest:
        raise ProblemError(Problem.TOO_LARGE)
    return body


async def _manifest(_: web.Request) -> web.Response:
    return web.json_response(MANIFEST, content_type="application/manifest+json")


async def _icon(_: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / "icon.svg", headers={"Cache-Control": "max-age=86400"})


async def _service_worker(_: web.Request) -> web.FileResponse:
    """Return the service worker; the header lets it serve `/patrol` itself."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/patrol"}
    return web.FileResponse(FOLDER / "worker.js", headers=headers)
