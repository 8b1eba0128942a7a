"""The case beside the list 研判: read for the queue page, and the place names that are typed."""

import asyncio

from aiohttp import web

from hub.accounts.session import Viewer
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.pinyin import NameIndex
from hub.workbench.presence import Presence
from hub.workbench.services import Services
from hub.workbench.triage.panel import CasePanel, case_panel
from hub.workbench.triage.query import ENTRIES, REPORTS
from schemas.town.register import PlaceName

MOST_PLACES = 20
LONGEST_TEXT = 60


class Triage:
    """Reads one case for the queue page, and answers the route of the place names."""

    def __init__(self, services: Services, presence: Presence) -> None:
        self._services, self._presence = services, presence
        self._places: dict[str, PlaceName] = {}
        keys = []
        for number, place in enumerate(services.town.places):
            key = str(number)
            self._places[key] = place
            keys.append((key, place.name))
        self._index = NameIndex.of(keys)

    def add_to(self, app: web.Application) -> None:
        """Add the route of the place names."""
        app.router.add_get("/work/places", self._find_places)

    async def panel(self, request: web.Request, viewer: Viewer, case_id: str) -> CasePanel:
        """Return what the viewer sees of a case; raises `ProblemError`."""
        services = self._services
        case = await services.cases.opened(request, viewer, case_id)
        entries = await services.rows(ENTRIES, {"id": str(case.case_id)})
        ids = {"ids": [str(report.event_id) for report in case.reports[:20]]}
        reports = await services.rows(REPORTS, ids)
        others = self._presence.opened(viewer, str(case.case_id))
        return case_panel(case, viewer, services.register, entries, reports, others)

    async def _find_places(self, request: web.Request) -> web.Response:
        """Return the place names that match what is typed: by characters, pinyin or initials."""
        staff_viewer(self._services.sessions, request)
        check_names(request, ("text",))
        text = request.query.get("text", "")[:LONGEST_TEXT]
        keys = await asyncio.to_thread(self._index.find, text, MOST_PLACES) if text.strip() else []
        register = self._services.register
        matching = []
        for place in (self._places[key] for key in keys):
            grid = register.grid(place.grid_code)
            where = grid.name if grid else register.area_name(place.division_code)
            value = f"{place.name}|{place.grid_code}" if place.grid_code else place.name
            matching.append({"value": value, "name": place.name, "where": where})
        return web.json_response(matching)
