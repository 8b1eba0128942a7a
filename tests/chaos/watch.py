"""Watch memory, open files and threads of the processes of a plant, and report growth."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import psutil
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.store.reader import Reader, StoreAwayError
from tests.chaos.check import undecided
from tests.chaos.plant import Plant

EVERY = 15.0
REPORT_EVERY = 40
"""Samples between two that are reported: ten minutes."""
SHARE = 4
"""The second and the last quarter of the samples are compared.

In the first quarter pools fill: minutes after its start the engine suddenly has a hundred threads.
"""
SPARE = 8
"""Files or threads by which a process may grow, because pools fill gradually.

A number that the process had in the second quarter already is no growth either: an engine opens
dozens of files for each merge.
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Resources of one process at one time; memory in MB."""

    memory: float
    files: int
    threads: int

    def __str__(self) -> str:
        return f"{self.memory:.0f} MB, {self.files} files, {self.threads} threads"


@dataclass(slots=True)
class Watch:
    """Samples every few seconds, once the plant is warm."""

    plant: Plant
    report: Callable[[str], None]
    seen: dict[str, list[Held]] = field(default_factory=dict)

    async def run(self) -> None:
        """Sample until cancelled."""
        for number in count():
            await asyncio.sleep(EVERY)
            self.sample()
            if number % REPORT_EVERY == 0:
                for name, held in self.seen.items():
                    self.report(f"{name}: {held[-1]}")
                self.report(f"{await asyncio.to_thread(self._undecided)} events to be decided")

    def _undecided(self) -> str:
        """Return the number of undecided events: dispositions carry their event's time."""
        reader = Reader(self.plant.settings)
        with contextlib.closing(reader):
            try:
                return str(undecided(reader))
            except (StoreAwayError, ClickHouseError) as error:
                return f"unknown ({type(error).__name__})"

    def sample(self) -> None:
        """Sample once; a process that ends meanwhile is skipped."""
        for name in self.plant.names:
            for process in self.plant.processes(name):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held = Held(
                        process.memory_info().rss / 1024**2,
                        process.num_fds(),
                        process.num_threads(),
                    )
                    self.seen.setdefault(name, []).append(held)

    def summary(self) -> Iterator[str]:
        """Yield a line for each process: its medians in the second and the last quarter."""
        for name, held in self.seen.items():
            first, last = ends(held)
            yield f"{name}: {first} to {last}"


LAG = """
SELECT toStartOfInterval(received_at, INTERVAL 10 MINUTE) AS since, count() AS events,
  quantiles(0.5, 0.99, 1)(dateDiff('millisecond', received_at, stored_at)) AS waited
FROM events GROUP BY since ORDER BY since
"""


def lags(reader: Reader, answers: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Yield for each ten minutes how long events waited to be stored, and commands for an answer.

    `answers`: when a command was answered, epoch seconds, and after how many seconds. Yields
    medians, 99th percentiles and the longest, in milliseconds. Raises `StoreAwayError`.
    """
    for row in reader.rows(LAG):
        begun = row["since"].timestamp()
        waits = sorted(wait * 1000 for at, wait in answers if begun <= at < begun + 600)
        of_commands = [waits[int((len(waits) - 1) * part)] for part in (0.5, 0.99, 1) if waits]
        yield (
            f"{row['since']:%H:%M}: {row['events']} events stored after {_slashed(row['waited'])}"
            f" ms, {len(waits)} commands answered after {_slashed(of_commands)} ms"
        )


def _slashed(numbers: Iterable[float]) -> str:
    return "/".join(f"{number:.0f}" for number in numbers)


def ends(held: Sequence[Held]) -> tuple[Held, Held]:
    """Return the medians of the second and of the last quarter."""
    first, last = (
        Held(
            median(sample.memory for sample in some),
            int(median(sample.files for sample in some)),
            int(median(sample.threads for sample in some)),
        )
        for some in _quarters(held)
    )
    return first, last


def _quarters(held: Sequence[Held]) -> tuple[Sequence[Held], Sequence[Held]]:
    """Return the second and the last quarter."""
    part = max(1, len(held) // SHARE)
    return held[part : 2 * part] or held, held[-part:]


def leaks(seen: Mapping[str, Sequence[Held]]) -> Iterator[str]:
    """Yield the processes whose open files or threads keep growing."""
    for name, held in seen.items():
        first, last = ends(held)
        warm, _ = _quarters(held)
        for what in ("files", "threads"):
            before, after = getattr(first, what), getattr(last, what)
            most = max(getattr(sample, what) for sample in warm)
            if after > max(before + SPARE, most):
                yield f"{name} held {before} {what} once warm, {after} at last"
