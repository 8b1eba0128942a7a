"""Waking the readers of the embedded broker 唤醒: whoever has sent records rings their readers.

The embedded broker answers a waiting fetch by looking for records again and again, which costs a
fifth of a core for readers that wait for nothing. So a reader of the hub does not wait at the
broker. It waits at a named pipe of the data folder; a producer writes a byte into the pipes of the
readers of its topics, after the broker has acknowledged the records. A byte stays in the pipe until
the reader takes it, so a record is never overlooked. If it is missing all the same, as for records
of other programs, the reader asks the broker after a pause of `LONGEST_PAUSE` at most.

A Kafka cluster waits cheaply by itself, and its readers run on many machines: it has no pipes.
"""

import asyncio
import contextlib
import os
import select
import stat
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import structlog

from hub.runtime.paths import DataPaths
from hub.settings.kafka import KafkaSettings
from schemas.topic import (
    CASES,
    COMMANDS,
    EVENTS,
    FEEDBACK,
    FEEDBACK_TO_MANY,
    INTAKE_TOPICS,
    OUTCOMES,
    RULES,
    TOPICS,
    Topic,
)

SHORTEST_PAUSE = 0.1
"""Seconds until a reader that has just read something asks the broker again."""
LONGEST_PAUSE = 2.0
"""The pause doubles up to so many seconds while nothing comes."""
PAUSE_WITHOUT_PIPE = 0.25
"""Longest pause of a reader that could not open its pipe, as on a file system without pipes."""
ALL_BYTES = 65536

log = structlog.get_logger()


class TopicReader(StrEnum):
    """The long-running readers of the embedded broker; there is one of each."""

    SINK = "sink"
    WORKER = "worker"
    RULES = "rules"
    FEEDBACK = "feedback"
    FEEDBACK_TO_MANY = "feedback-to-many"
    NOTIFICATIONS = "notifications"
    OUTCOMES = "outcomes"
    INTAKE = "intake"


def _names(*topics: Topic) -> frozenset[str]:
    return frozenset(topic.name for topic in topics)


READS: Mapping[TopicReader, frozenset[str]] = {
    TopicReader.SINK: _names(*TOPICS),
    TopicReader.WORKER: _names(EVENTS, COMMANDS),
    TopicReader.RULES: _names(RULES),
    TopicReader.FEEDBACK: _names(FEEDBACK),
    TopicReader.FEEDBACK_TO_MANY: _names(FEEDBACK_TO_MANY),
    TopicReader.NOTIFICATIONS: _names(CASES),
    TopicReader.OUTCOMES: _names(OUTCOMES),
    TopicReader.INTAKE: _names(*INTAKE_TOPICS),
}
"""The topics of each reader. The sink skips the few that have no table."""


class WakeUp:
    """When a reader asks the broker next: as soon as it is woken, or after a pause.

    For one thread, or one event loop, at a time. The pause doubles while nothing wakes the reader.
    """

    def __init__(self, pipe: int | None = None) -> None:
        """Wait at a readable descriptor; without one the pauses stay short."""
        self._pipe = pipe
        self._longest = PAUSE_WITHOUT_PIPE if pipe is None else LONGEST_PAUSE
        self._pause, self._due = SHORTEST_PAUSE, time.monotonic()

    def wait(self, most: float) -> bool:
        """Wait for `most` seconds at most; return whether to ask the broker now."""
        return self._is_due(self._wait_for_pipe(self._seconds(most)))

    async def wait_in_loop(self, most: float) -> bool:
        """Do the same without blocking the event loop."""
        seconds = self._seconds(most)
        if self._pipe is None:
            await asyncio.sleep(seconds)
            return self._is_due(False)
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._pipe, woken.set)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), seconds)
        finally:
            loop.remove_reader(self._pipe)
        return self._is_due(woken.is_set())

    def _seconds(self, most: float) -> float:
        return max(0.0, min(self._due - time.monotonic(), most))

    def _wait_for_pipe(self, seconds: float) -> bool:
        if self._pipe is None:
            time.sleep(seconds)
            return False
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _is_due(self, woken: bool) -> bool:
        """Take the bytes of the pipe before the broker is asked: a later one counts again."""
        now = time.monotonic()
        if woken and self._pipe is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(self._pipe, ALL_BYTES)
            self._pause = SHORTEST_PAUSE
        elif now < self._due:
            return False
        else:
            self._pause = min(self._pause * 2, self._longest)
        self._due = now + self._pause
        return True


def wakeup_of(settings: KafkaSettings, reader: TopicReader) -> WakeUp | None:
    """Open the pipe of a reader, for as long as the process lives; None with a Kafka cluster."""
    if not settings.embedded_broker:
        return None
    path = _pipe(settings.data, reader)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return WakeUp(_opened(path))
    except OSError as error:
        log.warning("no_wakeup", reader=reader, error=str(error), detail="it asks more often")
        return WakeUp()


def wake(settings: KafkaSettings, topics: Iterable[str]) -> None:
    """Wake the readers of topics that have new records. Never fails: readers ask by themselves."""
    if not settings.embedded_broker:
        return
    written = frozenset(topics)
    for reader, read in READS.items():
        if read & written:
            # Fails without a reader (ENXIO), and for a pipe that is full, whose reader is awake.
            with contextlib.suppress(OSError):
                _ring(_pipe(settings.data, reader))


def _pipe(data: Path, reader: TopicReader) -> Path:
    return DataPaths(data).wakeups / reader


def _opened(path: Path) -> int:
    """Return a descriptor of a named pipe; raises `OSError`."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISFIFO(path.lstat().st_mode):
            path.unlink()
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    # Held open: else the pipe would be at its end, and readable, whenever no producer has it open.
    os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return pipe


def _ring(path: Path) -> None:
    pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        # A file that took the place of the pipe, or a link to a key, keeps its first byte.
        if stat.S_ISFIFO(os.fstat(pipe).st_mode):
            os.write(pipe, b"!")
    finally:
        os.close(pipe)
