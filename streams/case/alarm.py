"""Alarm 险情: what follows at once if a report of a case shows a danger to life.

The case becomes urgent, with the limits of an urgent case, and the hub itself whistles 紧急哨 for
the departments that the town's rules name. They must report within an hour, or are supervised.
"""

from datetime import datetime
from typing import Any

from schemas.cases.assignment import Whistle, WhistleKind
from schemas.cases.case import MOVES, Case, CaseEvent, Move
from schemas.reports.danger import DangerKind, danger_reason
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Urgency
from streams.case.deadline import accept_by, report_by
from streams.case.entries import append_move
from streams.town.register import Register


def hastened(case: Case, changes: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the changes of a case by a report that came at `at`, with its time to accept.

    If the case becomes urgent by them, its unit must accept it within an hour from then.
    """
    becomes_urgent = changes["urgency"] is Urgency.URGENT and case.urgency is not Urgency.URGENT
    if becomes_urgent and case.accept_by is not None:
        return {**changes, "accept_by": min(case.accept_by, accept_by(at, Urgency.URGENT))}
    return changes


def alarm(case: Case, event: UnifiedEvent, register: Register) -> tuple[CaseEvent, ...]:
    """Return the whistle for the departments of a danger.

    None follows if nobody is named, or if the case has called all of them already.
    """
    if event.danger is None or case.state not in MOVES[Move.WHISTLE]:
        return ()
    since = case.clock.since
    whistles = [w for w in case.whistles if since is None or w.at >= since]
    called = {unit for whistle in whistles for unit in whistle.units}
    lead = case.assignment.unit if case.assignment else ""
    units = tuple(
        code
        for code in departments(event.danger.kind, register)
        if code not in called and code != lead and register.unit(code) is not None
    )
    if not units:
        return ()
    at = max(event.received_at, case.updated_at)
    due = report_by(at, WhistleKind.URGENT)
    whistle = Whistle(kind=WhistleKind.URGENT, units=units, at=at, report_by=due)
    entry = append_move(
        case,
        Move.WHISTLE,
        cause=event.event_id,
        at=at,
        reason=f"{danger_reason(event.danger)}，系统紧急吹哨",
        data={"kind": WhistleKind.URGENT, "units": list(units), "danger": event.danger.kind},
        whistles=(*case.whistles, whistle),
    )
    return (entry,)


def departments(kind: DangerKind, register: Register) -> tuple[str, ...]:
    """Return the codes of the units that are called for a kind of danger, by the town's rules."""
    for entry in register.rules.alarms:
        if not entry.danger or kind in entry.danger:
            return entry.whistle
    return ()
