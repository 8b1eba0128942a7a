"""People at work while reports come in 多人在岗: how long each kind of page takes.

The whole hub runs with the embedded broker. Members of staff of all roles work in it, as
`hub.lab.bench.day.member` describes, while the hotline pushes reports at a steady rate.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.accounts.staff import StaffRole, add_member
from hub.lab.bench import whole
from hub.lab.bench.day.load import processor_seconds
from hub.lab.bench.day.member import Answers, Member, PageKind
from hub.lab.bench.events import EventGenerator
from hub.settings import Settings
from hub.store.reader import Reader
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.cases.assignment import Tier
from schemas.town.town import Town

PASSWORD = "a password of the measurement"  # noqa: S105 - of a store that is deleted afterwards
SHARES = (
    (StaffRole.CITY, 3),
    (StaffRole.TOWNSHIP, 2),
    (StaffRole.UNIT, 4),
    (StaffRole.AUDITOR, 0.5),
    (StaffRole.GRID_WORKER, 0.5),
)
"""Of ten members, so many have each role."""
BUSIEST = "SELECT unit FROM cases WHERE unit != '' GROUP BY unit ORDER BY count() DESC, unit"
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`staff` people at work for `seconds`, at `rate` reports a second.

    `before` reports are handled by the hub first, so that the queues are not empty.
    """

    staff: int
    rate: float
    seconds: float
    before: int


def measure(settings: Settings, plan: Plan) -> Figures:
    """Return the times of each kind of page in milliseconds, and the errors."""
    with (
        TemporaryDirectory() as folder,
        whole.running(Path(folder), settings.town, embedded=True) as (ours, hub, city),
    ):
        whole.throughput(ours, EventGenerator(city.grids, city.places, 41), plan.before)
        workers = [posting.code for posting in load_patrols(ours.town).workers]
        members = staff_of(load_town(ours.town), workers, _busiest(ours), plan.staff)
        for name, role, unit in members:
            add_member(ours, name, role, unit, PASSWORD)
        reports = list(
            EventGenerator(city.grids, city.places, 42, datetime.now(UTC)).events(
                int(plan.rate * plan.seconds)
            )
        )
        load_before, started = os.getloadavg()[0], time.monotonic()
        taken = processor_seconds(hub)
        answers = asyncio.run(_at_work(ours, members, plan, reports))
        cores = (processor_seconds(hub) - taken) / (time.monotonic() - started)
        return figures_of(answers, plan, cores, (load_before, os.getloadavg()[0]))


def figures_of(answers: Answers, plan: Plan, cores: float, load: tuple[float, float]) -> Figures:
    """Return the figures of the answers.

    `cores` is what the hub used of the processors, `load` the load average of the machine over one
    minute, before and after.
    """
    return {
        "staff": plan.staff,
        "rate": plan.rate,
        "seconds": plan.seconds,
        "accepted": answers.accepted,
        "refused": answers.refused,
        "pages": {str(kind): _figures_of(answers, kind) for kind in PageKind},
        "hub_cores": cores,
        "load_before": load[0],
        "load_after": load[1],
    }


def staff_of(
    town: Town, workers: Sequence[str], busiest: Sequence[str], count: int
) -> list[tuple[str, StaffRole, str]]:
    """Return name, role and unit of `count` members, by `SHARES`.

    `busiest` are the codes of units, those with most cases first: their queues are worked through.
    """
    order = {code: at for at, code in enumerate(busiest)}
    units = sorted(town.units, key=lambda unit: order.get(unit.code, len(order)))
    townships = [unit.code for unit in units if unit.tier is Tier.TOWNSHIP]
    others = [unit.code for unit in units if unit.tier in (Tier.COUNTY, Tier.VILLAGE)]
    codes = {
        StaffRole.TOWNSHIP: cycle(townships),
        StaffRole.UNIT: cycle(others),
        StaffRole.GRID_WORKER: cycle(workers),
    }
    total = sum(share for _, share in SHARES)
    roles = [role for role, share in SHARES for _ in range(round(count * share / total))]
    # Rounding may leave some out; units have most people.
    roles = (roles + [StaffRole.UNIT] * count)[:count]
    return [
        (f"{role}{number}", role, next(codes[role]) if role in codes else "")
        for number, role in enumerate(roles)
    ]


async def _at_work(
    settings: Settings,
    staff: Sequence[tuple[str, StaffRole, str]],
    plan: Plan,
    reports: Sequence[Any],
) -> Answers:
    """Let all work while the reports are pushed from a thread."""
    answers = Answers()
    address = f"http://{settings.host}:{settings.overview_port}"
    members = [
        Member(address, name, role, answers, seed) for seed, (name, role, _) in enumerate(staff)
    ]
    for member in members:
        await member.log_in(PASSWORD)
    end = time.monotonic() + plan.seconds

    def is_over() -> bool:
        return time.monotonic() > end

    await asyncio.gather(
        asyncio.to_thread(whole.push_on_time, settings, reports, plan.rate),
        *(member.work(is_over) for member in members),
    )
    await asyncio.gather(*(member.close() for member in members))
    return answers


def _busiest(settings: Settings) -> list[str]:
    with closing(Reader(settings)) as reader:
        return [row["unit"] for row in reader.rows(BUSIEST)]


def _figures_of(answers: Answers, kind: PageKind) -> Figures:
    times = answers.seconds[kind]
    return {
        "requests": len(times),
        **{f"p{share}": whole.percentile(times, share) * 1000 for share in (50, 95, 99)},
        "errors": len(answers.errors[kind]),
        "first_errors": answers.errors[kind][:3],
    }


def to_lines(figures: Figures, *, as_json: bool) -> Iterator[str]:
    """Yield the figures as one line of JSON, or as lines of text."""
    if as_json:
        yield json.dumps(figures)
        return
    yield (
        f"{figures['staff']} people at work, {figures['rate']:g} reports/s for"
        f" {figures['seconds']:g} s; the hub took {figures['hub_cores']:.2f} cores; load of the"
        f" machine {figures['load_before']:.1f} before, {figures['load_after']:.1f} after"
    )
    yield f"{'page':20} {'requests':>9} {'p50 ms':>9} {'p95 ms':>9} {'p99 ms':>9} {'errors':>7}"
    for name, page in figures["pages"].items():
        yield (
            f"{name:20} {page['requests']:>9,} {page['p50']:>9,.0f} {page['p95']:>9,.0f}"
            f" {page['p99']:>9,.0f} {page['errors']:>7} {' '.join(page['first_errors'])}"
        )
    yield f"decisions: {figures['accepted']} accepted, {figures['refused']} refused"
