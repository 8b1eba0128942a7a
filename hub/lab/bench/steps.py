"""The cost of the steps alone 步骤测量: decoding, processing by open cases, in a crowded township.

Everything runs in one process, without broker and store.
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
from hub.lab.bench.events import EventGenerator, to_json
from hub.lab.bench.loops import resident_of_own
from hub.lab.simulate.run import messages_of
from hub.settings import Settings
from hub.town.models import load_matcher
from hub.town.registers import load_town
from schemas.base import NAMESPACE
from schemas.cases.case import Case
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.raw import RawMessage
from schemas.town.register import Grid
from schemas.town.town import Town
from streams.case.state import PartitionState
from streams.matching.retrieval import TOWNSHIP, keys_of, reporter_key
from streams.report import telling_of
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

DECODED = 2000
ENOUGH = 0.5
"""Seconds for which the messages of a channel are decoded repeatedly."""
COUNTIES = 500
MEASURED_GRIDS = 400
MEASURED = 2000
PATTERNS = 500
"""Number of different cases from which a full state is filled."""
CROWDED_EVENTS, CROWDED_PATTERNS = 400, 4000
RECALLED = 100
"""Reports that are compared with all open cases, to see what the index of candidates misses."""


def decode_microseconds(settings: Settings, seed: int) -> dict[str, float]:
    """Return the decoding time of a fact in microseconds, by channel, on a drawn day."""
    raw_messages: dict[str, list[RawMessage]] = {}
    now = datetime.now(UTC)
    for number, message in enumerate(messages_of(settings, seed, DECODED, now)):
        raw_messages.setdefault(message.channel, []).append(
            RawMessage(
                receipt_id=uuid5(NAMESPACE, str(number)),
                channel=message.channel,
                transport=message.transport,
                received_at=now,
                content_type=message.content_type,
                headers=dict(message.headers),
                body=message.body,
            )
        )
    connectors = load_connectors()
    figures: dict[str, float] = {}
    for channel, raws in sorted(raw_messages.items()):
        facts = rounds = 0
        started = time.perf_counter()
        while rounds < 2 or time.perf_counter() - started < ENOUGH:
            for decoded in connectors[channel].decode_batch(raws, DecodeContext()):
                facts += len(decoded.facts)
            rounds += 1
        if facts:
            figures[channel] = (time.perf_counter() - started) / facts * 1e6
    return figures


def by_open_cases(
    settings: Settings, sizes: Sequence[int], rounds: int, seed: int
) -> Iterator[dict[str, float]]:
    """Yield the cost of one event and the memory of the state, for each number of open cases.

    The first round of each size is not counted: as in a running hub, every measured grid has been
    read once before.
    """
    with TemporaryDirectory() as folder:
        city = write_city(settings.town, Path(folder), COUNTIES)
    register = Register.of(city, load_matcher(settings.models))
    grids = city.grids[:: max(1, len(city.grids) // MEASURED_GRIDS)]
    state, patterns = PartitionState(), case_patterns(city, register, seed)
    before = resident_of_own()
    for size in sorted(sizes):
        _fill(state, patterns, city.grids, size)
        gc.collect()
        gc.freeze()
        # Each round has other texts, because the classification of a text is cached.
        seeds = range(seed + size, seed + size + rounds + 1)
        costs = [_cost(state, register, grids, round_seed) for round_seed in seeds][1:]
        yield {
            "open_cases": size,
            "us_per_event": median(costs),
            "spread": (max(costs) - min(costs)) / median(costs),
            "events_per_second": 1e6 / median(costs),
            "mb": resident_of_own() - before,
        }


def in_one_township(
    settings: Settings, sizes: Sequence[int], rounds: int, seed: int
) -> Iterator[dict[str, float]]:
    """Yield the cost of one event in a township with so many open cases, and the index's recall.

    The recall is the share of reports, 0 to 1, whose verdict is the same if the report is compared
    with all open cases. Which of several cases of one text is the best may still differ.
    """
    town = load_town(settings.town)
    register = Register.of(town, load_matcher(settings.models))
    township = town.grids[0].division_code[:TOWNSHIP]
    grids = [grid for grid in town.grids if grid.division_code.startswith(township)]
    different = min(max(sizes), CROWDED_PATTERNS)
    state, patterns = PartitionState(), case_patterns(town, register, seed, different)
    for size in sorted(sizes):
        _fill(state, patterns, grids, size)
        # First, because it reads the texts of all cases, as a worker has when they were opened.
        recall = _recall(state, register, grids, seed)
        seeds = range(seed + size, seed + size + rounds + 1)
        costs = [_cost(state, register, grids, round_seed, CROWDED_EVENTS) for round_seed in seeds][
            1:
        ]
        yield {
            "open_cases": size,
            "us_per_event": median(costs),
            "spread": (max(costs) - min(costs)) / median(costs),
            "recall": recall,
        }


def _recall(state: PartitionState, register: Register, grids: Sequence[Grid], seed: int) -> float:
    """Return the share of reports that are decided as if they were compared with all open cases."""
    matcher, every = register.matcher, list(state.cases.open())
    same = 0
    for event in EventGenerator(grids, (), seed).events(RECALLED):
        report = matcher.read(event)
        keys = (*keys_of(telling_of(event), report.families), *reporter_key(event.reporter.key))
        by_index = matcher.match(report, state.candidates(keys))
        by_all = matcher.match(report, every)
        same += by_index.verdict is by_all.verdict
    return same / RECALLED


def case_patterns(city: Town, register: Register, seed: int, count: int = PATTERNS) -> list[Case]:
    """Return cases that the steps opened, each in an empty partition."""
    cases = []
    for event in EventGenerator(city.grids, (), seed).events(count):
        entries = step(PartitionState(), event, register).case_events
        cases.append(entries[-1].case)
    return cases


def _fill(
    state: PartitionState, patterns: Sequence[Case], grids: Sequence[Grid], size: int
) -> None:
    """Add cases to the state, spread evenly over the grids, until it has `size` cases.

    Each case is decoded from JSON as in a worker, so that the cases share no objects in memory.
    """
    for number in range(len(state.cases), size):
        pattern, grid = patterns[number % len(patterns)], grids[number % len(grids)]
        (report,) = pattern.reports
        event_id, (lon, lat) = UUID(int=number), grid.ring[0]
        case = pattern.model_copy(
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
        state.put(from_record(Case, case.model_dump_json().encode()))


def _cost(
    state: PartitionState,
    register: Register,
    grids: Sequence[Grid],
    seed: int,
    count: int = MEASURED,
) -> float:
    """Return the CPU time of one event in microseconds: parsing, step and encoding of the records.

    The effects are not applied, so that the state keeps its size.
    """
    values = [to_json(event) for event in EventGenerator(grids, (), seed).events(count)]
    started = time.process_time()
    for value in values:
        RecordBatch.of([step(state, from_record(UnifiedEvent, value), register)])
    return (time.process_time() - started) / len(values) * 1e6
