"""A hot day 热点日: thousands report one matter while an ordinary day goes on.

The whole hub runs with the embedded broker. What others notice of the hot matter is measured: a
dispatcher, a subscriber of the case topic, and the citizens of other matters. The same is measured
before, without the hot matter.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from hub.lab.bench import whole
from hub.lab.bench.day.dispatcher import command_times, list_times
from hub.lab.bench.day.reader import DayReader, Seen
from hub.lab.bench.events import EventGenerator
from hub.settings import Settings
from schemas.reports.event import UnifiedEvent

ORDINARY_RATE = 2.0
"""Reports of other matters a second: a busy day of a county."""
EVERY = 2.0
"""Seconds between two commands of the dispatcher, and between two looks at the list."""
DRAIN_SECONDS = 300.0
"""The longest wait for reports whose case nobody has seen yet."""
WARM_UP_SECONDS = 15.0
HOT_BATCH = 20
"""Hot reports in one push, as the hotline sends them under load."""
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`hot` reports of one matter within `seconds`; as long before, the ordinary day alone."""

    hot: int
    seconds: float
    quiet_seconds: float


def measure(settings: Settings, plan: Plan) -> Figures:
    """Return what others notice before and during the hot matter.

    Times are in milliseconds, from the push of a report or the sending of a command.
    """
    with (
        TemporaryDirectory() as folder,
        whole.running(Path(folder), settings.town, embedded=True) as (ours, hub, city),
    ):
        reader = DayReader(ours)
        reader.start()
        day = _Day(ours, reader, city)
        try:
            # The first reports wait until intake and worker have loaded their dictionaries.
            asyncio.run(day.phase(0, WARM_UP_SECONDS))
            before = asyncio.run(day.phase(0, plan.quiet_seconds))
            during = asyncio.run(day.phase(plan.hot, plan.seconds))
        finally:
            reader.stop()
        return {
            "reports": plan.hot,
            "seconds": plan.seconds,
            "before": before,
            "during": during,
            "memory_mb": whole.memory(hub),
        }


class _Day:
    """Pushes reports, sends commands and looks at the list, in phases."""

    def __init__(self, settings: Settings, reader: DayReader, city: EventGenerator) -> None:
        self._settings, self._reader, self._city = settings, reader, city
        self._numbers = 0

    async def phase(self, hot: int, seconds: float) -> Figures:
        """Run one phase until its reports have their cases; return what was noticed."""
        self._numbers += 1
        grids = self._city.grids
        others = EventGenerator(grids[1:], self._city.places, 10 + self._numbers)
        ordinary = list(others.events(int(ORDINARY_RATE * seconds)))
        one_matter = EventGenerator(grids[:1], (), 100 + self._numbers).of_one_matter()
        self._reader.begin(event.native_id for event in ordinary)
        end = time.monotonic() + seconds

        def is_over() -> bool:
            return time.monotonic() > end

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
            pusher = whole.Pusher(self._settings, session)
            due, hot_due, commands, looks = await asyncio.gather(
                _on_time(pusher, [[event] for event in ordinary], seconds),
                _on_time(pusher, _batches(islice(one_matter, hot)), seconds),
                command_times(self._settings, self._reader, EVERY, is_over),
                asyncio.to_thread(list_times, self._settings, EVERY, is_over),
            )
        seen = await asyncio.to_thread(self._reader.wait, set(due), DRAIN_SECONDS)
        return {
            **_citizen(due, seen),
            **percentiles("command", commands),
            **percentiles("list", looks),
            **percentiles("subscriber_lag", seen.lags),
            "subscriber_bytes_per_report": seen.bytes / max(1, len(due) + hot),
            "latest_push": max(push.late for push in (*due.values(), *hot_due.values())),
            "drained_seconds": time.monotonic() - end,
        }


@dataclass(frozen=True, slots=True)
class _Push:
    """When a report was due, and how many seconds later the intake had it."""

    at: float
    late: float


async def _on_time(
    pusher: whole.Pusher, batches: Sequence[Sequence[UnifiedEvent]], seconds: float
) -> dict[str, _Push]:
    """Push the batches evenly within `seconds`; return each report's push by its number."""
    pushed: dict[str, _Push] = {}
    started = time.time()

    async def push(batch: Sequence[UnifiedEvent], at: float) -> None:
        now = datetime.now(UTC)
        await pusher.push([whole.order(event, now) for event in batch])
        pushed.update(
            dict.fromkeys((event.native_id for event in batch), _Push(at, time.time() - at))
        )

    async with asyncio.TaskGroup() as pushes:
        for index, batch in enumerate(batches):
            at = started + index * seconds / len(batches)
            await asyncio.sleep(max(0.0, at - time.time()))
            pushes.create_task(push(batch, at))
    return pushed


def _batches(events: Iterable[UnifiedEvent]) -> list[list[UnifiedEvent]]:
    listed = list(events)
    return [listed[at : at + HOT_BATCH] for at in range(0, len(listed), HOT_BATCH)]


def _citizen(due: Mapping[str, _Push], seen: Seen) -> Figures:
    """Return the times until the case and the first feedback of the ordinary reports."""
    figures: Figures = {"ordinary": len(due)}
    for name, times in (("case", seen.cases), ("feedback", seen.feedback)):
        waits = [times[number] - push.at for number, push in due.items() if number in times]
        figures |= {f"{name}_share": len(waits) / max(1, len(due)), **percentiles(name, waits)}
    return figures


def percentiles(name: str, seconds: Sequence[float]) -> Figures:
    """Return median and 99th percentile in milliseconds."""
    return {f"{name}_p{share}": whole.percentile(seconds, share) * 1000 for share in (50, 99)}


def to_lines(part: Figures, *, as_json: bool) -> Iterator[str]:
    """Yield the figures as one line of JSON, or as lines of text."""
    if as_json:
        yield json.dumps(part)
        return
    yield f"{'what is noticed':54} {'before':>12} {'during':>12}"
    for text, before, during in rows(part):
        yield f"{text:54} {before:>12} {during:>12}"


def rows(part: Figures) -> Iterator[tuple[str, str, str]]:
    """Yield (what is noticed, before, during) for the page."""
    names = {
        "command_p50": "dispatcher: answer of a command, p50 ms",
        "command_p99": "the same, p99",
        "list_p50": "dispatcher: list of open cases, p50 ms",
        "list_p99": "the same, p99",
        "subscriber_lag_p50": "subscriber: from the broker to it, p50 ms",
        "subscriber_lag_p99": "the same, p99",
        "subscriber_bytes_per_report": "subscriber: bytes a report",
        "case_p50": "citizen of another matter: time to the case, p50 ms",
        "case_p99": "the same, p99",
        "feedback_p50": "citizen of another matter: time to the feedback, p50 ms",
        "feedback_p99": "the same, p99",
    }
    for name, text in names.items():
        yield text, f"{part['before'][name]:,.0f}", f"{part['during'][name]:,.0f}"
