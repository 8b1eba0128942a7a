"""The handlers of `/work/registers` 人员台账: list a grid's people without names, open one.

A person is opened by a posted form only. So no address leads to one, nothing is in the history of
the browser, and a link that is passed on shows the form. No answer may be cached.
"""

from aiohttp import web

from connectors.formats.sheets.sheet import Cell
from hub.accounts.session import Viewer
from hub.registers.kinds.documents import checked_number, written_number
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import Form, checked_form, staff_viewer
from hub.workbench.page import Pages
from hub.workbench.register_pages.looks import Opened, RegisterLooks
from hub.workbench.register_pages.purpose import LONGEST_WORDS, PURPOSE_NAMES
from hub.workbench.register_pages.query import MOST_LISTED
from hub.workbench.services import Services
from schemas.registers.entry import person_key
from schemas.registers.person_class import CLASS_NAMES, PersonClass
from schemas.registers.right import RegisterRight

LONGEST_CODE = 64
SAME_ORIGIN = "same-origin"


class RegistersHttp:
    """The pages for members who have a right."""

    def __init__(self, services: Services, pages: Pages, looks: RegisterLooks) -> None:
        self._services, self._pages, self._looks = services, pages, looks
        self._grids = {grid.code: grid for grid in services.town.grids}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/registers", self._page)
        app.router.add_post("/work/registers", self._open)

    async def _page(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ("grid", "class"))
        right = await self._looks.right_of(request, viewer)
        grid = request.query.get("grid", "")[:LONGEST_CODE]
        person_class = request.query.get("class", "")[:LONGEST_CODE]
        people = None
        if grid and person_class and _is_of_this_page(request):
            people = [
                {**row, "shown": _names(right.shown(tuple(row["classes"])))}
                for row in await self._looks.listed(request, viewer, grid, person_class)
            ]
        return await self._pages.answer(
            request,
            viewer,
            "register_pages/list.html",
            title="人员台账",
            right=right,
            grids=self._grids_of(right),
            classes={code: CLASS_NAMES[code] for code in right.classes},
            grid=grid,
            person_class=person_class,
            people=people,
            most=MOST_LISTED,
            purposes=PURPOSE_NAMES,
            longest=LONGEST_WORDS,
        )

    async def _open(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request)
        check_names(request, ())
        fields = await checked_form(request, viewer)
        opened = await self._opened(request, viewer, fields)
        grid = self._grids.get(opened.grid)
        return await self._pages.answer(
            request,
            viewer,
            "register_pages/person.html",
            title="人员信息",
            person=opened,
            classes=_names(opened.classes),
            grid=grid.name if grid else opened.grid,
        )

    async def _opened(self, request: web.Request, viewer: Viewer, fields: Form) -> Opened:
        purpose, words = fields.get("purpose", ""), fields.get("words", "")
        if code := fields.get("code", ""):
            return await self._looks.by_code(request, viewer, code[:LONGEST_CODE], purpose, words)
        try:
            written = str(written_number(Cell(fields.get("number", ""))).value)
            document, number, _ = checked_number(written, None)
        except ValueError as error:
            await self._looks.right_of(request, viewer)
            detail = "这不是完整、正确的身份证件号码，请核对每一位"
            raise ProblemError(Problem.BAD_REQUEST, detail) from error
        key = person_key(document, number)
        return await self._looks.by_number(request, viewer, key, purpose, words)

    def _grids_of(self, right: RegisterRight) -> dict[str, str]:
        """Return the names of the grids in the area of a right, by code."""
        return {
            code: f"{grid.name}（{code}）"
            for code, grid in self._grids.items()
            if code.startswith(right.area) or grid.division_code.startswith(right.area)
        }


def _is_of_this_page(request: web.Request) -> bool:
    """Whether the list was asked for on a page of the hub; Fetch Metadata of the browser says so.

    A list counts for the day and stands in the audit. So a link that somebody passed on shows the
    form with its choice and lists nobody until the member presses the button.
    """
    return request.headers.get("Sec-Fetch-Site", SAME_ORIGIN) == SAME_ORIGIN


def _names(classes: tuple[PersonClass, ...]) -> str:
    return "、".join(CLASS_NAMES[code] for code in classes)
