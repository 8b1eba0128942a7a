"""What the steps alone cost 步骤测量: decoding by channel, and deciding by how many cases are open.

One process, no broker, no store.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.lab.bench.city import write_city
from hub.lab.bench.events import Made, written
from hub.lab.bench.loops import resident_of_own
from hub.lab.simulate.run import messages_of
from hub.settings import Settings
from hub.town.models import load_matcher
from schemas.base import NAMESPACE
from schemas.cases.case import Case
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.raw import RawMessage
from schemas.town.register import Grid
from schemas.town.town import Town
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

DECODED = 2000
ENOUGH = 0.5
"""Seconds for which a channel is decoded again and again."""
COUNTIES = 500
MEASURED_GRIDS = 400
MEASURED = 2000
PATTERNS = 500
"""Different cases that a full state is made of."""


def decode_microseconds(settings: Settings, seed: int) -> dict[str, float]:
    """Return microseconds a fact, by channel, of a drawn day in its own formats."""
    found: dict[str, list[RawMessage]] = {}
    now = datetime.now(UTC)
    for number, one in enumerate(messages_of(settings, seed, DECODED, now)):
        found.setdefault(one.channel, []).append(
            RawMessage(
                receipt_id=uuid5(NAMESPACE, str(number)),
                channel=one.channel,
                transport=one.transport,
                received_at=now,
                content_type=one.content_type,
                headers=dict(one.headers),
                body=one.body,
            )
        )
    connectors = load_connectors()
    figures: dict[str, float] = {}
    for channel, raws in sorted(found.items()):
        facts = rounds = 0
        begun = time.perf_counter()
        while rounds < 2 or time.perf_counter() - begun < ENOUGH:
            for decoded in connectors[channel].decode_batch(raws, DecodeContext()):
                facts += len(decoded.facts)
            rounds += 1
        if facts:
            figures[channel] = (time.perf_counter() - begun) / facts * 1e6
    return figures


def by_open_cases(
    settings: Settings, sizes: Sequence[int], rounds: int, seed: int
) -> Iterator[dict[str, float]]:
    """Yield, for each number of open cases, what one event costs and what memory they take.

    Every grid that is measured has been looked at once before, as it has been in a hub that runs.
    """
    with TemporaryDirectory() as folder:
        city = write_city(settings.town, Path(folder), COUNTIES)
    register = Register.of(city, load_matcher(settings.models))
    grids = city.grids[:: max(1, len(city.grids) // MEASURED_GRIDS)]
    state, patterns = PartitionState(), _patterns(city, register, seed)
    before = resident_of_own()
    for size in sorted(sizes):
        _fill(state, patterns, city.grids, size)
        gc.collect()
        gc.freeze()
        # Each round has other words: what is known of a text is remembered.
        seeds = range(seed + size, seed + size + rounds + 1)
        took = [_cost(state, register, grids, one) for one in seeds][1:]
        yield {
            "open_cases": size,
            "us_per_event": median(took),
            "spread": (max(took) - min(took)) / median(took),
            "events_per_second": 1e6 / median(took),
            "mb": resident_of_own() - before,
        }


def _patterns(city: Town, register: Register, seed: int) -> list[Case]:
    """Return cases as the steps open them, each alone in its partition."""
    made = []
    for event in Made(city.grids, (), seed).events(PATTERNS):
        entries = step(PartitionState(), event, register).case_events
        made.append(entries[-1].case)
    return made


def _fill(
    state: PartitionState, patterns: Sequence[Case], grids: Sequence[Grid], size: int
) -> None:
    """Put cases into the state, spread evenly over the grids, until there are so many.

    Each is read as a worker reads it: what it says is its own, though others say the same.
    """
    for number in range(len(state.cases), size):
        pattern, grid = patterns[number % len(patterns)], grids[number % len(grids)]
        (report,) = pattern.reports
        event_id, (lon, lat) = UUID(int=number), grid.ring[0]
        made = pattern.model_copy(
            update={
                "case_id": UUID(int=number),
                "grid_code": grid.code,
                "division_code": grid.division_code,
                "place_name": "",
                "lon": lon + number % 97 * 5e-5,
                "lat": lat + number % 89 * 5e-5,
                "reports": (
                    report.model_copy(update={"event_id": event_id, "native_id": f"M{number}"}),
                ),
            }
        )
        state.put(from_record(Case, made.model_dump_json().encode()))


def _cost(state: PartitionState, register: Register, grids: Sequence[Grid], seed: int) -> float:
    """Return microseconds of CPU for one event: parsed, decided, written as records.

    What it leads to is not taken in, so that the state stays as full as it is.
    """
    values = [written(event) for event in Made(grids, (), seed).events(MEASURED)]
    begun = time.process_time()
    for value in values:
        RecordBatch.of([step(state, from_record(UnifiedEvent, value), register)])
    return (time.process_time() - begun) / len(values) * 1e6
