"""`hub bench clock` 计时测量: the cost of a tick, by the number of open cases.

Runs the worker's own steps on one partition in memory, without broker and store.
"""

import json
import resource
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from rich.progress import track

from hub.settings import Settings
from hub.town.models import load_register
from schemas.base import BEIJING, Frozen
from schemas.cases.case import Case
from schemas.channel import Channel
from schemas.reports.event import Place, UnifiedEvent, event_id_of
from schemas.reports.fact import Kind
from schemas.reports.raw import receipt_of_delivery
from streams.case.state import PartitionState
from streams.steps.event import step as step_event
from streams.steps.time import step
from streams.town.register import Register

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=BEIJING)
IDLE_TICKS = 1000
DUE = 1000
"""Cases whose deadline passes at the same tick."""


class ClockFigures(Frozen):
    """One row of the measurement."""

    open_cases: int
    idle_tick_us: float
    """Median duration of a tick at which nothing is due, in microseconds."""
    scan_ms: float
    """For comparison: one scan over all open cases, in milliseconds."""
    fired: int
    fire_us: float
    """One timer that fires, with its entry and feedback, in microseconds."""
    memory_mb: int
    """Peak resident memory of the process."""


def measure(settings: Settings, sizes: Iterable[int]) -> Iterator[ClockFigures]:
    """Yield the figures for each number of open cases, the smallest first.

    The state only grows, so the peak memory of each row is that of its own size. All cases start at
    the same noon, so that nothing is due while the state is filled.
    """
    register = load_register(settings)
    state = PartitionState()
    case = _case(state, register)
    for size in sorted(sizes):
        for number in track(
            range(len(state.cases), size), description=f"{size:,} open cases", transient=True
        ):
            state.put(case.model_copy(update={"case_id": UUID(int=number), "reports": ()}))
        yield _row(state, register)


def _case(state: PartitionState, register: Register) -> Case:
    grid = register.town.grids[0]
    lon, lat = grid.ring[0]
    event = UnifiedEvent(
        event_id=event_id_of(Channel.HOTLINE_12345, "1", "0"),
        receipt_id=receipt_of_delivery(Channel.HOTLINE_12345, "1"),
        channel=Channel.HOTLINE_12345,
        native_id="1",
        kind=Kind.REPORT,
        occurred_at=NOON,
        received_at=NOON,
        place=Place(
            lon=lon,
            lat=lat,
            division_code=grid.division_code,
            grid_code=grid.code,
            settled_by="grid_code",
        ),
        category="facility.streetlight",
        content="路灯不亮",
    )
    effects = step_event(state, event, register)
    state.apply(effects)
    return effects.case_events[-1].case


def _row(state: PartitionState, register: Register) -> ClockFigures:
    idle = [_timed(lambda: list(step(state, register, NOON))) for _ in range(IDLE_TICKS)]
    scanned = _timed(lambda: [case for case in state.cases.values() if case.closes_at])
    # Some cases get an early deadline; after the measured tick their original state is restored.
    ahead = [_ahead(case) for case, _ in zip(list(state.cases.values()), range(DUE), strict=False)]
    before = {case.case_id: state.cases[case.case_id] for case in ahead}
    for case in ahead:
        state.put(case)
    at = NOON + timedelta(minutes=1)
    fired: list[Any] = []
    seconds = _timed(lambda: fired.extend(step(state, register, at)))
    for case in before.values():
        del state.cases[case.case_id]
        state.put(case)
    return ClockFigures(
        open_cases=len(state.cases),
        idle_tick_us=round(median(idle) * 1e6, 2),
        scan_ms=round(scanned * 1e3, 1),
        fired=len(fired),
        fire_us=round(seconds / max(1, len(fired)) * 1e6, 1),
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _ahead(case: Case) -> Case:
    """Return the case with a deadline for acceptance 30 seconds after noon."""
    return case.model_copy(update={"accept_by": NOON + timedelta(seconds=30)})


def _timed(run: Any) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def to_lines(rows: Iterable[ClockFigures], *, as_json: bool) -> Iterator[str]:
    """Yield each row as a line of JSON or of text."""
    for row in rows:
        yield (
            json.dumps(row.model_dump())
            if as_json
            else f"{row.open_cases:>9,} open: a tick with nothing due {row.idle_tick_us} µs"
            f" (a scan would take {row.scan_ms} ms); {row.fired} fired, {row.fire_us} µs each;"
            f" {row.memory_mb} MB"
        )
