"""The routes of the map's layers 地图图层接口: `/api/layers`, `…/grids`, `…/premises`.

The registers are not public: each route needs a session, and a role that sees the registers of an
area. A member of a unit has cases, and no area; he gets none.
"""

import asyncio
from typing import Any

from aiohttp import web

from hub.accounts.permissions import Scope, scope_of
from hub.accounts.session import Sessions
from hub.accounts.staff import StaffRole
from hub.overview import layers
from hub.store.client import Store
from hub.store.json_rows import json_rows
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from streams.town.register import Register

READERS = frozenset({StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.AUDITOR})


class LayersHttp:
    """The handlers of these routes."""

    def __init__(self, store: Store, sessions: Sessions, register: Register) -> None:
        self._store, self._sessions, self._register = store, sessions, register

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
        app.router.add_get("/api/layers", self._kinds)
        app.router.add_get("/api/layers/grids", self._grids)
        app.router.add_get("/api/layers/premises", self._premises)

    def _scope(self, request: web.Request) -> Scope:
        viewer = self._sessions.viewer(request)
        if viewer.role is None:
            raise ProblemError(Problem.NO_SESSION)
        if viewer.role not in READERS:
            raise ProblemError(Problem.NOT_YOURS, "台账图层不对您的角色开放")
        return scope_of(viewer, self._register)

    async def _kinds(self, request: web.Request) -> web.Response:
        """Return the kinds of premises with their numbers, the most frequent first."""
        scope = self._scope(request)
        check_names(request, ())
        return await self._answer(layers.KINDS.replace("SCOPE", scope.sql), scope.parameters)

    async def _grids(self, request: web.Request) -> web.Response:
        """Return the numbers of each grid of the viewer."""
        scope = self._scope(request)
        check_names(request, ())
        return await self._answer(layers.GRIDS.replace("SCOPE", scope.sql), scope.parameters)

    async def _premises(self, request: web.Request) -> web.Response:
        """Return the premises of some kinds in a box, grouped by cell."""
        scope = self._scope(request)
        check_names(request, ("kinds", "box"))
        if "kinds" not in request.query:
            raise ProblemError(Problem.BAD_REQUEST, "name the kinds of premises")
        try:
            box = layers.read_box(request.query.get("box", ""))
            kinds = layers.read_kinds(request.query["kinds"])
        except ValueError as error:
            raise ProblemError(Problem.BAD_REQUEST, str(error)) from error
        return await self._answer(*layers.points_query(scope, box, kinds))

    async def _answer(self, sql: str, parameters: dict[str, Any]) -> web.Response:
        rows = await asyncio.to_thread(json_rows, self._store, sql, parameters)
        return web.json_response({"rows": rows}, headers={"Cache-Control": "no-store"})
