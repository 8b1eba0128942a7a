"""Several workers on enough cores 多个处理进程, computed from what one machine measures.

A city is decided by one worker, so workers divide cities. Each process takes the processor time a
report that it took in the whole path; a process that exists once has one core at most.
"""

from collections.abc import Iterator, Mapping

WORKERS = (1, 2, 4, 8)
WORKER = "worker"


def rates(ms_per_report: Mapping[str, float]) -> Iterator[tuple[int, float, str]]:
    """Yield (workers, reports/s, the process that limits them) from milliseconds a report."""
    for workers in WORKERS:
        limits = {
            name: 1000 / ms * (workers if name == WORKER else 1)
            for name, ms in ms_per_report.items()
            if ms > 0
        }
        slowest = min(limits, key=lambda name: limits[name])
        yield workers, limits[slowest], slowest
