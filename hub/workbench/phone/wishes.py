"""Wishes on the phone page 认领微心愿: a grid worker takes, gives back and fulfils them.

He is the volunteer with the code of his account. Two people may want the same wish, so nothing
waits on the phone: it works with a network only, and the first one gets the wish.
"""

import asyncio
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import AuditAction
from hub.accounts.login_http import check_csrf
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.request import CommandRequest, parse_command
from hub.cases.staff_cases import find_case
from hub.web.problem import Problem, ProblemError
from hub.workbench.access import staff_viewer
from hub.workbench.phone.grids import beijing_today, grids_of
from hub.workbench.services import Services
from schemas.cases.case import Case, Move

MOVES = (Move.TAKE, Move.GIVE_BACK, Move.RESOLVE)


class Wishes:
    """The route by which a grid worker commands about a wish."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/patrol/wishes/{case_id}", self._command)

    async def _command(self, request: web.Request) -> web.Response:
        """Send a command; its body is that of the case API, without data.

        The answer says whether the outcome is known yet. Raises `ProblemError`.
        """
        viewer = staff_viewer(self._services.sessions, request, StaffRole.GRID_WORKER)
        check_csrf(request, viewer)
        body = await parse_command(request)
        if body.move not in MOVES or body.data:
            raise ProblemError(Problem.BAD_REQUEST, "微心愿只能认领、还单和办结")
        case = await self._wish(request, viewer, body)
        sent = await self._services.cases.command_as_volunteer(request, viewer, case, body)
        return web.json_response({"is_known": sent.outcome is not None})

    async def _wish(self, request: web.Request, viewer: Viewer, body: CommandRequest) -> Case:
        """Return a wish of the worker's grids that he may command about; a refusal is audited."""
        case_id = _case_id(request)
        case = await asyncio.to_thread(find_case, self._services.store, case_id)
        grids = [grid["code"] for grid in await grids_of(self._services, viewer, beijing_today())]
        # Whether another grid has such a case is not for him to know.
        fault = ""
        if case is None or case.grid_code not in grids or not case.wish or case.confidential:
            fault = "您的网格没有这个微心愿"
        elif body.move is not Move.TAKE and case.volunteer != viewer.unit:
            fault = "这个心愿不是您认领的"
        if case is None or fault:
            what = AuditAction.COMMAND_REFUSED
            raise await self._services.cases.refused(request, viewer, what, case_id, fault)
        return case


def _case_id(request: web.Request) -> str:
    """Return the case id in the address; raises `ProblemError` bad_request if it is none."""
    try:
        return str(UUID(request.match_info["case_id"]))
    except ValueError as error:
        raise ProblemError(Problem.BAD_REQUEST, "心愿编号有误，请重新打开页面") from error
