"""What the processes of a plant take meanwhile: memory, open files, threads; what grows is seen."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil

from tests.chaos.plant import Plant

EVERY = 15.0
SHARE = 4
"""The first and the last quarter of what was seen are compared."""
SPARE = 8
"""Files or threads by which a process may come to hold more: pools fill by and by."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one process held at one time; memory in MB."""

    memory: float
    files: int
    threads: int


@dataclass(slots=True)
class Watch:
    """Looks every few seconds, from the time at which the plant is warm."""

    plant: Plant
    seen: dict[str, list[Held]] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self.look()

    def look(self) -> None:
        """Look once; a process that ends meanwhile is left out."""
        for name in self.plant.names:
            for process in self.plant.processes(name):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held = Held(
                        process.memory_info().rss / 1024**2,
                        process.num_fds(),
                        process.num_threads(),
                    )
                    self.seen.setdefault(name, []).append(held)

    def told(self) -> Iterator[str]:
        """Yield a line for each process: what it held at first, and at last."""
        for name, held in self.seen.items():
            first, last = ends(held)
            yield (
                f"{name}: memory {first.memory:.0f} to {last.memory:.0f} MB, files"
                f" {first.files} to {last.files}, threads {first.threads} to {last.threads}"
            )


def ends(held: Sequence[Held]) -> tuple[Held, Held]:
    """Return the medians of the first and of the last quarter."""
    part = max(1, len(held) // SHARE)
    first, last = (
        Held(
            median(one.memory for one in some),
            int(median(one.files for one in some)),
            int(median(one.threads for one in some)),
        )
        for some in (held[:part], held[-part:])
    )
    return first, last


def leaks(seen: Mapping[str, Sequence[Held]]) -> Iterator[str]:
    """Yield which processes came to hold more and more files or threads."""
    for name, held in seen.items():
        first, last = ends(held)
        for what in ("files", "threads"):
            before, after = getattr(first, what), getattr(last, what)
            if after > before + SPARE:
                yield f"{name} held {before} {what} at first, {after} at last"
