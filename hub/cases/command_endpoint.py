"""Handles posted commands 指令: callers and staff send the same request body."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID

from aiohttp import web

from hub.cases.command_client import BrokerUnavailableError, CommandClient
from hub.cases.commands import Issuer, new_command
from hub.cases.request import CommandRequest
from hub.web.problem import Problem, ProblemError
from schemas.cases.command import Command, CommandOutcome

ANSWER_SECONDS = 10.0
"""Seconds that a request waits for the outcome. Later the client requests it by command id."""


class SentCommand(NamedTuple):
    """A command that was sent, and its outcome; None if no worker answered in time."""

    command: Command
    outcome: CommandOutcome | None


async def post_command(
    client: CommandClient,
    case_id: UUID,
    route: str,
    issuer: Issuer,
    body: CommandRequest,
    audit_refusal: Callable[[str], Awaitable[None]],
) -> web.Response:
    """Send the command of a request, and respond with its outcome: see `send_command`."""
    return command_answer(await send_command(client, case_id, route, issuer, body, audit_refusal))


async def send_command(
    client: CommandClient,
    case_id: UUID,
    route: str,
    issuer: Issuer,
    body: CommandRequest,
    audit_refusal: Callable[[str], Awaitable[None]],
) -> SentCommand:
    """Send the command of a request, and wait for its outcome.

    `audit_refusal` is called with the reason if the case refuses the command. Raises
    `ProblemError`.
    """
    command = new_command(case_id, route, issuer, body)
    try:
        outcome = await client.send(command, ANSWER_SECONDS)
    except BrokerUnavailableError as error:
        raise ProblemError(Problem.BROKER_AWAY, str(error)) from error
    if outcome is not None and not outcome.accepted:
        await audit_refusal(f"{body.move}: {outcome.refusal}")
        raise ProblemError(Problem.REFUSED, outcome.refusal)
    return SentCommand(command, outcome)


def command_answer(sent: SentCommand) -> web.Response:
    """Return 200 with the outcome of a command, or 202 with the URL at which it will appear."""
    if sent.outcome is None:
        where = f"/api/v1/commands/{sent.command.command_id}"
        pending = {"command_id": str(sent.command.command_id), "outcome": where}
        return web.json_response(pending, status=202, headers={"Location": where})
    return web.Response(text=sent.outcome.model_dump_json(), content_type="application/json")
