"""The addresses of attachments 附件地址: a download, and a thumbnail, of a report of a case.

The link of an attachment never leaves the hub. A download is never shown inside the page: it has no
type that a browser renders, and its name is harmless. A thumbnail is an image that the hub drew.
"""

import json
import unicodedata
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.permissions import may_read_confidential, may_read_text
from hub.accounts.session import Viewer
from hub.attachments.error import AttachmentError
from hub.attachments.fetch import AttachmentSource
from hub.attachments.photos import PhotoFolder
from hub.attachments.thumbnail import Thumbnails
from hub.cases.details import listed_ids
from hub.runtime.paths import DataPaths
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.query import DIGITS
from hub.workbench.access import staff_viewer
from hub.workbench.case_page.query import ATTACHED, IS_FILED
from hub.workbench.services import Services
from schemas.cases.case import Case

LONGEST_NAME, LONGEST_SUFFIX = 80, 10
DOWNLOAD = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
THUMBNAIL = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=600"}


class AttachmentsHttp:
    """The handlers of attachments; each download is audited."""

    def __init__(self, services: Services, settings: OverviewSettings) -> None:
        photos = PhotoFolder(DataPaths(settings.data).photos)
        own_file = partial(photos.of_link, site=settings.overview_url)
        self._services, self._source = services, AttachmentSource(settings, own_file)
        self._thumbnails = Thumbnails(self._source)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        at = "/cases/{case}/reports/{report}/attachments/{number}"
        app.router.add_get(at, self._download)
        app.router.add_get(f"{at}/thumbnail", self._thumbnail)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        viewer = staff_viewer(self._services.sessions, request)
        case, attached = await self._attached(request, viewer)
        what = f"attachment {request.match_info['number']} of {request.match_info['report']}"
        await self._services.audit.note(
            request, viewer, AuditAction.EXPORT, str(case.case_id), what
        )
        name = quote(file_name(str(attached.get("name", ""))))
        headers = DOWNLOAD | {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        try:
            async with self._source.opened(attached["url"]) as chunks:
                first = await anext(chunks, b"")
                response = web.StreamResponse(headers=headers)
                response.content_type = "application/octet-stream"
                await response.prepare(request)
                await response.write(first)
                async for chunk in chunks:
                    await response.write(chunk)
        except AttachmentError as error:
            raise ProblemError(Problem.ATTACHMENT_AWAY, str(error)) from error
        await response.write_eof()
        return response

    async def _thumbnail(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        _, attached = await self._attached(request, viewer)
        try:
            body = await self._thumbnails.of(attached["url"])
        except AttachmentError as error:
            raise ProblemError(Problem.ATTACHMENT_AWAY, str(error)) from error
        return web.Response(body=body, content_type="image/jpeg", headers=THUMBNAIL)

    async def _attached(self, request: web.Request, viewer: Viewer) -> tuple[Case, dict[str, Any]]:
        """Return the case, and the attachment that the address names; raises `ProblemError`."""
        case = await self._services.cases.opened(request, viewer, request.match_info["case"])
        report, number = request.match_info["report"], request.match_info["number"]
        if not may_read_text(viewer, case) or not await self._has(case, report):
            raise ProblemError(Problem.NOT_FOUND, "本件没有这个附件")
        rows = await self._services.rows(ATTACHED, {"id": report})
        hidden = rows and rows[0]["confidential"]
        if not rows or (hidden and not may_read_confidential(viewer, case)):
            raise ProblemError(Problem.NOT_FOUND, "本件没有这个附件")
        text = json.loads(rows[0]["words"] or "{}").get("attached") or rows[0]["attached"]
        attached = json.loads(text or "[]")
        if not DIGITS.fullmatch(number) or int(number) >= len(attached):
            raise ProblemError(Problem.NOT_FOUND, "本件没有这个附件")
        return case, dict(attached[int(number)])

    async def _has(self, case: Case, report: str) -> bool:
        if report in listed_ids(case):
            return True
        named = {"case": str(case.case_id), "report": report}
        return bool(case.filed and await self._services.rows(IS_FILED, named))


def file_name(text: str) -> str:
    """Return a name for a file from outside: no path, no control or direction characters."""
    name = text.replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    stem, _, suffix = clean.rpartition(".")
    if not stem:
        return clean[:LONGEST_NAME] or "附件"
    return f"{stem[:LONGEST_NAME]}.{suffix[:LONGEST_SUFFIX]}"
