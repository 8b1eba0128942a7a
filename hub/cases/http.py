"""The case API 案件接口: look at a case, command it, hear what came of a command.

Described by OpenAPI 3.1 at `/api/v1/openapi.json`; errors are problems (RFC 9457).
"""

import asyncio
from uuid import UUID, uuid4

from aiohttp import web

from hub.accounts.callers import Caller, caller_of, load_callers
from hub.cases.command_client import CommandDesk, DeskClosedError
from hub.cases.commands import command_of
from hub.cases.openapi import openapi
from hub.cases.request import wish_of
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import Problem, ProblemError
from hub.web.query import check_names
from schemas.base import Frozen
from schemas.case import Case
from schemas.command import Command, CommandOutcome
from streams.case.authority import may_see
from streams.town.register import Register

ANSWER_SECONDS = 10.0
"""Seconds that an HTTP caller waits for the outcome; then it asks for it by the command's id."""
CASE = "SELECT route, body FROM cases FINAL WHERE case_id = {id:UUID}"
OUTCOME = (
    "SELECT command_id, case_id, accepted, state, seq, refusal, at FROM command_outcomes FINAL"
    " WHERE command_id = {id:UUID}"
)


class CasesHttp:
    """The routes of the case API."""

    def __init__(
        self, settings: Settings, store: Store, desk: CommandDesk, register: Register
    ) -> None:
        self.settings, self.store, self.desk = settings, store, desk
        self.register = register

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
        case, _ = await self._found(request, caller)
        return _answer(case)

    async def _command(self, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        wish = await wish_of(request)
        case, route = await self._found(request, caller)
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
        return await answered(self.desk, command)

    async def _outcome(self, request: web.Request) -> web.Response:
        await self._caller(request)
        wanted = _id(request, "command_id")
        rows = await asyncio.to_thread(self.store.named, OUTCOME, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no outcome of command {wanted} yet")
        row = rows[0]
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
            raise ProblemError(Problem.BAD_TOKEN, "Authorization: Bearer with a caller's token")
        check_names(request, ())
        return caller

    async def _found(self, request: web.Request, caller: Caller) -> tuple[Case, str]:
        """Return a case that the caller may see, and where its commands go."""
        wanted = _id(request, "case_id")
        rows = await asyncio.to_thread(self.store.named, CASE, {"id": wanted})
        if not rows:
            raise ProblemError(Problem.NOT_FOUND, f"no case {wanted}")
        case = Case.model_validate_json(rows[0]["body"])
        if not may_see(caller.role, caller.unit, case, self.register):
            raise ProblemError(Problem.NOT_YOURS)
        return case, str(rows[0]["route"])


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
