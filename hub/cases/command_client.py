"""The command desk 指令台: many commands at once over one connection, each with its answer."""

import asyncio
import threading
from uuid import UUID

import structlog
from kafka.errors import KafkaError

from hub.broker.producer import KafkaSender
from hub.broker.tail import Answers
from hub.runtime.errors import HubError
from hub.settings.kafka import KafkaSettings
from schemas.cases.command import Command, CommandOutcome
from schemas.topic import COMMANDS, OUTCOMES

RETRY_SECONDS = 1.0
LISTEN_SECONDS = 1.0

log = structlog.get_logger()


class DeskClosedError(HubError, RuntimeError):
    """The broker does not answer: no command can be given now."""


class CommandDesk:
    """Sends commands and hears outcomes; `open` and `close` belong to the process's life."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._waiting: dict[UUID, asyncio.Future[CommandOutcome]] = {}
        self._sender = KafkaSender(settings)
        self._sending = threading.Lock()
        self._ends = threading.Event()
        self._listens = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._listen, name="command-desk", daemon=True)

    def open(self) -> None:
        """Begin to listen for outcomes; call in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        """End listening."""
        self._ends.set()
        self._thread.join(timeout=10)
        self._sender.close()

    async def ask(self, command: Command, seconds: float) -> CommandOutcome | None:
        """Send a command and return its outcome; None where no worker answers in time.

        Raises `DeskClosedError` where the broker is away: the command was not given then.
        """
        if not self._listens.is_set():
            raise DeskClosedError(f"no broker at {self._settings.bootstrap}")
        heard: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[command.command_id] = heard
        try:
            await asyncio.to_thread(self._send, command)
            return await asyncio.wait_for(heard, seconds)
        except TimeoutError:
            return None
        except KafkaError as error:
            detail = f"the broker did not take the command: {error!r}"
            raise DeskClosedError(detail) from error
        finally:
            self._waiting.pop(command.command_id, None)

    def _send(self, command: Command) -> None:
        with self._sending:
            self._sender.send_all([COMMANDS.record(command)])

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                answers = Answers(self._settings, OUTCOMES)
            except KafkaError:
                self._ends.wait(RETRY_SECONDS)
                continue
            self._listens.set()
            try:
                while not self._ends.is_set():
                    for outcome in answers.bodies(CommandOutcome, LISTEN_SECONDS):
                        self._hear(outcome)
            except KafkaError as error:
                log.warning("command desk lost the broker", error=repr(error))
            finally:
                self._listens.clear()
                answers.close()

    def _hear(self, outcome: CommandOutcome) -> None:
        if self._loop is not None and outcome.command_id in self._waiting:
            self._loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: CommandOutcome) -> None:
        heard = self._waiting.get(outcome.command_id)
        if heard is not None and not heard.done():
            heard.set_result(outcome)
