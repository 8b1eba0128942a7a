"""The cases into which a case may be merged 并案选件: the likeliest first, or those that are typed.

`GET /work/merge-choices?case=ID&text=…` answers the type-ahead of the panel. Without a text it
lists what the hub suggests, and then open cases with like words. Digits find a short number by its
beginning or its end; words find open cases in whose texts or place all of them occur.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.accounts.permissions import Scope, may_read_text, role_for, scope_of
from hub.security.confidential import CONFIDENTIAL
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.entry.query import SHORTEST, similar_query
from hub.workbench.services import Services
from hub.workbench.triage.query import CHOICES, ROUTES, choices_query
from schemas.cases.case import STATE_NAMES, Case, Move, State
from schemas.route import city_of

MOST = 8
LONGEST_TEXT, LONGEST_TITLE = 100, 40
COMPARED = 1000
"""Characters of a case that are compared with other cases."""


class MergeChoices:
    """Answers the route of the type-ahead."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/merge-choices", self._choices)

    async def _choices(self, request: web.Request) -> web.Response:
        """Return value, name and details of each choice; the value is a short number or an id."""
        services = self._services
        viewer = staff_viewer(services.sessions, request)
        check_names(request, ("case", "text"))
        if role_for(viewer, Move.MERGE) is None:
            raise ProblemError(Problem.NOT_YOURS, "只有派单人员可以并案")
        case = await services.cases.opened(request, viewer, request.query.get("case", ""))
        text = " ".join(request.query.get("text", "")[:LONGEST_TEXT].split())
        scope = scope_of(viewer, services.register)
        if text:
            rows = await services.rows(*choices_query(text, case, scope))
        else:
            rows = await self._likeliest(case, scope, readable=may_read_text(viewer, case))
        city = case.route or city_of(case.division_code)
        same_city = await self._of_city([row["id"] for row in rows], city)
        shown = [row for row in rows if row["id"] in same_city][:MOST]
        return web.json_response([choice(row, self._units) for row in shown])

    async def _likeliest(self, case: Case, scope: Scope, *, readable: bool) -> list[dict[str, Any]]:
        """Return open cases that the hub suggests, and then those with like words."""
        services, ids = self._services, [str(other) for other in case.suggested[:MOST]]
        text = f"{case.title} {case.content}".strip()[:COMPARED] if readable else ""
        if len(text) >= SHORTEST:
            place = (case.division_code, case.grid_code, case.category)
            similar = await services.rows(*similar_query(scope, text, *place))
            ids += [row["id"] for row in similar]
        ids = [other for other in dict.fromkeys(ids) if other != str(case.case_id)]
        sql = f"{CHOICES} AND ({scope.sql})"
        rows = await services.rows(sql, {**scope.parameters, "ids": ids}) if ids else []
        return sorted(rows, key=lambda row: ids.index(row["id"]))

    async def _of_city(self, ids: list[str], city: str) -> set[str]:
        """Return the cases of a city: cases of two cities may have the same number."""
        rows = await self._services.rows(ROUTES, {"ids": ids}) if ids else []
        return {row["id"] for row in rows if row["route"] == city}


def choice(row: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, str]:
    """Return a choice as the type-ahead shows it; a confidential case shows no place."""
    title = CONFIDENTIAL if row["confidential"] else row["title"] or row["content"] or "（无标题）"
    about = (
        row["number"],
        row["place_name"],
        units.get(row["unit"], ""),
        STATE_NAMES[State(row["state"])],
    )
    return {
        "value": row["number"] or row["id"],
        "name": title[:LONGEST_TITLE],
        "where": " · ".join(part for part in about if part),
    }
