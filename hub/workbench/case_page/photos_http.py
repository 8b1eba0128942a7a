"""The addresses of the photos of an answer 答复照片地址, for those who may read the case."""

import asyncio
import json
from io import BytesIO
from pathlib import Path

from aiohttp import web
from PIL import Image

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_text
from hub.accounts.session import Viewer
from hub.attachments.photos import PhotoFolder, check_name
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import staff_viewer
from hub.workbench.case_page.photos import names_of
from hub.workbench.case_page.query import ANSWERS
from hub.workbench.services import Services
from schemas.cases.case import Case

SIDE = 320
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=600"}


class PhotosHttp:
    """The handlers of photos; each one that is opened in full is audited as an export."""

    def __init__(self, services: Services, photos: PhotoFolder) -> None:
        self._services, self._photos = services, photos

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/cases/{case}/photos/{name}", self._photo)
        app.router.add_get("/cases/{case}/photos/{name}/thumbnail", self._thumbnail)

    async def _photo(self, request: web.Request) -> web.FileResponse:
        viewer = staff_viewer(self._services.sessions, request)
        case, path = await self._opened(request, viewer)
        about = AuditAction.EXPORT, str(case.case_id)
        await self._services.audit.note(request, viewer, *about, f"photo {path.name}")
        return web.FileResponse(path, headers=HEADERS | {"Content-Type": "image/jpeg"})

    async def _thumbnail(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        _, path = await self._opened(request, viewer)
        body = await asyncio.to_thread(small_jpeg, path, SIDE)
        return web.Response(body=body, content_type="image/jpeg", headers=HEADERS)

    async def _opened(self, request: web.Request, viewer: Viewer) -> tuple[Case, Path]:
        """Return the case, and the file of a photo of its answers; raises `ProblemError`."""
        name = check_name(request.match_info["name"])
        case = await self._services.cases.opened(request, viewer, request.match_info["case"])
        path = None
        if may_read_text(viewer, case):
            rows = await self._services.rows(ANSWERS, {"id": str(case.case_id)})
            texts = [json.loads(row["words"] or "{}").get("data") or row["data"] for row in rows]
            if any(name in names_of(case.case_id, json.loads(text or "{}")) for text in texts):
                path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND, "本件没有这张照片")
        return case, path


def small_jpeg(path: Path, side: int) -> bytes:
    """Return a photo, which the hub itself has drawn, with at most `side` pixels a side."""
    with Image.open(path, formats=("JPEG",)) as image:
        image.draft("RGB", (side, side))
        image.thumbnail((side, side))
        small = BytesIO()
        image.save(small, "JPEG", quality=80)
    return small.getvalue()
