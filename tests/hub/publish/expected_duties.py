"""Duties recomputed in plain Python from plans and reports, to compare with the views."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from schemas.town.patrol import (
    Does,
    Every,
    Household,
    Patrols,
    Plan,
    Posting,
    Whom,
)
from schemas.town.patrol import WorkerKind as Sort
from streams.case.deadline import is_working_day
from tests.builders.town import event

ROOT = Path(__file__).parents[3]

SINCE = date(2026, 1, 28)

UNTIL = date(2026, 4, 12)
"""Periods in the past: a spring festival, an end of a month, an end of a quarter."""

PLANS = (
    Plan(id="daily", name="每日巡查", does=Does.CHECK, every=Every.DAY, since=SINCE, until=UNTIL),
    Plan(
        id="office",
        name="工作日",
        does=Does.CHECK,
        every=Every.WORKING_DAY,
        since=SINCE,
        until=UNTIL,
    ),
    Plan(
        id="weekly",
        name="重点户",
        does=Does.VISIT,
        every=Every.WEEK,
        whom=Whom.HOUSEHOLDS,
        classes=("disabled", "living_alone"),
        since=SINCE,
        until=UNTIL,
    ),
    Plan(id="monthly", name="每月", does=Does.VISIT, every=Every.MONTH, since=SINCE, until=UNTIL),
    Plan(
        id="quarterly",
        name="每季",
        does=Does.VISIT,
        every=Every.QUARTER,
        whom=Whom.HOUSEHOLDS,
        since=SINCE,
        until=UNTIL,
    ),
    Plan(
        id="disputes",
        name="纠纷必到",
        does=Does.CHECK,
        every=Every.MATTER,
        category=("dispute.*",),
        within_hours=24,
        since=SINCE,
        until=UNTIL,
    ),
    Plan(
        id="urgent",
        name="突发必到",
        does=Does.CHECK,
        every=Every.MATTER,
        urgency=(Urgency.URGENT,),
        within_hours=1.5,
        since=SINCE,
        until=UNTIL,
    ),
)

WORKERS = (
    Posting(code="W-2", kind=Sort.PART_TIME, grid_code="G1"),
    Posting(code="W-1", kind=Sort.FULL_TIME, grid_code="G1", until=date(2026, 2, 28)),
    Posting(code="W-3", kind=Sort.FULL_TIME, grid_code="G1", since=date(2026, 3, 4)),
)
"""From 1 to 3 March only the part-time worker has G1; G2 has no worker."""

HOMES = (
    Household(code="H1", grid_code="G1", classes="disabled|low_income"),
    Household(code="H2", grid_code="G1", classes="living_alone", since=date(2026, 3, 12)),
    Household(code="H3", grid_code="G2", classes="disabled", until=date(2026, 3, 20)),
    Household(code="H4", grid_code="G2"),
)

PATROLS = Patrols(WORKERS, HOMES, PLANS, ())

Line = tuple[str, str, str, datetime, datetime, datetime | None, str, str]
"""Plan, subject, worker, begin, end, time and person of the visit, outcome."""


def midnight(day: date) -> datetime:
    """Return the beginning of a day in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def seen(number: int, kind: Kind, at: datetime, late: timedelta, **more: Any) -> UnifiedEvent:
    """Return a check or a visit, uploaded after a delay."""
    reports = event(f"p{number}", channel=Channel.GRID_PATROL, kind=kind, grid=more.pop("grid"))
    return reports.model_copy(update={"occurred_at": at, "received_at": at + late, **more})


def rounds(draw: random.Random) -> list[UnifiedEvent]:
    """Return the checks and visits of a spring, some uploaded a week later."""
    results = []
    for number in range(140):
        at = midnight(SINCE) + timedelta(minutes=draw.randrange(-5000, 80 * 1440))
        home = draw.choice((*HOMES, None))
        kind = draw.choice((Kind.PATROL_CHECK, Kind.PATROL_CHECK, Kind.VISIT, Kind.REPORT))
        results.append(
            seen(
                number,
                kind,
                at,
                timedelta(days=draw.choice((0, 0, 7))),
                grid=home.grid_code if home else draw.choice(("G1", "G2", "")),
                household=home.code if home and kind is Kind.VISIT else "",
                worker=draw.choice(("W-1", "W-2", "W-9")),
            )
        )
    return results


def periods(plan: Plan) -> Iterator[tuple[date, date]]:
    """Yield the first day of each period, and the day after its last."""
    days = [SINCE + timedelta(days=n) for n in range((UNTIL - SINCE).days + 1)]
    known = set()
    for day in days:
        first, after = period(plan.every, day)
        if plan.every is Every.WORKING_DAY and not is_working_day(day):
            continue
        if first not in known:
            known.add(first)
            yield first, after


def period(every: Every, day: date) -> tuple[date, date]:
    """Return the period of a day."""
    if every is Every.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if every in (Every.MONTH, Every.QUARTER):
        months = 1 if every is Every.MONTH else 3
        month = (day.month - 1) // months * months + 1
        after = date(day.year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
        return date(day.year, month, 1), after
    return day, day + timedelta(days=1)


def answerable(grid: str, day: date) -> str:
    """Return the workers of each grid on a day, the full-time worker first."""
    order = list(Sort)
    own = [
        w
        for w in WORKERS
        if w.grid_code == grid and w.since <= day and (w.until is None or day <= w.until)
    ]
    return min(own, key=lambda w: order.index(w.kind)).code if own else ""


def expected(reports: Sequence[UnifiedEvent]) -> Iterator[Line]:
    """Yield all duties that were due by the calendar, and their outcome."""
    kinds = {Does.CHECK: Kind.PATROL_CHECK, Does.VISIT: Kind.VISIT}
    for plan in PLANS:
        if plan.every is Every.MATTER:
            continue
        for first, after in periods(plan):
            for subject, grid in subjects(plan, first, after):
                own = [
                    item
                    for item in reports
                    if item.kind is kinds[plan.does]
                    and subject in (item.place.grid_code, item.household)
                    and midnight(first) <= item.occurred_at < midnight(after)
                ]
                done = (
                    min(own, key=lambda item: (item.occurred_at, str(item.event_id)))
                    if own
                    else None
                )
                yield (
                    plan.id,
                    subject,
                    answerable(grid, after - timedelta(days=1)),
                    midnight(first),
                    midnight(after),
                    done and done.occurred_at,
                    done.worker if done else "",
                    "done" if done else "missed",
                )


def subjects(plan: Plan, first: date, after: date) -> Iterator[tuple[str, str]]:
    """Yield the grids or households that a plan covers in a period, each with its grid."""
    if plan.whom is Whom.GRIDS:
        yield from (("G1", "G1"), ("G2", "G2"))
        return
    for home in HOMES:
        there = home.since < after and (home.until is None or home.until >= after - timedelta(1))
        if there and (not plan.classes or set(plan.classes) & set(home.listed_as)):
            yield home.code, home.grid_code
    assert first < after
