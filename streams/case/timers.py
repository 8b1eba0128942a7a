"""The timers of a case 时限: the moves that happen at a given time if nobody acts before."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from schemas.cases.case import SETTLED_STATES, Case, State
from schemas.cases.clock import Supervision
from streams.case.deadline import add_working_days


class Timer(StrEnum):
    """Kinds of timers."""

    ACCEPT = "accept"
    """签收时限"""
    YELLOW = "yellow"
    RED = "red"
    UP = "up"
    WHISTLE = "whistle"
    """报到时限"""
    CLOSE = "close"
    """归档"""


STAGES = {Supervision.NONE: Timer.YELLOW, Supervision.YELLOW: Timer.RED, Supervision.RED: Timer.UP}
RUNNING = frozenset({State.RECEIVED, State.TRIAGE, State.ASSIGNED, State.ACCEPTED, State.HANDLING})
"""States in which the deadline timers run."""


def timers(case: Case) -> Iterator[tuple[datetime, Timer]]:
    """Yield the timers of a case, each with its time."""
    if case.state is State.ASSIGNED and case.accept_by and not _outside(case):
        yield case.accept_by, Timer.ACCEPT
    if case.state in RUNNING and case.supervision in STAGES:
        stage = STAGES[case.supervision]
        at = {Timer.YELLOW: case.yellow_at, Timer.RED: case.due_at, Timer.UP: up_at(case)}[stage]
        if at is not None:
            yield at, stage
    if case.state not in SETTLED_STATES:
        for whistle in case.whistles:
            if set(whistle.units) - {*whistle.arrived, *whistle.late}:
                yield whistle.report_by, Timer.WHISTLE
    if case.state in (State.FED_BACK, State.EVALUATED) and case.closes_at:
        yield case.closes_at, Timer.CLOSE


def up_at(case: Case) -> datetime | None:
    """Return when the next tier supervises: one working day after the deadline."""
    if case.due_at is None or case.supervision is not Supervision.RED:
        return None
    return add_working_days(case.due_at, 1)


def _outside(case: Case) -> bool:
    return case.assignment is not None and case.assignment.handed_over


def next_timer(case: Case) -> tuple[datetime, Timer] | None:
    """Return the first timer of a case, with its time; None if it has no timer."""
    return min(timers(case), default=None)
