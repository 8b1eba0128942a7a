"""Sending commands 下达指令 and awaiting what came of them: for `hub cases` and `hub rules`."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from kafka.errors import KafkaError

from hub.broker.producer import no_broker, send
from hub.broker.tail import WAIT, Answers
from hub.runtime.errors import HubError
from hub.settings.kafka import KafkaSettings
from schemas.cases.case import Move
from schemas.cases.command import Command, CommandOutcome
from schemas.topic import COMMANDS, OUTCOMES


def command_of(
    case_id: UUID,
    move: Move,
    township: str,
    actor: str,
    reason: str,
    data: dict[str, Any],
    **more: Any,
) -> Command:
    """Return a new command, issued now; `more` has role, unit, expected_seq, command_id."""
    fields = {"command_id": uuid4(), **more}
    return Command(
        **fields,
        case_id=case_id,
        move=move,
        actor=actor,
        issued_at=datetime.now(UTC),
        township=township,
        reason=reason,
        data=data,
    )


def ask(settings: KafkaSettings, command: Command) -> CommandOutcome:
    """Send a command and return what came of it; raises `HubError`."""
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
    detail = f"no worker answered within {WAIT:.0f} s; the command stands and will be done once"
    raise HubError(f"{detail} a worker runs (hub work)")
