"""What a member of staff does with a case on any page 事项办理: open it, and send it a command.

Each refusal is audited, and each command before it is sent.
"""

import asyncio
from functools import partial

from aiohttp import web

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.permissions import may_open, role_for
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.command_client import CommandClient
from hub.cases.command_endpoint import SentCommand, send_command
from hub.cases.commands import Issuer
from hub.cases.reference import find_requested_case
from hub.cases.request import CommandRequest, check_reason
from hub.store.client import Store
from hub.store.json_rows import json_rows
from hub.web.problem import Problem, ProblemError
from schemas.cases.case import Case, Move
from schemas.cases.command import Role
from streams.town.register import Register

BODY = "SELECT body FROM cases WHERE case_id = {id:UUID}"
NOT_ALLOWED = (
    "this case is neither assigned to your unit nor in your area; ask the dispatcher to assign it"
    " to your unit, or to call your unit to help"
)


class StaffCases:
    """Opens cases and sends commands for members of staff, on the overview and the workbench."""

    def __init__(
        self, store: Store, audit: Audit, client: CommandClient, register: Register
    ) -> None:
        self._store, self._audit, self._client = store, audit, client
        self._register = register

    async def opened(self, request: web.Request, viewer: Viewer, case_id: str) -> Case:
        """Return a case that the viewer may open; `case_id` is its id or its short number 事项号.

        Raises `ProblemError` bad_request, not_found, several_cases, or not_yours, which is audited.
        """
        run_query = partial(json_rows, self._store)
        known = await asyncio.to_thread(find_requested_case, run_query, case_id)
        case = await asyncio.to_thread(find_case, self._store, known)
        if case is None:
            raise ProblemError(Problem.NOT_FOUND, f"no case {known}")
        if not may_open(viewer, case, self._register):
            raise await self.refused(request, viewer, AuditAction.CASE_REFUSED, known, NOT_ALLOWED)
        return case

    async def refused(
        self, request: web.Request, viewer: Viewer, what: AuditAction, case_id: str, detail: str
    ) -> ProblemError:
        """Audit a refusal and return the error to raise."""
        line = f"{request.method} {request.path}: {detail}"
        await self._audit.note_refusal(request, viewer, what, case_id, line)
        return ProblemError(Problem.NOT_YOURS, detail)

    async def command(
        self, request: web.Request, viewer: Viewer, case: Case, body: CommandRequest
    ) -> SentCommand:
        """Send a command and return its outcome. The caller has checked the CSRF token.

        Raises `ProblemError`: not_yours if no role of the viewer may give the command, bad_request
        without a reason in words, refused with the reason of the state machine or the duty list.
        """
        role = role_for(viewer, body.move)
        if role is None:
            detail = f"a {viewer.role} may not {body.move}; ask one of: {_who_may(body.move)}"
            what = AuditAction.COMMAND_REFUSED
            raise await self.refused(request, viewer, what, str(case.case_id), detail)
        return await self._send(request, viewer, case, body, Issuer(viewer.name, role, viewer.unit))

    async def command_as_volunteer(
        self, request: web.Request, viewer: Viewer, case: Case, body: CommandRequest
    ) -> SentCommand:
        """Send a command about a wish of a grid worker, who is the volunteer with his code.

        The caller has checked the CSRF token, and that the wish is in the worker's grids. Raises
        `ProblemError` as `command`.
        """
        return await self._send(request, viewer, case, body, Issuer(viewer.unit, Role.VOLUNTEER))

    async def _send(
        self,
        request: web.Request,
        viewer: Viewer,
        case: Case,
        body: CommandRequest,
        issuer: Issuer,
    ) -> SentCommand:
        check_reason(body)
        await self._audit.note(request, viewer, AuditAction.COMMAND, str(case.case_id), body.move)

        async def audit_refusal(detail: str) -> None:
            what = AuditAction.COMMAND_REFUSED
            await self._audit.note_refusal(request, viewer, what, str(case.case_id), detail)

        route = case.route or case.division_code
        return await send_command(self._client, case.case_id, route, issuer, body, audit_refusal)


def find_case(store: Store, case_id: str) -> Case | None:
    """Return a case as the store has it; None if there is no such case."""
    rows = json_rows(store, BODY, {"id": case_id})
    return Case.model_validate_json(rows[0]["body"]) if rows else None


def _who_may(move: Move) -> str:
    return "、".join(role for role in StaffRole if role_for(Viewer(role=role), move)) or "nobody"
