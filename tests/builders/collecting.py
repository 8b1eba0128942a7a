"""A journal and a receiver for collectors, and faults at any step of a collector."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hub.intake.collectors.source import Source
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.journal.writer import JournalWriter
from hub.runtime.metrics import Meters, Metric
from hub.security.keyring import make_sealer
from hub.settings import Settings
from schemas.reports.raw import RawMessage

Collect = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Desk:
    """What collectors write to. `restart` gives a source that remembers only what is on disk."""

    settings: Settings
    journal: Journal
    writer: JournalWriter
    meters: Meters

    def restart(self, **settings: object) -> Source:
        """Return a source as a process has it after its start."""
        changed = self.settings.model_copy(update=settings)
        return Source(changed, Receiver(self.writer, self.meters), self.journal)

    @property
    def kept(self) -> list[RawMessage]:
        """All messages in the journal."""
        return [raw for _, raw in self.journal.read(0, 10_000)]

    def set_aside(self, collector: str) -> float:
        """Return how many items a collector has reported."""
        name = Metric.SET_ASIDE.removesuffix("_total")
        for metric in self.meters.registry.collect():
            for sample in metric.samples:
                if metric.name == name and sample.labels == {"collector": collector}:
                    return sample.value if sample.name.endswith("_total") else 0.0
        return 0.0


def at_desk(folder: Path, talk: Callable[[Desk], Awaitable[None]], **settings: Any) -> None:
    """Run `talk` with a journal in `folder`."""

    async def whole() -> None:
        known = Settings(data=folder, **settings)
        journal = Journal(folder / "journal.db", make_sealer(known), max_bytes=known.journal_max)
        writer = JournalWriter(journal)
        try:
            await talk(Desk(known, journal, writer, Meters()))
        finally:
            await writer.close()
            journal.close()

    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(whole())


async def rounds(collect: Collect, count: int) -> list[BaseException]:
    """Collect so often, as the intake does, and return the faults."""
    faults: list[BaseException] = []
    for _ in range(count):
        try:
            await collect()
        except Exception as error:  # noqa: BLE001 - a round may fail, the next one follows
            faults.append(error)
    return faults


class KilledError(BaseException):
    """Ends a collector at a step, as the end of its process does."""


@dataclass(slots=True)
class Tripwire:
    """Raises at one step of all steps that collectors take."""

    at: int
    """Number of the step, from 0; -1 for none."""
    late: bool = False
    """Whether it raises after the step was taken."""
    error: type[BaseException] = KilledError
    steps: int = 0
    """Steps so far."""

    def trips(self) -> bool:
        """Count a step; return whether it is the one."""
        self.steps += 1
        return self.steps - 1 == self.at

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that raises before or after its work at the step."""
        if inspect.iscoroutinefunction(work):

            @wraps(work)
            async def waited(*args: Any, **more: Any) -> Any:
                trips = self.trips()
                if trips and not self.late:
                    raise self.error
                answer = await work(*args, **more)
                if trips:
                    raise self.error
                return answer

            return waited

        @wraps(work)
        def called(*args: Any, **more: Any) -> Any:
            trips = self.trips()
            if trips and not self.late:
                raise self.error
            answer = work(*args, **more)
            if trips:
                raise self.error
            return answer

        return called


@contextmanager
def steps_of(wire: Tripwire, *methods: tuple[type, str]) -> Iterator[None]:
    """Put a tripwire around methods of classes."""
    patches = [patch.object(cls, name, wire.around(getattr(cls, name))) for cls, name in methods]
    for one_patch in patches:
        one_patch.start()
    try:
        yield
    finally:
        for one_patch in reversed(patches):
            one_patch.stop()
