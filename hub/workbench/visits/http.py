"""The handler of `/work/visits` 按类别走访: by township and class, and by grid and worker."""

import asyncio

from aiohttp import web

from hub.accounts.permissions import scope_of, sees_rows
from hub.accounts.staff import StaffRole
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.page import Pages
from hub.workbench.services import Services
from hub.workbench.visits.query import class_query, grid_query
from schemas.registers.person_class import CLASS_NAMES, PersonClass

READERS = (StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR)
LONGEST_CODE = 40
TOWNSHIP_DIGITS = 9


class VisitsHttp:
    """The page of the visits that are due by class."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._areas = {area.code: area.name for area in services.town.areas}
        self._grids = {grid.code: grid.name for grid in services.town.grids}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/visits", self._page)

    async def _page(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, *READERS)
        check_names(request, ("area",))
        area = request.query.get("area", "")[:LONGEST_CODE]
        scope = scope_of(viewer, self._services.register)
        sees = sees_rows(viewer, self._services.register)
        within = scope.within(area) if area else scope
        classes, grids = await asyncio.gather(
            self._services.rows(*class_query(within)), self._services.rows(*grid_query(within))
        )
        return await self._pages.answer(
            request,
            viewer,
            "visits/visits.html",
            title="按类别走访",
            area=area,
            townships={
                code: name
                for code, name in self._areas.items()
                if len(code) == TOWNSHIP_DIGITS and sees("", code, "")
            },
            classes=[
                {
                    **row,
                    "township": self._areas.get(str(row["township"]), row["township"]),
                    "name": CLASS_NAMES[PersonClass(str(row["class"]))],
                }
                for row in classes
            ],
            grids=[{**row, "name": self._grids.get(str(row["grid_code"]), "")} for row in grids],
            all_grids=int(grids[0]["grids"]) if grids else 0,
        )
