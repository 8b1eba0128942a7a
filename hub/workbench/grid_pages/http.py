"""The handlers of `/work/grids` and `/work/grids/{grid}` 一格一档: counts, never a person."""

from typing import Any

from aiohttp import web

from hub.accounts.permissions import scope_of, sees_rows
from hub.accounts.staff import StaffRole
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.grid_pages.query import (
    CLASSES_OF_GRID,
    COUNTS,
    DWELLINGS_OF_GRID,
    LOADED,
    PREMISES_OF_GRID,
    VISITS_OF_GRID,
    grid_query,
    list_query,
)
from hub.workbench.page import Pages
from hub.workbench.services import Services
from schemas.registers.dwelling import DWELLING_NAMES, DwellingKind
from schemas.registers.entry import REGISTER_NAMES, RegisterKind
from schemas.registers.person_class import CLASS_NAMES, KEY, PersonClass

READERS = (StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR)
TOWNSHIP_DIGITS = 9
LONGEST_CODE = 40
NAMES = {
    "people": "人口",
    "registered_households": "户数",
    "cared_for": "关爱人员",
    "key_persons": "重点人员",
    "dwellings": "房屋",
    "rented": "出租房屋",
    "firms": "市场主体",
    "institutions": "机构",
    "premises": "场所",
    "open_cases": "在办事项",
}


class GridsHttp:
    """The pages of the grids."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._areas = {area.code: area.name for area in services.town.areas}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/work/grids", self._list)
        app.router.add_get("/work/grids/{grid}", self._grid)

    async def _list(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *READERS)
        check_names(request, ("area",))
        area = request.query.get("area", "")[:LONGEST_CODE]
        scope = scope_of(viewer, self._services.register)
        sees = sees_rows(viewer, self._services.register)
        rows = await self._services.rows(*list_query(scope, area))
        loaded = await self._services.rows(LOADED)
        return await self._pages.answer(
            request,
            viewer,
            "grid_pages/list.html",
            title="一格一档",
            rows=[self._row(row) for row in rows],
            grids=int(rows[0]["grids"]) if rows else 0,
            sums=_counts(rows[0], "all_") if rows else [],
            names=list(NAMES.values()),
            area=area,
            townships={
                code: name
                for code, name in self._areas.items()
                if len(code) == TOWNSHIP_DIGITS and sees("", code, "")
            },
            loaded=[
                (REGISTER_NAMES[RegisterKind(str(row["register"]))], row["day"]) for row in loaded
            ],
        )

    async def _grid(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *READERS)
        grid = request.match_info["grid"][:LONGEST_CODE]
        scope = scope_of(viewer, self._services.register)
        rows = await self._services.rows(*grid_query(scope, grid))
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, "没有这个网格，或不在您的辖区")
        code = {"grid": grid}
        classes = await self._services.rows(CLASSES_OF_GRID, code)
        dwellings = await self._services.rows(DWELLINGS_OF_GRID, code)
        premises = await self._services.rows(PREMISES_OF_GRID, code)
        visits = await self._services.rows(VISITS_OF_GRID, code)
        return await self._pages.answer(
            request,
            viewer,
            "grid_pages/grid.html",
            title=str(rows[0]["grid_name"]),
            grid=self._row(rows[0]),
            names=list(NAMES.values()),
            cared_for=_classes(classes, is_key=False),
            key_persons=_classes(classes, is_key=True),
            dwellings=[(_use_of(str(row["kind"])), int(row["dwellings"])) for row in dwellings],
            premises=[(row["kind"] or "未分类", int(row["premises"])) for row in premises],
            visits=[{**row, "name": CLASS_NAMES[PersonClass(str(row["class"]))]} for row in visits],
        )

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "code": row["grid_code"],
            "name": row["grid_name"],
            "area": self._areas.get(str(row["division_code"]), ""),
            "counts": _counts(row),
        }


def _use_of(kind: str) -> str:
    return DWELLING_NAMES[DwellingKind(kind)] if kind else "用途未登记"


def _counts(row: dict[str, Any], prefix: str = "") -> list[int]:
    return [int(row[prefix + name]) for name in COUNTS]


def _classes(rows: list[dict[str, Any]], *, is_key: bool) -> list[tuple[str, int]]:
    """Return name and number of the classes of one kind."""
    return [
        (CLASS_NAMES[PersonClass(str(row["class"]))], int(row["people"]))
        for row in rows
        if str(row["class"]).startswith(KEY) is is_key
    ]
