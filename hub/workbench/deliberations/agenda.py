"""The agenda for other pages 议事索引: the deliberations of a case, and those of a project."""

from hub.workbench.deliberations.query import OF_CASE, OF_PROJECT
from hub.workbench.deliberations.view import DeliberationRow, deliberation_row
from hub.workbench.services import Services


class Agenda:
    """Looks up deliberations for the page of a case and of a project."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._areas = {area.code: area.name for area in services.town.areas}
        self._units = {unit.code: unit.name for unit in services.town.units}

    async def of_case(self, case_id: str) -> list[DeliberationRow]:
        """Return the deliberations of a case, and of those that were merged into it."""
        return await self._lines(OF_CASE, {"id": case_id})

    async def of_project(self, code: str) -> list[DeliberationRow]:
        """Return the deliberations that a project comes from, or that are about it."""
        return await self._lines(OF_PROJECT, {"code": code})

    async def _lines(self, sql: str, parameters: dict[str, str]) -> list[DeliberationRow]:
        rows = await self._services.rows(sql, parameters)
        return [deliberation_row(row, self._areas, self._units) for row in rows]
