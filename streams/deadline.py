"""Deadlines 时限: working days and hours of the Chinese calendar, holidays and 调休 known.

Limits are the domain's published defaults: enquiry 1, ordinary 5, hard 15 working days, urgent 24
hours around the clock; petitions 60 calendar days (信访工作条例); acceptance in 4 working hours.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from schemas.assignment import WhistleKind
from schemas.channel import Channel
from schemas.fact import Urgency
from schemas.report import Report

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS, NOON, AFTERNOON, CLOSES = time(9), time(12), time(14), time(18)
SPANS = ((OPENS, NOON), (AFTERNOON, CLOSES))
EXTENSION_DAYS = 5
WORKING_DAYS = {Urgency.ENQUIRY: 1, Urgency.ORDINARY: 5, Urgency.HARD: 15}
URGENT_HOURS = 24
WHISTLE_DAYS = {WhistleKind.GENERAL: 1, WhistleKind.HARD: 3}
WHISTLE_URGENT_HOURS = 1
ACCEPT_HOURS = 4
PETITION_REPLY_DAYS = 60


def is_working_day(day: date) -> bool:
    """Whether offices work; years that the calendar does not know yet count Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(start: datetime, days: int) -> datetime:
    """Return the close of office on the `days`-th working day after the day of `start`."""
    day = start.astimezone(SHANGHAI).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, CLOSES, SHANGHAI)


def add_working_hours(start: datetime, hours: float) -> datetime:
    """Return the moment at which `hours` of office time have gone by since `start`."""
    left = timedelta(hours=hours)
    here = start.astimezone(SHANGHAI)
    day = here.date()
    while True:
        if is_working_day(day):
            for opens, closes in SPANS:
                begin = max(here, datetime.combine(day, opens, SHANGHAI))
                end = datetime.combine(day, closes, SHANGHAI)
                if begin >= end:
                    continue
                if end - begin >= left:
                    return begin + left
                left -= end - begin
        day += timedelta(days=1)


def accept_by(start: datetime, urgency: Urgency) -> datetime:
    """Return until when the unit must accept 签收."""
    if urgency is Urgency.URGENT:
        return start + timedelta(hours=1)
    return add_working_hours(start, ACCEPT_HOURS)


def report_by(start: datetime, kind: WhistleKind) -> datetime:
    """Return until when a department must have reported 报到 to a whistle [O]."""
    if kind is WhistleKind.URGENT:
        return start + timedelta(hours=WHISTLE_URGENT_HOURS)
    return add_working_days(start, WHISTLE_DAYS[kind])


def due_at(start: datetime, urgency: Urgency, channel: Channel) -> datetime:
    """Return until when the case must be resolved 办结."""
    if channel is Channel.PETITION_LETTERS:
        return start + timedelta(days=PETITION_REPLY_DAYS)
    if urgency is Urgency.URGENT:
        return start + timedelta(hours=URGENT_HOURS)
    return add_working_days(start, WORKING_DAYS[urgency])


def due_of(reports: Iterable[Report], extensions: int = 0) -> datetime:
    """Return until when a case of these reports must be resolved: the first of their deadlines.

    Merging sets no citizen's clock back, and a report that is split off takes its own along.
    """
    due = min(due_at(told.received_at, told.urgency, told.channel) for told in reports)
    for _ in range(extensions):
        due = add_working_days(due, EXTENSION_DAYS)
    return due
