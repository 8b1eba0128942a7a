"""Builds deliberations for tests: in the village of `tests.builders.town`, one day a step."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from hub.deliberations.changes import register
from hub.deliberations.steps import call_meeting, carry_out, decide, hold_meeting, publish
from hub.numbered.change import Change
from schemas.base import BEIJING
from schemas.deliberation.fold import Deliberation, deliberation_of
from schemas.deliberation.meeting import Attendance, Call, Caller, MeetingKind, Votes
from schemas.deliberation.record import Decision, DeliberationRecord, Publication, Result
from schemas.deliberation.topic import STEPS, DeliberationDetails, Step
from schemas.numbered import Paper
from tests.builders.town import NOON, VILLAGE

SHOWN, KEPT_BACK = f"{'a' * 64}.jpg", f"{'b' * 64}.jpg"
PAPERS = (Paper(photo=SHOWN, is_public=True), Paper(photo=KEPT_BACK))
DETAILS = DeliberationDetails(
    number="议2026-03",
    title="村口停车难怎么办",
    division_code=VILLAGE,
    grid_code="G1",
    place="三组村口",
    summary="村口路窄，节假日堵车，讨论是否把晒场改成停车场",
    unit="U-V",
)
TEXT = "晒场划出26个车位，晒粮时让出"


def day_of(change: Change) -> date:
    """Return the day of a change in Beijing."""
    return change.at.astimezone(BEIJING).date()


def registered(
    details: DeliberationDetails = DETAILS, at: datetime = NOON
) -> list[DeliberationRecord]:
    """Return the records of a topic that is put on the agenda."""
    return [register(details, "小周", at)]


def folded(records: list[DeliberationRecord]) -> Deliberation:
    """Return the deliberation of records; fails if there is none."""
    deliberation = deliberation_of(records)
    assert deliberation is not None
    return deliberation


def change(records: list[DeliberationRecord], days: float = 1) -> Change:
    """Return a change by somebody who has seen all records, some days after the last one."""
    last = records[-1]
    return Change("小周", last.at + timedelta(days=days), last.seq)


def call(change: Change, kind: MeetingKind = MeetingKind.REPRESENTATIVES, **more: object) -> Call:
    """Return a call of forty for the day after a change."""
    fields = {
        "kind": kind,
        "caller": Caller.COMMITTEE,
        "noticed_on": day_of(change),
        "day": day_of(change) + timedelta(days=1),
        "hour": "19:30",
        "place": "村委会二楼",
        "entitled": 40,
    }
    return Call.model_validate(fields | more)


def attendance(change: Change, attended: int = 31, **more: object) -> Attendance:
    """Return a meeting on the day of a change, of forty who are entitled."""
    fields = {"day": day_of(change), "entitled": 40, "attended": attended}
    return Attendance.model_validate(fields | more)


def decision(
    change: Change, votes: tuple[int, int, int] = (25, 4, 2), result: Result = Result.ADOPTED
) -> Decision:
    """Return a decision on the day of a change: votes in favour, against, abstained."""
    in_favour, against, abstained = votes
    counts = Votes(in_favour=in_favour, against=against, abstained=abstained)
    text = "" if result is Result.POSTPONED else TEXT
    return Decision(decided_on=day_of(change), votes=counts, result=result, text=text)


def publication(change: Change, days: int = 7) -> Publication:
    """Return a publication of so many days that begins on the day of a change."""
    since = day_of(change)
    return Publication(since=since, until=since + timedelta(days=days - 1), where="村务公开栏")


Take = Callable[[Deliberation, Change], DeliberationRecord]
NEXT: dict[Step, Take] = {
    Step.CALL: lambda d, by: call_meeting(d, by, call(by)),
    Step.MEETING: lambda d, by: hold_meeting(d, by, attendance(by)),
    Step.DECISION: lambda d, by: decide(d, by, decision(by), papers=PAPERS),
    Step.PUBLICATION: lambda d, by: publish(d, by, publication(by), papers=PAPERS),
    Step.CARRYING_OUT: lambda d, by: carry_out(d, by, "U-T"),
}
"""How each step begins."""


def advanced(step: Step, details: DeliberationDetails = DETAILS) -> list[DeliberationRecord]:
    """Return the records of a deliberation that has reached a step, a day for each step before.

    The publication lasts its seven days.
    """
    records = registered(details)
    for following in STEPS[1 : STEPS.index(step) + 1]:
        days = 7 if following is Step.CARRYING_OUT else 1
        records.append(NEXT[following](folded(records), change(records, days)))
    return records
