"""Sends commands 指令 over one connection and matches each outcome to its command."""

import asyncio
import threading
from uuid import UUID

import structlog
from kafka.errors import KafkaError

from hub.broker.producer import KafkaSender
from hub.broker.tail import Answers
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.runtime.errors import HubError
from hub.settings.kafka import KafkaSettings
from schemas.cases.command import Command, CommandOutcome
from schemas.topic import COMMANDS, OUTCOMES

RETRY_SECONDS = 1.0
POLL_SECONDS = 1.0

log = structlog.get_logger()


class BrokerUnavailableError(HubError, RuntimeError):
    """The broker does not answer, so a command cannot be sent now."""


class CommandClient:
    """Sends commands and receives outcomes; a process opens it once and closes it at its end."""

    def __init__(self, settings: KafkaSettings, *, is_of_hub: bool = True) -> None:
        """Prepare; a program beside the hub has `is_of_hub` False.

        Each byte of the pipe of a reader wakes one process: a second reader at the pipe of the
        hub would take bytes from it, and both would miss records for seconds.
        """
        self._settings, self._is_of_hub = settings, is_of_hub
        self._waiting: dict[UUID, asyncio.Future[CommandOutcome]] = {}
        self._sender = KafkaSender(settings)
        self._sending = threading.Lock()
        self._closing = threading.Event()
        self._is_reading = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._read, name="command-client", daemon=True)

    def open(self) -> None:
        """Start to read outcomes; call in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        """Stop reading outcomes."""
        self._closing.set()
        self._thread.join(timeout=10)
        self._sender.close()

    async def send(self, command: Command, seconds: float) -> CommandOutcome | None:
        """Send a command and return its outcome; None if no worker answers in time.

        Raises `BrokerUnavailableError` if the broker is unavailable; then the command was not sent.
        """
        if not self._is_reading.is_set():
            raise BrokerUnavailableError(f"no broker answers at {self._settings.bootstrap}")
        outcome_future: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[command.command_id] = outcome_future
        try:
            await asyncio.to_thread(self._send, command)
            return await asyncio.wait_for(outcome_future, seconds)
        except TimeoutError:
            return None
        except KafkaError as error:
            detail = f"the broker did not take the command: {error!r}"
            raise BrokerUnavailableError(detail) from error
        finally:
            self._waiting.pop(command.command_id, None)

    def _send(self, command: Command) -> None:
        with self._sending:
            self._sender.send_all([COMMANDS.record(command)])

    def _read(self) -> None:
        wakeup = wakeup_of(self._settings, TopicReader.OUTCOMES) if self._is_of_hub else None
        while not self._closing.is_set():
            try:
                answers = Answers(self._settings, OUTCOMES, wakeup)
            except KafkaError:
                self._closing.wait(RETRY_SECONDS)
                continue
            self._is_reading.set()
            try:
                while not self._closing.is_set():
                    for outcome in answers.bodies(CommandOutcome, POLL_SECONDS):
                        self._receive(outcome)
            except KafkaError as error:
                log.warning("outcome_reader_disconnected", error=repr(error))
            finally:
                self._is_reading.clear()
                answers.close()

    def _receive(self, outcome: CommandOutcome) -> None:
        if self._loop is not None and outcome.command_id in self._waiting:
            self._loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: CommandOutcome) -> None:
        outcome_future = self._waiting.get(outcome.command_id)
        if outcome_future is not None and not outcome_future.done():
            outcome_future.set_result(outcome)
