"""The load of the machine 负载: the embedded hub without traffic, in a storm, and in a burst.

It also measures the memory of all processes together.
"""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from hub.lab.bench import whole
from hub.lab.bench.day.dispatcher import command_times
from hub.lab.bench.day.hot import percentiles
from hub.lab.bench.day.reader import DayReader
from hub.lab.bench.events import EventGenerator
from hub.settings import Settings
from schemas.reports.event import UnifiedEvent

STORM_RATE = 25.0
"""Reports a second of a city of ten million people in a storm (docs/capacity.md)."""
WARM_UP_REPORTS = 100
SETTLE_SECONDS = 15.0
"""After the first reports, before the idle hub is measured."""
COMMAND_EVERY = 0.5
DRAIN_SECONDS = 300.0
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """The seconds without traffic and at `STORM_RATE`, and the reports of the burst."""

    idle_seconds: float
    storm_seconds: float
    burst: int


def measure(settings: Settings, plan: Plan) -> Figures:
    """Return shares of one core (1.0 is a whole core), times in ms, memory in MB."""
    with (
        TemporaryDirectory() as folder,
        whole.running(Path(folder), settings.town, embedded=True) as (ours, hub, city),
    ):
        # Intake and worker load their dictionaries with the first reports.
        first = list(EventGenerator(city.grids, city.places, 30).events(WARM_UP_REPORTS))
        whole.push_on_time(ours, first, STORM_RATE)
        time.sleep(SETTLE_SECONDS)
        idle = _cores(hub, lambda: time.sleep(plan.idle_seconds))
        storm = list(
            EventGenerator(city.grids, city.places, 31).events(int(STORM_RATE * plan.storm_seconds))
        )
        at_storm = _cores(hub, lambda: whole.push_on_time(ours, storm, STORM_RATE))
        reader = DayReader(ours)
        reader.start()
        burst = list(EventGenerator(city.grids, city.places, 32).events(plan.burst))
        try:
            figures = asyncio.run(_burst(ours, reader, burst))
        finally:
            reader.stop()
        return {
            "idle_cores": idle,
            "storm_cores": at_storm,
            **figures,
            "memory_mb": sum(_each(hub, lambda process: process.memory_info().rss)) / 2**20,
        }


async def _burst(settings: Settings, reader: DayReader, burst: Sequence[UnifiedEvent]) -> Figures:
    """Push all reports at once and send commands until every report has its case."""
    now, wanted = datetime.now(UTC), {event.native_id for event in burst}
    reader.begin(wanted)
    started = time.monotonic()

    def is_over() -> bool:
        return reader.has_all(wanted) or time.monotonic() - started > DRAIN_SECONDS

    _, commands = await asyncio.gather(
        whole.push_all(settings, [whole.order(event, now) for event in burst]),
        command_times(settings, reader, COMMAND_EVERY, is_over),
    )
    return {
        "burst": len(burst),
        "burst_seconds": time.monotonic() - started,
        **percentiles("command", commands),
    }


def _cores(hub: subprocess.Popen[bytes], run: Any) -> float:
    """Return how many cores all processes of the hub use while `run` runs."""
    before, started = processor_seconds(hub), time.monotonic()
    run()
    return (processor_seconds(hub) - before) / (time.monotonic() - started)


def processor_seconds(hub: subprocess.Popen[bytes]) -> float:
    """Return the processor time that all processes of the hub have taken, in seconds."""
    return sum(_each(hub, _seconds))


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _each(hub: subprocess.Popen[bytes], figure: Any) -> list[float]:
    supervisor = psutil.Process(hub.pid)
    return [
        float(figure(process)) for process in (supervisor, *supervisor.children(recursive=True))
    ]
