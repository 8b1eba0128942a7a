"""Sending commands 下达指令 and awaiting what came of them: for `hub cases` and `hub rules`."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import click
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from hub.broker.connection import consumer_options
from hub.broker.producer import KafkaSender
from hub.settings import Settings
from schemas.base import Frozen
from schemas.binding import Record, decode, encode
from schemas.case import Move
from schemas.command import Command, CommandOutcome
from schemas.topic import COMMANDS, OUTCOMES, Topic

WAIT = 20.0
"""Seconds that an answer is waited for."""
Body = TypeVar("Body", bound=Frozen)


class Answers:
    """Reads a topic from its end, as it was before anything was asked."""

    def __init__(self, settings: Settings, topic: Topic) -> None:
        self._parts = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        self._consumer = KafkaConsumer(enable_auto_commit=False, **consumer_options(settings))
        self._consumer.assign(self._parts)
        self._consumer.seek_to_end(*self._parts)
        for part in self._parts:
            # The end is looked up lazily: what is asked next must not move it.
            self._consumer.position(part)

    def bodies(self, model: type[Body], seconds: float = WAIT) -> Iterator[Body]:
        """Yield bodies as they come, until `seconds` have passed."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            for records in self._consumer.poll(timeout_ms=200).values():
                for record in records:
                    yield decode(model, record.value)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()


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
    told = {"command_id": uuid4(), **more}
    return Command(
        **told,
        case_id=case_id,
        move=move,
        actor=actor,
        issued_at=datetime.now(UTC),
        township=township,
        reason=reason,
        data=data,
    )


def record_of(command: Command) -> Record:
    """Return a command as the record that its case's worker reads."""
    return encode(
        COMMANDS,
        command,
        event_id=str(command.command_id),
        time=command.issued_at,
        key=command.township,
    )


def ask(settings: Settings, command: Command) -> CommandOutcome:
    """Send a command and return what came of it; raises `click.ClickException`."""
    try:
        answers = Answers(settings, OUTCOMES)
        try:
            send(settings, record_of(command))
            for outcome in answers.bodies(CommandOutcome):
                if outcome.command_id == command.command_id:
                    return outcome
        finally:
            answers.close()
    except KafkaError as error:
        raise click.ClickException(no_broker(settings, error)) from error
    detail = f"no worker answered within {WAIT:.0f} s; the command stands and will be done once"
    raise click.ClickException(f"{detail} a worker runs (hub work)")


def send(settings: Settings, record: Record) -> None:
    """Send one record; raises `KafkaError` where the broker does not take it."""
    sender = KafkaSender(settings)
    try:
        sender.send_all([record])
    finally:
        sender.close()


def no_broker(settings: Settings, error: Exception) -> str:
    """Return what is wrong where the broker does not answer."""
    return f"no broker at {settings.bootstrap} ({error!r}); start it with hub up"
