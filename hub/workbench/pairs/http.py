"""The page `/work/pairs` 同案比对: at most sixty pairs, each decided by one key."""

from uuid import UUID, uuid4

from aiohttp import web

from hub.accounts.permissions import Scope, scope_of
from hub.accounts.staff import StaffRole
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from hub.workbench.access import staff_viewer
from hub.workbench.page import Pages
from hub.workbench.pairs.query import SUGGESTED, cases_query, others_query
from hub.workbench.pairs.view import Pair, Row, named_ids, pairs_of, suggestions_of
from hub.workbench.services import Services

ROUNDS = 3
"""Reads of suggested cases: themselves, and the cases into which they were merged."""


class PairsHttp:
    """The handler of the pairs; only dispatchers decide them."""

    def __init__(self, services: Services, pages: Pages) -> None:
        self._services, self._pages = services, pages
        self._units = {unit.code: unit.name for unit in services.town.units}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/work/pairs", self._pairs)

    async def _pairs(self, request: web.Request) -> web.Response:
        viewer = staff_viewer(self._services.sessions, request, StaffRole.CITY, StaffRole.TOWNSHIP)
        check_names(request, ("case",))
        scope = scope_of(viewer, self._services.register)
        pairs = await self._found(scope, _case_of(request))
        return await self._pages.answer(
            request,
            viewer,
            "pairs/pairs.html",
            title="疑似同案",
            pairs=pairs,
            only=bool(request.query.get("case")),
            batches=[uuid4() for _ in pairs],
        )

    async def _found(self, scope: Scope, case_id: str) -> list[Pair]:
        services = self._services
        sql, parameters = cases_query(scope, case_id)
        cases = await services.rows(sql, parameters)
        others: dict[str, Row] = {row["case_id"]: row for row in cases}
        wanted = named_ids(cases)
        for _ in range(ROUNDS):
            missing = [other for other in wanted if other not in others]
            if not missing:
                break
            sql, parameters = others_query(scope, missing)
            rows = await services.rows(sql, parameters)
            others |= {row["case_id"]: row for row in rows}
            wanted = [row["merged_into"] for row in rows if row["merged_into"]]
        ids = {"ids": [row["case_id"] for row in cases]}
        entries = await services.rows(SUGGESTED, ids) if cases else []
        return pairs_of(cases, others, suggestions_of(entries), self._units)


def _case_of(request: web.Request) -> str:
    text = request.query.get("case", "")
    try:
        return str(UUID(text)) if text else ""
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, "事项编号有误") from error
