"""`POST /cases/{case}/resolve` 办结并答复: the answer to the citizen with up to six photos.

If anything is refused, the page of the case comes back with what was typed, the reason, and the
photos that were kept, so that nobody has to type or send them again.
"""

import asyncio
from datetime import UTC, datetime

from aiohttp import web
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.session import Viewer
from hub.attachments.photos import NAME, PhotoFolder
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import staff_viewer
from hub.workbench.case_page.http import CasePageHttp, Resolving
from hub.workbench.case_page.photos import photo_addresses
from hub.workbench.commands.form import commands_of
from hub.workbench.file_form import MOST_FILES, FileForm, FileForms
from hub.workbench.queues.counts import QueueCounts
from hub.workbench.services import Services
from hub.workbench.wording import problem_text
from schemas.base import BEIJING
from schemas.cases.case import Case, Move

PHOTO_FIELD = "photo"
"""Name of the fields with photos that an earlier try has kept."""


class ResolveHttp:
    """The handler of the form 办结并答复."""

    def __init__(
        self, services: Services, page: CasePageHttp, photos: PhotoFolder, counts: QueueCounts
    ) -> None:
        self._services, self._page, self._photos, self._counts = services, page, photos, counts
        self._forms = FileForms()

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/cases/{case}/resolve", self._resolve)
        app.router.add_get("/cases/{case}/resolve", self._page.back)

    async def _resolve(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        case = await self._services.cases.opened(request, viewer, request.match_info["case"])
        today = datetime.now(UTC).astimezone(BEIJING).date()

        async def keep(content: bytes) -> tuple[str, ...]:
            return (await self._photos.keep(content, viewer.name, today),)

        form = await self._forms.read(request, viewer, keep)
        names = await self._kept(form)
        try:
            _check_photos(form, names)
            await self._send(request, viewer, case, form, names)
        except ProblemError as error:
            refused = Resolving(problem_text(error.problem, error.detail), form.fields, names)
            return await self._page.refused(request, viewer, case, refused, error.status)
        self._counts.forget()
        raise web.HTTPSeeOther(request.path.rpartition("/")[0])

    async def _send(
        self, request: web.Request, viewer: Viewer, case: Case, form: FileForm, names: list[str]
    ) -> None:
        """Send the command; raises `ProblemError`."""
        fields = form.fields.copy()
        fields["move"] = Move.RESOLVE
        (command,) = commands_of(fields)
        if command.case_id != str(case.case_id):
            raise ProblemError(Problem.BAD_REQUEST, "事项编号有误，请重新打开页面")
        body = command.body
        if names:
            addresses = photo_addresses(self._services.settings.overview_url, case.case_id, names)
            body = body.model_copy(update={"data": {**body.data, "photos": addresses}})
        try:
            await self._services.cases.command(request, viewer, case, body)
        except ClickHouseError as error:
            raise ProblemError(Problem.STORE_AWAY) from error

    async def _kept(self, form: FileForm) -> list[str]:
        """Return the names of all photos: of earlier tries, if their files exist, and of this."""
        earlier = [name for name in form.fields.getall(PHOTO_FIELD, []) if NAME.fullmatch(name)]
        names = list(dict.fromkeys([*earlier[:MOST_FILES], *form.files]))
        paths = await asyncio.gather(
            *(asyncio.to_thread(self._photos.find, name) for name in names)
        )
        return [name for name, path in zip(names, paths, strict=True) if path is not None]


def _check_photos(form: FileForm, names: list[str]) -> None:
    """Raise `ProblemError` bad_request if a photo was not accepted, or there are too many."""
    if form.faults:
        raise ProblemError(Problem.BAD_REQUEST, "；".join(form.faults))
    if len(names) > MOST_FILES:
        raise ProblemError(Problem.BAD_REQUEST, f"最多{MOST_FILES}张照片，请去掉几张")
