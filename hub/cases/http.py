"""The case API 案件接口: look at a case, command it, hear what came of a command.

Described by OpenAPI 3.1 at `/api/v1/openapi.json`; errors are problems (RFC 9457).
"""

import asyncio
from uuid import UUID, uuid4

import structlog
from aiohttp import web

from hub.accounts.audit import Audit, Look, Somebody
from hub.accounts.callers import Caller, caller_of, load_callers
from hub.accounts.confidential import without_keys, without_words
from hub.accounts.session import PUBLIC
from hub.cases.command_client import CommandDesk, DeskClosedError
from hub.cases.commands import command_of
from hub.cases.openapi import openapi
from hub.cases.request import check_reason, wish_of
from hub.settings.kafka import KafkaSettings
from hub.store.client import Store
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from schemas.base import Frozen
from schemas.cases.case import Case
from schemas.cases.command import Command, CommandOutcome
from streams.case.authority import may_see
from streams.town.register import Register

ANSWER_SECONDS = 10.0
"""Seconds that an HTTP caller waits for the outcome; then it asks for it by the command's id."""
CASE = "SELECT route, body FROM cases FINAL WHERE case_id = {id:UUID}"
OUTCOME = (
    "SELECT command_id, case_id, accepted, state, seq, refusal, at FROM command_outcomes FINAL"
    " WHERE command_id = {id:UUID}"
)
COMMAND_EXISTS = (
    "SELECT 1 AS given FROM case_events"
    " WHERE case_id = {case:UUID} AND cause = {id:UUID} AND actor = {actor:String} LIMIT 1"
)

log = structlog.get_logger()


class CasesHttp:
    """The routes of the case API."""

    def __init__(
        self,
        settings: KafkaSettings,
        store: Store,
        desk: CommandDesk,
        register: Register,
        audit: Audit | None = None,
    ) -> None:
        """Take what answers; without an audit refusals are logged only."""
        self.settings, self.store, self.desk = settings, store, desk
        self.register, self.audit = register, audit

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application that answers `ProblemError`."""
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
        wish = await wish_of(request)
        check_reason(wish)
        case, route = await self._case_of(request, caller)
        command = command_of(
            case.case_id,
            wish.move,
            route,
            caller.name,
            wish.reason,
            dict(wish.data),
            command_id=wish.command_id or uuid4(),
            role=caller.role,
            unit=caller.unit,
            expected_seq=wish.expected_seq,
        )
        try:
            return await answered(self.desk, command)
        except ProblemError as error:
            if error.problem is Problem.REFUSED:
                detail = f"{wish.move}: {error.detail}"
                await self._note(request, caller, Look.COMMAND_REFUSED, detail, str(case.case_id))
            raise

    async def _outcome(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        wanted = _id(request, "command_id")
        rows = await asyncio.to_thread(self.store.named, OUTCOME, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no outcome of command {wanted} yet")
        row = rows[0]
        if not await self._may_hear(caller, wanted, str(row["case_id"])):
            detail = "this command went to a case that is not yours; ask whoever gave it"
            raise await self._refused(request, caller, Look.CASE_REFUSED, detail, row["case_id"])
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
            await self._note(request, PUBLIC, Look.TOKEN_FAILED, detail)
            raise ProblemError(Problem.BAD_TOKEN, detail)
        check_names(request, ())
        return caller

    async def _case_of(self, request: web.Request, caller: Caller) -> tuple[Case, str]:
        """Return a case that the caller may see, and where its commands go."""
        wanted = _id(request, "case_id")
        rows = await asyncio.to_thread(self.store.named, CASE, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no case {wanted}")
        case = Case.model_validate_json(rows[0]["body"])
        if not may_see(caller.role, caller.unit, case, self.register):
            detail = (
                "this case is neither with the unit of this token nor in its area; ask the"
                " dispatcher to assign it to that unit"
            )
            raise await self._refused(request, caller, Look.CASE_REFUSED, detail, wanted)
        return case, str(rows[0]["route"])

    async def _may_hear(self, caller: Caller, command_id: str, case_id: str) -> bool:
        """Whether a caller may hear of a command: its case is his to see, or he has moved it so.

        A unit that has returned a case sees it no longer, and yet hears that it was returned.
        """
        rows = await asyncio.to_thread(self.store.named, CASE, {"id": case_id})
        if not rows:
            # There is no case to learn anything of.
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
        self, request: web.Request, caller: Caller, what: Look, detail: str, case_id: object
    ) -> ProblemError:
        """Write a refusal down and return it, to be raised."""
        purpose = f"{request.method} {request.path}: {detail}"
        await self._note(request, caller, what, purpose, str(case_id))
        return ProblemError(Problem.NOT_YOURS, detail)

    async def _note(
        self, request: web.Request, who: Somebody, what: Look, detail: str, case_id: str = ""
    ) -> None:
        log.info("refused", who=who.name, what=what, path=request.path)
        if self.audit is not None:
            await self.audit.note_refusal(request, who, what, case_id, detail)


def _shown(caller: Caller, case: Case) -> Case:
    """Return what a caller may see of a case; words of a confidential one are for its unit."""
    has_it = case.assignment is not None and caller.unit == case.assignment.unit
    return without_keys(case if has_it or not case.confidential else without_words(case))


def _id(request: web.Request, name: str) -> str:
    try:
        return str(UUID(request.match_info[name]))
    except ValueError as error:
        detail = f"{request.match_info[name]} is no UUID"
        raise ProblemError(Problem.BAD_REQUEST, detail) from error


async def answered(desk: CommandDesk, command: Command) -> web.Response:
    """Answer a command with its outcome, or with where that will be; raises `ProblemError`."""
    try:
        outcome = await desk.ask(command, ANSWER_SECONDS)
    except DeskClosedError as error:
        raise ProblemError(Problem.BROKER_AWAY, str(error)) from error
    if outcome is None:
        where = f"/api/v1/commands/{command.command_id}"
        body = {"command_id": str(command.command_id), "outcome": where}
        return web.json_response(body, status=202, headers={"Location": where})
    if not outcome.accepted:
        raise ProblemError(Problem.REFUSED, outcome.refusal)
    return _answer(outcome)


def _answer(body: Frozen) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")
