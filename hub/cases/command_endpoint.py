"""Handles posted commands 指令: callers and staff send the same request body."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from hub.cases.command_client import BrokerUnavailableError, CommandClient
from hub.cases.commands import Issuer, new_command
from hub.cases.request import CommandRequest
from hub.web.problem import Problem, ProblemError
from schemas.cases.command import Command

ANSWER_SECONDS = 10.0
"""Seconds that a request waits for the outcome. Later the client requests it by command id."""


async def post_command(
    client: CommandClient,
    case_id: UUID,
    route: str,
    issuer: Issuer,
    body: CommandRequest,
    audit_refusal: Callable[[str], Awaitable[None]],
) -> web.Response:
    """Send the command of a request, and respond with its outcome.

    The response is 200 with the outcome, or 202 with the URL at which it will appear.
    `audit_refusal` is called with the reason if the case refuses the command. Raises
    `ProblemError`.
    """
    try:
        return await _outcome(client, new_command(case_id, route, issuer, body))
    except ProblemError as error:
        if error.problem is Problem.REFUSED:
            await audit_refusal(f"{body.move}: {error.detail}")
        raise


async def _outcome(client: CommandClient, command: Command) -> web.Response:
    try:
        outcome = await client.send(command, ANSWER_SECONDS)
    except BrokerUnavailableError as error:
        raise ProblemError(Problem.BROKER_AWAY, str(error)) from error
    if outcome is None:
        where = f"/api/v1/commands/{command.command_id}"
        pending = {"command_id": str(command.command_id), "outcome": where}
        return web.json_response(pending, status=202, headers={"Location": where})
    if not outcome.accepted:
        raise ProblemError(Problem.REFUSED, outcome.refusal)
    return web.Response(text=outcome.model_dump_json(), content_type="application/json")
