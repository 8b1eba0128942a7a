"""The page of one project or deliberation 单件页: who opens it, its forms and its pictures."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.session import Viewer
from hub.attachments.photos import PhotoFolder
from hub.numbered.change import Change, ChangeRefusedError
from hub.numbered.code import read_code
from hub.numbered.log import NotStoredError, NumberedLog, OvertakenError
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import Form, checked_form, staff_viewer
from hub.workbench.navigation import HANDLERS, PageCount
from hub.workbench.page import Pages
from hub.workbench.projects.forms import PictureForms, Refused, change_of
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.services import Services
from schemas.numbered import Matter, NumberedRecord

RecordT = TypeVar("RecordT", bound=NumberedRecord)
StateT = TypeVar("StateT", bound=Matter)


class MatterHttp(ABC, Generic[RecordT, StateT]):
    """What the pages of both kinds do in the same way."""

    home: ClassVar[str]
    """The address of the list; that of a page has the code after it."""
    kind: ClassVar[str]
    """`project` or `deliberation`: the name of the code in the routes, and in the audit."""
    name: ClassVar[str]
    """Its Chinese name."""
    action: ClassVar[AuditAction]
    count: ClassVar[PageCount]
    """What its changes change beside the pages of the navigation."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        log: NumberedLog[RecordT, StateT],
        photos: PhotoFolder,
        counts: PageCounts,
    ) -> None:
        self._services, self._pages, self._counts = services, pages, counts
        self._log, self._photos = log, photos
        self._areas = {area.code: area.name for area in services.town.areas}
        self._units = {unit.code: unit.name for unit in services.town.units}
        self._forms = PictureForms(photos)

    @abstractmethod
    def may_see(self, viewer: Viewer, state: StateT) -> bool:
        """Whether a matter is in the scope of a viewer."""

    @abstractmethod
    def may_change(self, viewer: Viewer, state: StateT) -> bool:
        """Whether a viewer may write down what happens to it."""

    @abstractmethod
    async def page(
        self,
        request: web.Request,
        viewer: Viewer,
        state: StateT,
        refused: Refused,
        status: int = 200,
    ) -> web.Response:
        """Show the page, with a form that comes back."""

    async def show(self, request: web.Request) -> web.Response:
        """Show the page."""
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        return await self.page(request, viewer, await self.opened(request, viewer), Refused())

    async def opened(self, request: web.Request, viewer: Viewer) -> StateT:
        """Return the matter of the address, if the viewer may see it; raises `ProblemError`."""
        code = read_code(request.match_info[self.kind])
        state = await asyncio.to_thread(self._log.find, code) if code else None
        if state is None or not self.may_see(viewer, state):
            raise ProblemError(Problem.NOT_FOUND, f"没有这个{self.name}，或不在您的范围内")
        return state

    async def changed(self, request: web.Request, viewer: Viewer) -> StateT:
        """Return the matter of the address, if the viewer may change it; raises `ProblemError`."""
        state = await self.opened(request, viewer)
        if not self.may_change(viewer, state):
            raise ProblemError(Problem.NOT_YOURS, f"本{self.name}不由您登记")
        return state

    async def asked(self, request: web.Request) -> tuple[Viewer, Form, StateT]:
        """Return who sent a form without pictures, its fields, and the matter that it changes."""
        viewer = self.handler(request)
        fields = await checked_form(request, viewer)
        return viewer, fields, await self.changed(request, viewer)

    async def append(
        self,
        request: web.Request,
        viewer: Viewer,
        state: StateT,
        form: Refused,
        record_of: Callable[[Change], RecordT],
    ) -> web.Response:
        """Append the record of a form and show the matter; or the page again with the reason."""
        try:
            record = record_of(change_of(viewer, form.fields))
            detail = f"{self.what(record)} {state.code}"
            await self._services.audit.note(request, viewer, self.action, detail=detail)
            await asyncio.to_thread(self._log.append, record)
        except (ChangeRefusedError, OvertakenError, NotStoredError) as error:
            status = 503 if isinstance(error, NotStoredError) else 409
            latest = await self.opened(request, viewer)
            return await self.page(request, viewer, latest, form.because(str(error)), status)
        self._counts.forget(self.count)
        raise web.HTTPSeeOther(f"{self.home}/{state.code}")

    @abstractmethod
    def what(self, record: RecordT) -> str:
        """Return the kind of a record, for the audit."""

    async def photo(self, request: web.Request) -> web.FileResponse:
        """Return a picture of the matter; it may show people, so each look is audited."""
        viewer = staff_viewer(self._services.sessions, request)
        state = await self.opened(request, viewer)
        name = request.match_info["name"]
        path = None
        if any(name == paper.photo for span in state.spans for paper in span.papers):
            path = await asyncio.to_thread(self._photos.find, name)
        if path is None:
            raise ProblemError(Problem.NOT_FOUND, f"本{self.name}没有这张照片")
        detail = f"photo {name} of {self.kind} {state.code}"
        await self._services.audit.note(request, viewer, AuditAction.EXPORT, detail=detail)
        headers = {"Content-Type": "image/jpeg", "Cache-Control": "no-store"}
        return web.FileResponse(path, headers=headers)

    def handler(self, request: web.Request) -> Viewer:
        """Return who may change matters; raises `ProblemError`."""
        return staff_viewer(self._services.sessions, request, *HANDLERS)


def sheet(body: bytes, name: str) -> web.Response:
    """Return a PDF that the browser shows."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=body, content_type="application/pdf", headers=headers)


def scanned(address: str) -> str:
    """Return the address to scan; raises `ProblemError` if citizens reach no page."""
    if not address:
        detail = "还没有设置群众访问的网址，请管理员设置后再打印"
        raise ProblemError(Problem.BAD_REQUEST, detail)
    return address
