"""Deadlines 时限: working days and hours of the Chinese calendar, holidays and 调休 known.

Limits are the domain's published defaults: enquiry 1, ordinary 5, hard 15 working days, urgent 24
hours around the clock; petitions 60 calendar days (信访工作条例); acceptance in 4 working hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar

from schemas.base import BEIJING
from schemas.cases.assignment import WhistleKind
from schemas.cases.clock import Clock
from schemas.channel import Channel
from schemas.reports.fact import Urgency
from schemas.reports.report import Report

OPENS, NOON, AFTERNOON, CLOSES = time(9), time(12), time(14), time(18)
SPANS = ((OPENS, NOON), (AFTERNOON, CLOSES))
EXTENSION_DAYS = 5
WORKING_DAYS = {Urgency.ENQUIRY: 1, Urgency.ORDINARY: 5, Urgency.HARD: 15}
URGENT_HOURS = 24
WHISTLE_DAYS = {WhistleKind.GENERAL: 1, WhistleKind.HARD: 3}
WHISTLE_URGENT_HOURS = 1
ACCEPT_HOURS = 4
PETITION_REPLY_DAYS = 60
YELLOW_SHARE = 0.8
"""Share of the time to the deadline at which 督办 begins 黄牌."""
HAND_OVER_DAYS, HAND_OVER_URGENT_HOURS = 1, 2
"""Minimum time for a unit to which a case is handed over 转办. No public rule states it."""
CLOSE_AFTER = timedelta(days=15)
"""A case without an evaluation is closed 归档 this long after its answer: our own value."""
CLOSE_AFTER_EVALUATION_DAYS = 3
"""Working days in which the other reporters of the case may still evaluate it: our own value."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Start and end of a time limit; `round_the_clock`: nights and holidays count."""

    start: datetime
    due: datetime
    round_the_clock: bool


@lru_cache(maxsize=10_000)
def is_working_day(day: date) -> bool:
    """Whether offices work; for years not yet in the calendar, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


@lru_cache(maxsize=10_000)
def _office_hours(day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the office hours of a day: start and end, before and after noon."""
    if not is_working_day(day):
        return ()
    return tuple(
        (datetime.combine(day, opens, BEIJING), datetime.combine(day, closes, BEIJING))
        for opens, closes in SPANS
    )


@lru_cache(maxsize=10_000)
def _office_time(day: date) -> timedelta:
    """Return how long offices are open on a day."""
    return sum((closes - opens for opens, closes in _office_hours(day)), timedelta())


@lru_cache(maxsize=10_000)
def _office_time_between(first: date, last: date) -> timedelta:
    """Return how long offices are open on the days after `first` and before `last`."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days))
    return sum(map(_office_time, days), timedelta())


def add_working_days(start: datetime, days: int) -> datetime:
    """Return the close of office on the `days`-th working day after the day of `start`."""
    return _working_day_after(start.astimezone(BEIJING).date(), days)


@lru_cache(maxsize=10_000)
def _working_day_after(day: date, days: int) -> datetime:
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, CLOSES, BEIJING)


def add_working_hours(start: datetime, hours: float) -> datetime:
    """Return the time at which `hours` of office time have passed since `start`."""
    left = timedelta(hours=hours)
    local = start.astimezone(BEIJING)
    first = day = local.date()
    while True:
        if day > first and (whole := _office_time(day)) < left:
            left -= whole
            day += timedelta(days=1)
            continue
        for opens, closes in _office_hours(day):
            begin = max(local, opens)
            if begin >= closes:
                continue
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        day += timedelta(days=1)


def accept_by(start: datetime, urgency: Urgency) -> datetime:
    """Return the deadline for acceptance 签收."""
    if urgency is Urgency.URGENT:
        return start + timedelta(hours=1)
    return add_working_hours(start, ACCEPT_HOURS)


def report_by(start: datetime, kind: WhistleKind) -> datetime:
    """Return the deadline for a department to report 报到 after a whistle, by our own limits."""
    if kind is WhistleKind.URGENT:
        return start + timedelta(hours=WHISTLE_URGENT_HOURS)
    return add_working_days(start, WHISTLE_DAYS[kind])


def working_hours(start: datetime, end: datetime) -> float:
    """Return the hours of office time from `start` to `end`; 0 where `end` is not later."""
    first, last = start.astimezone(BEIJING), end.astimezone(BEIJING)
    begins, ends = first.date(), last.date()
    total = _office_time_between(begins, ends)
    for day in (begins, ends) if begins < ends else (begins,):
        for opens, closes in _office_hours(day):
            total += max(min(last, closes) - max(first, opens), timedelta())
    return total / timedelta(hours=1)


def limit_of(start: datetime, urgency: Urgency, channel: Channel) -> Limit:
    """Return the time limit for resolving 办结 a report."""
    if urgency is Urgency.URGENT:
        return Limit(start, start + timedelta(hours=URGENT_HOURS), round_the_clock=True)
    if channel is Channel.PETITION_LETTERS:
        return Limit(start, start + timedelta(days=PETITION_REPLY_DAYS), round_the_clock=True)
    return Limit(start, add_working_days(start, WORKING_DAYS[urgency]), round_the_clock=False)


def due_of(reports: Iterable[Report], extensions: int = 0, clock: Clock | None = None) -> Limit:
    """Return the time limit of a case: the earliest limit of its reports.

    So merging never postpones a deadline, and a report that is split off keeps its own. A reopened
    case gets a new limit. Extensions, and the time of a suspension, are added.
    """
    clock = clock or Clock()
    first = min(
        (
            limit_of(start, report.urgency, report.channel)
            for start, report in _earliest(reports, clock.since)
        ),
        key=lambda limit: limit.due,
    )
    due = first.due
    for _ in range(extensions):
        due = add_working_days(due, EXTENSION_DAYS)
    if clock.paused:
        due = (
            due + timedelta(hours=clock.paused)
            if first.round_the_clock
            else add_working_hours(due, clock.paused)
        )
    return Limit(first.start, _later(due, clock.not_before), first.round_the_clock)


def _earliest(
    reports: Iterable[Report], since: datetime | None
) -> Iterator[tuple[datetime, Report]]:
    """Yield the start of each report's limit, except of reports whose limit cannot be earlier.

    Of two reports of one channel and urgency, the one that starts later is not due earlier.
    """
    earliest: dict[tuple[Channel, Urgency], datetime] = {}
    for report in reports:
        kind, start = (report.channel, report.urgency), _later(report.received_at, since)
        known = earliest.get(kind)
        if known is None or start < known:
            earliest[kind] = start
            yield start, report


def _later(at: datetime, minimum: datetime | None) -> datetime:
    return at if minimum is None else max(at, minimum)


def yellow_of(limit: Limit) -> datetime:
    """Return when 80 % of the time has passed."""
    if limit.round_the_clock:
        return limit.start + YELLOW_SHARE * (limit.due - limit.start)
    return add_working_hours(limit.start, YELLOW_SHARE * working_hours(limit.start, limit.due))


def suspended_hours(limit: Limit, since: datetime, until: datetime) -> float:
    """Return the hours of a suspension that count for a limit."""
    if limit.round_the_clock:
        return max(0.0, (until - since) / timedelta(hours=1))
    return working_hours(since, until)


def after_hand_over(now: datetime, urgency: Urgency) -> datetime:
    """Return the earliest deadline for a unit to which a case is handed over."""
    if urgency is Urgency.URGENT:
        return now + timedelta(hours=HAND_OVER_URGENT_HOURS)
    return add_working_days(now, HAND_OVER_DAYS)
