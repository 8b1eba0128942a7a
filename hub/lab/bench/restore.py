"""The restore of a worker 恢复测量: from the snapshots of its topic to its state, by open cases.

The records are in memory: reading them from a broker is not measured.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hub.lab.bench.city import write_city
from hub.lab.bench.loops import resident_of_own
from hub.lab.bench.steps import case_patterns
from hub.settings import Settings
from hub.town.models import load_matcher
from hub.worker.restore import StateRestorer
from schemas.topic import CASE_STATE
from streams.town.register import Register

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record of `case-state.v1`."""

    key: bytes
    value: bytes


def by_open_cases(
    settings: Settings, sizes: Sequence[int], seed: int
) -> Iterator[dict[str, float]]:
    """Yield seconds of processor and megabytes of the restored state, at each number of cases."""
    with TemporaryDirectory() as folder:
        city = write_city(settings.town, Path(folder), 1)
    patterns = [
        case.model_dump_json().encode()
        for case in case_patterns(city, Register.of(city, load_matcher(settings.models)), seed)
    ]
    for size in sorted(sizes):
        gc.collect()
        before, seconds, restorer = resident_of_own(), 0.0, StateRestorer()
        for start in range(0, size, CHUNK):
            records = [_copy(patterns, number) for number in range(start, min(size, start + CHUNK))]
            started = time.process_time()
            restorer.read(CASE_STATE.name, records)
            seconds += time.process_time() - started
        started = time.process_time()
        state = restorer.state()
        seconds += time.process_time() - started
        gc.collect()
        yield {
            "open_cases": len(state.cases),
            "seconds": seconds,
            "mb": resident_of_own() - before,
        }
        del state, restorer


def _copy(patterns: Sequence[bytes], number: int) -> Snapshot:
    """Return the snapshot of another case with another report."""
    pattern, case_id = patterns[number % len(patterns)], str(UUID(int=number)).encode()
    value = pattern.replace(_text(pattern, b'"case_id":"'), case_id)
    report = _text(pattern, b'"event_id":"')
    return Snapshot(case_id, value.replace(report, str(UUID(int=2**64 + number)).encode()))


def _text(pattern: bytes, before: bytes) -> bytes:
    start = pattern.index(before) + len(before)
    return pattern[start : start + 36]
