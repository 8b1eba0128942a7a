"""The cost of a report of a matter that very many report, by the reports of its case before it.

Steps and records in one process, in batches as a worker takes them.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.lab.bench.city import write_city
from hub.lab.bench.events import EventGenerator, to_json
from hub.settings import Settings
from hub.town.models import load_matcher
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from streams.town.register import Register
from streams.worker.publisher import RecordBatch

BATCH = 10
"""Reports in a batch: the least that a worker takes at once under load."""
COMPARED = 10
"""Reports of the case to which the others are compared: after them a case is no longer new."""
MEASURED = 10
"""Batches that are measured at each size."""


def by_reports(settings: Settings, sizes: Sequence[int], seed: int) -> Iterator[dict[str, float]]:
    """Yield processor time (µs) and bytes of all records of a report, at each size of its case.

    The ratios are to the case of `COMPARED` reports, or to the first size if it is not measured.
    """
    with TemporaryDirectory() as folder:
        city = write_city(settings.town, Path(folder), 1)
    register, state = Register.of(city, load_matcher(settings.models)), PartitionState()
    values = map(to_json, EventGenerator(city.grids[:1], (), seed).of_one_matter())
    rows: list[dict[str, float]] = []
    for size in sorted(sizes):
        while _largest(state) < size:
            _batch(state, register, values)
        costs = [_batch(state, register, values) for _ in range(MEASURED)]
        reports = MEASURED * BATCH
        figures = {
            "us_per_report": sum(seconds for seconds, _ in costs) / reports * 1e6,
            "bytes_per_report": sum(size for _, size in costs) / reports,
        }
        rows.append({"reports": size, **figures})
    compared = next((row for row in rows if row["reports"] == COMPARED), rows[0])
    for row in rows:
        names = ("us_per_report", "bytes_per_report")
        yield {**row, **{f"{name}_ratio": row[name] / compared[name] for name in names}}


def _largest(state: PartitionState) -> int:
    return max((case.report_count for case in state.cases.open()), default=0)


def _batch(state: PartitionState, register: Register, values: Iterator[bytes]) -> tuple[float, int]:
    """Step a batch; return its processor time in seconds and the bytes of its records."""
    batch = [next(values) for _ in range(BATCH)]
    started, steps = time.process_time(), list[Effects]()
    for value in batch:
        steps.append(step(state, from_record(UnifiedEvent, value), register))
        state.apply(steps[-1])
    records = RecordBatch.of(steps)
    for effects in steps:
        for entry in effects.case_events:
            register.matcher.cases.follow(entry.case)
    return time.process_time() - started, sum(len(record.value) for record in records)
