"""The facts of a deliberation in words 议事要点: as a notice in a village states them. Pure."""

from schemas.deliberation.fold import Deliberation
from schemas.deliberation.meeting import (
    CALLER_NAMES,
    MEETING_NAMES,
    OWNERS,
    Attendance,
    Call,
    Votes,
)
from schemas.deliberation.record import RESULT_NAMES, Decision
from schemas.deliberation.topic import Step


def facts_of(item: Deliberation) -> list[tuple[str, str]]:
    """Return names and texts of call, attendance, votes, resolution, publication and objections.

    Only what is known has a line. No line has a person.
    """
    return [*_meeting(item), *_decision(item), *_publication(item)]


def _meeting(item: Deliberation) -> list[tuple[str, str]]:
    call, came = item.call, item.attendance
    if call is None:
        return []
    day = came.day if came else call.day
    urgent = "（紧急）" if call.urgent else ""
    lines = [
        ("召集", f"{CALLER_NAMES[call.caller]}，{call.noticed_on}通知{urgent}"),
        (MEETING_NAMES[call.kind], f"{day} {call.hour} {call.place}".replace("  ", " ")),
    ]
    if came is None:
        return [*lines, ("应到", str(call.entitled))]
    return [*lines, ("到会", _attendance(item, call, came))]


def _attendance(item: Deliberation, call: Call, came: Attendance) -> str:
    # Fewer who may vote make a quorum easier, so a correction is shown to everybody.
    called = f"（召集时{call.entitled}）" if call.entitled != came.entitled else ""
    share = _share(came.attended, came.entitled)
    text = f"应到{came.entitled}{called}，实到{came.attended}，到会率{share}"
    if came.area:
        called = f"（全体{_square(came.area)}，召集时{_square(call.area)}）"
        share = _share(came.attended_area, came.area)
        text += f"；参与面积{_square(came.attended_area)}，占{share}"
        text += called if call.area != came.area else ""
    return text if item.may_decide else f"{text}；未达到法定人数"


def _decision(item: Deliberation) -> list[tuple[str, str]]:
    decision, came = item.decision, item.attendance
    if decision is None or came is None:
        return []
    is_owners = item.call is not None and item.call.kind in OWNERS
    return [
        ("表决", _votes(decision, came, is_owners=is_owners)),
        ("结果", RESULT_NAMES[decision.result]),
        ("决议", decision.text),
    ]


def _votes(decision: Decision, came: Attendance, *, is_owners: bool) -> str:
    votes: Votes = decision.votes
    if not votes.cast:
        return f"{decision.decided_on}，没有表决"
    text = (
        f"{decision.decided_on}，同意{votes.in_favour}票，"
        f"占到会{_share(votes.in_favour, came.attended)}，"
        f"反对{votes.against}票，弃权{votes.abstained}票"
    )
    if is_owners:
        share = _share(votes.area_in_favour, came.attended_area)
        text += f"；同意面积{_square(votes.area_in_favour)}，占{share}"
    return text


def _publication(item: Deliberation) -> list[tuple[str, str]]:
    shown = item.publication
    if shown is None:
        return []
    days = (shown.until - shown.since).days + 1
    objections = "还没有异议" if item.present.step is Step.PUBLICATION else "没有异议"
    if item.objections:
        left = len(item.unanswered)
        waiting = f"，{left}条待答复" if left else "，均已答复"
        objections = f"{len(item.objections)}条{waiting}"
    return [
        ("公示", f"{shown.since}至{shown.until}（{days}天），{shown.where}"),
        ("异议", objections),
    ]


def _square(area: float) -> str:
    return f"{area:.2f}".rstrip("0").rstrip(".") + "平方米"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"
