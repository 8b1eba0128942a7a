"""Builds a command 下达指令; for `hub cases` sends it and waits for its outcome."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from kafka.errors import KafkaError

from hub.broker.producer import no_broker, send
from hub.broker.tail import WAIT, Answers
from hub.cases.request import CommandRequest
from hub.runtime.errors import HubError
from hub.settings.kafka import KafkaSettings
from schemas.cases.command import Command, CommandOutcome, Role
from schemas.topic import COMMANDS, OUTCOMES


class Issuer(NamedTuple):
    """The sender of a command. `role` and `unit` decide what the sender may do."""

    name: str
    role: Role
    unit: str = ""


def new_command(case_id: UUID, route: str, issuer: Issuer, body: CommandRequest) -> Command:
    """Return the command of a request, issued now; `route` decides its partition."""
    return Command(
        command_id=body.command_id or uuid4(),
        case_id=case_id,
        move=body.move,
        township=route,
        actor=issuer.name,
        role=issuer.role,
        unit=issuer.unit,
        issued_at=datetime.now(UTC),
        reason=body.reason,
        expected_seq=body.expected_seq,
        data=dict(body.data),
    )


def send_and_wait(settings: KafkaSettings, command: Command) -> CommandOutcome:
    """Send a command and return its outcome; raises `HubError` if none comes in time."""
    try:
        answers = Answers(settings, OUTCOMES)
        try:
            send(settings, COMMANDS.record(command))
            for outcome in answers.bodies(CommandOutcome):
                if outcome.command_id == command.command_id:
                    return outcome
        finally:
            answers.close()
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    detail = (
        f"no worker answered within {WAIT:.0f} s; the command is on its topic and takes effect when"
    )
    raise HubError(f"{detail} a worker runs (hub work)")
