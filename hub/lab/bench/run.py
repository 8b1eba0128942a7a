"""`hub bench` 性能测量: measures all parts on this machine; a short run has the same keys.

Each part runs in its own process, so that it does not inherit the memory of another part. A part
that cannot run has the reason, under `missing`, in place of its figures.
"""

import json
import multiprocessing
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
import psutil

from hub.settings import Settings

SEED = 1
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a run."""

    rounds: int
    few: int
    """Events for programs that run the steps."""
    many: int
    """Events for programs that only deduplicate."""
    whole: int
    sizes: tuple[int, ...]
    """Numbers of open cases."""
    hot: tuple[int, ...]
    """Reports of one case."""
    crowded: tuple[int, ...]
    """Numbers of open cases in one township."""
    sunk: int
    rates: tuple[float, ...]
    seconds: float
    overview: tuple[int, ...]
    load: tuple[float, float, int]
    """Seconds without traffic, seconds of a storm, and reports of a burst."""
    day: tuple[int, float, float]
    """Reports of the hot matter, its seconds, and the seconds of an ordinary day before it."""


FULL = Scale(
    rounds=3,
    few=8_000,
    many=60_000,
    whole=5_000,
    sizes=(1_000, 10_000, 100_000, 1_000_000),
    hot=(1, 10, 100, 10_000, 100_000),
    crowded=(100, 1_500, 20_000),
    sunk=2_500,
    rates=(50, 100, 1_000, 5_000),
    seconds=20,
    overview=(1_000_000, 5_000_000, 20_000_000),
    load=(60.0, 60.0, 5_000),
    day=(20_000, 900.0, 120.0),
)
QUICK = Scale(
    rounds=1,
    few=3_000,
    many=20_000,
    whole=1_000,
    sizes=(1_000, 10_000),
    hot=(1, 10, 100, 1_000),
    crowded=(100, 1_500),
    sunk=500,
    rates=(50,),
    seconds=5,
    overview=(20_000,),
    load=(10.0, 10.0, 300),
    day=(100, 15.0, 10.0),
)


def measure(settings: Settings, scale: Scale, peers: Path, only: str = "") -> Iterator[Figures]:
    """Yield the figures after each part whose name contains `only`; report progress on stderr."""
    figures: Figures = {
        "machine": _machine(),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
    }
    parts: dict[str, Callable[[], Any]] = {
        "decode": lambda: _apart(_decode, settings),
        "steps": lambda: _apart(_steps, settings, scale),
        "hot": lambda: _apart(_hot, settings, scale),
        "crowded": lambda: _apart(_crowded, settings, scale),
        "sink": lambda: _apart(_sink, settings, scale),
        "streams": lambda: _apart(_streams, settings, scale, peers),
        "whole": lambda: _apart(_whole, settings, scale),
        "restore": lambda: _apart(_restore, settings, scale),
        "load": lambda: _apart(_load, settings, scale),
        "day": lambda: _apart(_day, settings, scale),
    }
    for name, part in parts.items():
        if only in name:
            click.echo(f"hub: measuring {name} …", err=True)
            figures[name] = part()
            yield figures
    for size in scale.overview if only in "overview" else ():
        click.echo(f"hub: measuring the overview of {size:,} events …", err=True)
        figures.setdefault("overview", {})[str(size)] = _overview(size)
        yield figures


def _apart(part: Callable[..., Any], *words: Any) -> Any:
    """Run a part in its own process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_tried, (part, words))


def _tried(part: Callable[..., Any], words: tuple[Any, ...]) -> Any:
    try:
        return part(*words)
    except Exception as error:  # noqa: BLE001 - the other parts must be measured in any case
        return {"missing": f"{type(error).__name__}: {error}"}


def _decode(settings: Settings) -> Figures:
    from hub.lab.bench.steps import decode_microseconds

    return {str(name): figure for name, figure in decode_microseconds(settings, SEED).items()}


def _steps(settings: Settings, scale: Scale) -> list[Figures]:
    from hub.lab.bench.steps import by_open_cases

    return list(by_open_cases(settings, scale.sizes, scale.rounds, SEED))


def _hot(settings: Settings, scale: Scale) -> list[Figures]:
    from hub.lab.bench.hot_matter import by_reports

    return list(by_reports(settings, scale.hot, SEED))


def _crowded(settings: Settings, scale: Scale) -> Figures:
    """Return the cost of an event by the open cases of its township, and the ratio of the ends."""
    from hub.lab.bench.steps import in_one_township

    rows = list(in_one_township(settings, scale.crowded, scale.rounds, SEED))
    few, *_, many = (row["us_per_event"] for row in rows)
    return {"sizes": rows, "ratios": {"of_fewest_to_most": few / many}}


def _restore(settings: Settings, scale: Scale) -> list[Figures]:
    from hub.lab.bench.restore import by_open_cases

    return list(by_open_cases(settings, scale.sizes, SEED))


def _load(settings: Settings, scale: Scale) -> Figures:
    from hub.lab.bench.day.load import Plan, measure

    return measure(settings, Plan(*scale.load))


def _day(settings: Settings, scale: Scale) -> Figures:
    from hub.lab.bench.day.hot import Plan, measure

    return measure(settings, Plan(*scale.day))


def _sink(settings: Settings, scale: Scale) -> Figures:
    from hub.lab.bench.sink import measure as rows

    return rows(settings, scale.sunk, scale.rounds, SEED)


def _streams(settings: Settings, scale: Scale, peers: Path) -> Figures:
    """Return events a second of each program; every round has a new broker."""
    from confluent_kafka import KafkaException

    from hub.lab.bench import loops

    rates_of: dict[str, list[float]] = {}
    missing: dict[str, str] = {}
    memory = 0.0
    for number in range(scale.rounds):
        with (
            TemporaryDirectory() as folder,
            loops.loaded(Path(folder), settings.town, scale.many, SEED + number) as bootstrap,
        ):
            for program in loops.contenders(bootstrap, Path(folder), peers, scale.few, scale.many):
                click.echo(f"hub:   {program.name}, round {number + 1}", err=True)
                try:
                    rate, megabytes = loops.run([program], bootstrap, Path(folder))
                except (RuntimeError, OSError, KafkaException) as error:
                    missing[program.key] = f"{type(error).__name__}: {error}"[-300:]
                    continue
                rates_of.setdefault(program.key, []).append(rate)
                memory = megabytes if program.key == "work" else memory
        with (
            TemporaryDirectory() as folder,
            loops.loaded(Path(folder), settings.town, scale.few, SEED + number) as bootstrap,
        ):
            click.echo(f"hub:   two workers, round {number + 1}", err=True)
            programs = loops.contenders(
                bootstrap, Path(folder), peers, scale.few, scale.many, workers=2
            )
            workers = [program for program in programs if program.key == "work"]
            try:
                rate, _ = loops.run(workers, bootstrap, Path(folder))
            except (RuntimeError, OSError, KafkaException) as error:
                missing["work_two"] = f"{type(error).__name__}: {error}"[-300:]
            else:
                rates_of.setdefault("work_two", []).append(rate)
    return {
        "rates": {name: _middle(rates) for name, rates in rates_of.items()},
        "missing": missing,
        "worker_mb": memory,
        "ratios": _ratios({name: median(rates) for name, rates in rates_of.items()}),
    }


def _ratios(rates: dict[str, float]) -> dict[str, float]:
    """Return the ratios of our worker to the other programs, which depend little on the machine."""
    ours = rates.get("work", 0.0)
    peer_of = {
        "to_bare_with_our_steps": "bare_steps",
        "to_plain_faust": "plain_faust",
        "to_quixstreams": "quixstreams",
        "to_bytewax": "bytewax",
        "to_bare": "bare",
    }
    ratios = {name: ours / rates[other] for name, other in peer_of.items() if rates.get(other)}
    if ours and rates.get("work_two"):
        ratios["of_two_workers_to_one"] = rates["work_two"] / ours
    return ratios


def _middle(rates: list[float]) -> Figures:
    middle = median(rates)
    return {"median": middle, "spread": (max(rates) - min(rates)) / middle}


def _whole(settings: Settings, scale: Scale) -> Figures:
    from hub.lab.bench import whole
    from hub.lab.bench.events import EventGenerator

    rates: list[float] = []
    late: list[Figures] = []
    with (
        TemporaryDirectory() as folder,
        whole.running(Path(folder), settings.town) as (ours, hub, city),
    ):
        before = whole.processor(hub)
        for number in range(scale.rounds):
            drawn = EventGenerator(city.grids, city.places, 100 + number)
            rates.append(whole.throughput(ours, drawn, scale.whole))
            click.echo(f"hub:   {rates[-1]:.0f} events/s from push to store", err=True)
        reports = scale.rounds * scale.whole
        taken = {
            name: (seconds - before.get(name, 0)) / reports * 1000
            for name, seconds in whole.processor(hub).items()
        }
        for rate in scale.rates:
            if rate > median(rates):
                late.append(
                    {"rate": rate, "missing": f"the hub reaches {median(rates):.0f}/s here"}
                )
                continue
            drawn = EventGenerator(city.grids, city.places, 1000 + int(rate))
            late.append(dict(whole.latency(ours, drawn, rate, scale.seconds)))
        memory = whole.memory(hub)
    return {
        "rate": _middle(rates),
        "latency": late,
        "memory_mb": memory,
        "ms_per_report": taken,
    }


def _overview(events: int) -> Figures:
    """Return the milliseconds of the overview's figures on a synthetic year."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "hub.lab.bench.views",
            "--events",
            str(events),
            "--only",
            "screen: all",
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {"missing": done.stderr[-300:]}
    measured = [json.loads(line) for line in lines]
    return {program["name"]: program["median"] for program in measured} | {
        f"{program['name']}, p95": program["p95"] for program in measured
    }


def _machine() -> Figures:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
