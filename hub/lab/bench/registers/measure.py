"""Loads of a register of people 台账入库测量: seconds, rows a second, and memory of each process.

The command `hub registers load` runs as an operator runs it, beside the engine's process: a full
load, a load of changes, a full load of which one row is bad, and one that is killed.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import psutil

from hub.lab.bench.apache import await_true
from hub.lab.bench.city import write_city
from hub.lab.bench.loops import COUNTIES, resident
from hub.lab.bench.registers.drawn import Drawing, write_people
from hub.lab.ports import free_port
from hub.processes.supervisor import healthy
from hub.security.keyring import make_sealer
from hub.settings import Settings

YINCHUAN = 2_535_400
"""Residents of Yinchuan 银川市, as its grid offices count them."""
CHANGED_SHARE = 0.01
START_SECONDS = 120.0
KILLED_AFTER = 1 / 8
"""Share of the time of a full load; other programs may have made that one several times slower."""
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: its exit code, what it said, its seconds and its peak memory.

    `processor` are the seconds of processor time, which depend little on what else runs.
    """

    code: int
    output: str
    seconds: float
    processor: float
    memory_mb: float


def measure(settings: Settings, people: int) -> Figures:
    """Return the figures of a full load, of changes, of one bad row, and of a load that is killed.

    Raises `RuntimeError` if a load does not end as it should.
    """
    with TemporaryDirectory() as name, _served(settings, Path(name)) as (environment, engine):
        folder = Path(name)
        grids = [grid.code for grid in write_city(settings.town, folder / "city", COUNTIES).grids]
        changed = max(1, int(people * CHANGED_SHARE))
        whole = write_people(folder / "whole.csv", Drawing(grids, people))
        changes = write_people(
            folder / "changes.csv", Drawing(grids, changed, people - changed // 2)
        )
        bad = frozenset({people * 3 // 4})
        with_bad = write_people(folder / "bad.csv", Drawing(grids, people, bad=bad, seed=2))
        figures: Figures = {"people": people, "changed": changed}
        figures["full"] = _figures(_load(environment, whole), people)
        figures["full"]["engine_processor_seconds"] = round(
            sum(psutil.Process(engine.pid).cpu_times()[:2]), 1
        )
        figures["changes"] = _figures(_load(environment, changes, "--changes"), changed)
        before = _count(environment)
        refused = _load(environment, with_bad)
        figures["refused"] = _figures(refused, people, code=1)
        if f"line {people * 3 // 4 + 2}:" not in refused.output:
            raise RuntimeError(f"the bad row has no line: {refused.output[-300:]}")
        figures["former_stays"] = _count(environment) == before
        _killed(environment, figures["full"]["seconds"] * KILLED_AFTER, whole)
        figures["former_stays_killed"] = _count(environment) == before
        figures["engine_mb"] = resident(engine.pid)
        return figures


@contextlib.contextmanager
def _served(
    settings: Settings, folder: Path
) -> Iterator[tuple[Mapping[str, str], "subprocess.Popen[bytes]"]]:
    """Run the engine's process; yields the environment of the commands, and the process."""
    values: dict[str, Any] = {
        "data": folder / "data",
        "store_port": free_port(),
        "log_level": "error",
    }
    make_sealer(settings.model_copy(update=values))
    values["town"] = folder / "city"
    environment = {
        **os.environ,
        **{f"HUB_{key.upper()}": str(each) for key, each in values.items()},
    }
    write_city(settings.town, folder / "city", COUNTIES)
    engine = subprocess.Popen(
        [sys.executable, "-m", "hub.lab.bench.registers.engine"], env=environment
    )
    try:
        url = f"http://127.0.0.1:{values['store_port']}/ping"
        await_true(lambda: healthy(url), "the engine answers", START_SECONDS)
        yield environment, engine
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait(60)


def _load(environment: Mapping[str, str], *words: Any) -> Ended:
    return _run(environment, "registers", "load", "people", *words)


def _killed(environment: Mapping[str, str], seconds: float, file: Path) -> None:
    """Kill a load after some seconds, which it does not survive."""
    command = [sys.executable, "-m", "hub.cli.main", "registers", "load", "people", str(file)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.wait() != -signal.SIGKILL:
            raise RuntimeError(f"the load ended within {seconds} s, before it was killed")


def _count(environment: Mapping[str, str]) -> int:
    """Return the entries of the version in use."""
    ended = _run(environment, "registers", "versions", "people", "--json")
    lines = [json.loads(line) for line in ended.output.splitlines() if line.startswith("{")]
    return next(int(row["entries"]) for row in lines if row["in_use"])


def _run(environment: Mapping[str, str], *words: Any) -> Ended:
    """Run a command of the hub to its end."""
    command = [sys.executable, "-m", "hub.cli.main", *map(str, words)]
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        # The memory of this child alone; `resource` has the greatest of all children.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    processor = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, output, seconds, processor, usage.ru_maxrss / 1024)


def _figures(ended: Ended, rows: int, code: int = 0) -> Figures:
    if ended.code != code:
        raise RuntimeError(f"exit code {ended.code}: {ended.output[-500:]}")
    return {
        "seconds": round(ended.seconds, 1),
        "rows_per_second": round(rows / ended.seconds),
        "processor_seconds": round(ended.processor, 1),
        "memory_mb": round(ended.memory_mb),
    }


def to_lines(figures: Figures, *, as_json: bool) -> Iterable[str]:
    """Yield the lines of the table."""
    if as_json:
        yield json.dumps(figures)
        return
    yield f"{figures['people']:,} people, changes of {figures['changed']:,}"
    for name in ("full", "changes", "refused"):
        yield click.style(f"{name:10}", bold=True) + "".join(
            f" {key} {figure:,}" for key, figure in figures[name].items()
        )
    stays, stays_killed = figures["former_stays"], figures["former_stays_killed"]
    yield f"engine_mb {figures['engine_mb']:.0f}"
    yield f"former version stays after a bad row: {stays}, after a kill: {stays_killed}"
