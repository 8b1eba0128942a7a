"""The case API 事项接口: read a case, send it a command, read the outcome of a command.

`/api/v1/openapi.json` describes it in OpenAPI 3.1. Errors are problem details (RFC 9457).
"""

import asyncio
from uuid import UUID

import structlog
from aiohttp import web

from hub.accounts.audit import Audit, AuditAction, Principal
from hub.accounts.callers import Caller, caller_of, load_callers
from hub.accounts.confidential import without_reporter_keys, without_text
from hub.accounts.session import PUBLIC
from hub.cases.command_client import CommandClient
from hub.cases.command_endpoint import post_command
from hub.cases.commands import Issuer
from hub.cases.openapi import openapi
from hub.cases.reference import find_requested_case
from hub.cases.request import check_reason, parse_command
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from schemas.base import Frozen
from schemas.cases.case import Case
from schemas.cases.command import CommandOutcome
from streams.case.authority import may_see
from streams.town.register import Register

CASE = "SELECT route, body FROM cases FINAL WHERE case_id = {id:UUID}"
OUTCOME = (
    "SELECT command_id, case_id, accepted, state, seq, refusal, at FROM command_outcomes FINAL"
    " WHERE command_id = {id:UUID}"
)
COMMAND_EXISTS = (
    "SELECT 1 AS issued FROM case_events"
    " WHERE case_id = {case:UUID} AND cause = {id:UUID} AND actor = {actor:String} LIMIT 1"
)

log = structlog.get_logger()


class CasesHttp:
    """The routes of the case API."""

    def __init__(
        self,
        settings: KafkaSettings,
        store: Store,
        client: CommandClient,
        register: Register,
        audit: Audit | None = None,
    ) -> None:
        """Store the dependencies of the routes. Without `audit`, refusals are only logged."""
        self.settings, self.store, self.client = settings, store, client
        self.register, self.audit = register, audit

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application whose middleware handles `ProblemError`."""
        app.router.add_get("/api/v1/openapi.json", self._described)
        app.router.add_get("/api/v1/cases/{case_id}", self._case)
        app.router.add_post("/api/v1/cases/{case_id}/commands", self._command)
        app.router.add_get("/api/v1/commands/{command_id}", self._outcome)

    async def _described(self, _: web.Request) -> web.Response:
        return web.json_response(openapi())

    async def _case(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        case, _ = await self._case_of(request, caller)
        return _answer(_shown(caller, case))

    async def _command(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        body = await parse_command(request)
        check_reason(body)
        case, route = await self._case_of(request, caller)

        async def audit_refusal(detail: str) -> None:
            what = AuditAction.COMMAND_REFUSED
            await self._note(request, caller, what, detail, str(case.case_id))

        issuer = Issuer(caller.name, caller.role, caller.unit)
        return await post_command(self.client, case.case_id, route, issuer, body, audit_refusal)

    async def _outcome(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        wanted = _id(request, "command_id")
        rows = await asyncio.to_thread(self.store.named, OUTCOME, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no outcome of command {wanted} yet")
        row = rows[0]
        if not await self._may_read_outcome(caller, wanted, str(row["case_id"])):
            detail = (
                "this command is for a case that you may not see; only its sender and those who may"
                " see the case can read its outcome"
            )
            raise await self._refused(
                request, caller, AuditAction.CASE_REFUSED, detail, row["case_id"]
            )
        return _answer(
            CommandOutcome.model_validate(
                row | {"state": row["state"] or None, "seq": row["seq"] or None}
            )
        )

    async def _caller(self, request: web.Request) -> Caller:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        callers = await asyncio.to_thread(load_callers, self.settings)
        caller = caller_of(callers, token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            detail = "send Authorization: Bearer with a caller's token (hub callers add)"
            await self._note(request, PUBLIC, AuditAction.TOKEN_FAILED, detail)
            raise ProblemError(Problem.BAD_TOKEN, detail)
        check_names(request, ())
        return caller

    async def _case_of(self, request: web.Request, caller: Caller) -> tuple[Case, str]:
        """Return a case that the caller may see, and the route of its commands."""
        named = request.match_info["case_id"]
        wanted = await asyncio.to_thread(find_requested_case, self.store.named, named)
        rows = await asyncio.to_thread(self.store.named, CASE, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no case {wanted}")
        case = Case.model_validate_json(rows[0]["body"])
        if not may_see(caller.role, caller.unit, case, self.register):
            detail = (
                "this case is neither assigned to the unit of this token nor in its area; ask the"
                " dispatcher to assign it to that unit"
            )
            raise await self._refused(request, caller, AuditAction.CASE_REFUSED, detail, wanted)
        return case, str(rows[0]["route"])

    async def _may_read_outcome(self, caller: Caller, command_id: str, case_id: str) -> bool:
        """Return whether a caller may read an outcome: he may see the case, or sent the command.

        A unit that has returned a case may no longer see it, but may read that it was returned.
        """
        rows = await asyncio.to_thread(self.store.named, CASE, {"id": case_id})
        if not rows:
            # Without a case there is nothing to protect.
            return True
        case = Case.model_validate_json(rows[0]["body"])
        if may_see(caller.role, caller.unit, case, self.register):
            return True
        rows = await asyncio.to_thread(
            self.store.named,
            COMMAND_EXISTS,
            {"id": command_id, "case": case_id, "actor": caller.name},
        )
        return bool(rows)

    async def _refused(
        self, request: web.Request, caller: Caller, what: AuditAction, detail: str, case_id: object
    ) -> ProblemError:
        """Audit a refusal and return the error to raise."""
        purpose = f"{request.method} {request.path}: {detail}"
        await self._note(request, caller, what, purpose, str(case_id))
        return ProblemError(Problem.NOT_YOURS, detail)

    async def _note(
        self,
        request: web.Request,
        who: Principal,
        what: AuditAction,
        detail: str,
        case_id: str = "",
    ) -> None:
        log.info("refused", who=who.name, what=what, path=request.path)
        if self.audit is not None:
            await self.audit.note_refusal(request, who, what, case_id, detail)


def _shown(caller: Caller, case: Case) -> Case:
    """Return the part of a case that a caller may see; only its unit sees confidential text."""
    has_it = case.assignment is not None and caller.unit == case.assignment.unit
    return without_reporter_keys(case if has_it or not case.confidential else without_text(case))


def _id(request: web.Request, name: str) -> str:
    try:
        return str(UUID(request.match_info[name]))
    except ValueError as error:
        detail = f"{request.match_info[name]} is not a UUID"
        raise ProblemError(Problem.BAD_REQUEST, detail) from error


def _answer(body: Frozen) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")
