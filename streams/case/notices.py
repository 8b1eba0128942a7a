"""Feedback to citizens 及时反馈: the text for each entry of a case that concerns them.

Entries about the administration's own work (triage, returns, suggestions, supervision) give none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from schemas.base import BEIJING, derive_id
from schemas.cases.case import Case, CaseEvent, Move
from schemas.cases.feedback import Feedback
from schemas.reports.report import Report
from streams.town.register import Register

TOGETHER = "您反映的事项与他人反映的同一事项并案办理"
ALONE = "您反映的事项已从并案中分出，单独办理。"


def feedback_for(entries: Iterable[CaseEvent], register: Register) -> tuple[Feedback, ...]:
    """Return the feedback of entries to the channels of the reports concerned, in order."""
    return tuple(feedback for entry in entries for feedback in _of(entry, register))


def _of(entry: CaseEvent, register: Register) -> Iterator[Feedback]:
    text_of = TEXTS.get(entry.move)
    if text_of is None:
        return
    unit = entry.case.assignment.unit if entry.case.assignment else ""
    known = register.unit(unit)
    name = known.name if known else unit
    for report in _concerned(entry):
        text = text_of(entry, report, name)
        if text:
            yield Feedback(
                feedback_id=derive_id("feedback", str(entry.case_event_id), str(report.event_id)),
                case_id=entry.case_id,
                channel=report.channel,
                native_id=report.native_id,
                event_id=report.event_id,
                state=entry.state,
                text=text,
                at=entry.at,
                move=entry.move,
                seq=entry.seq,
                route=entry.case.route,
                unit=unit,
                unit_name=name,
                due_at=entry.case.due_at,
                answer=entry.case.answer if entry.move is Move.RESOLVE else "",
                tracking=report.tracking,
            )


def _concerned(entry: CaseEvent) -> tuple[Report, ...]:
    """Return the reports that an entry concerns: for a join, only the report that joined."""
    reports = entry.case.reports
    if entry.move is Move.JOIN:
        return tuple(report for report in reports if report.event_id == entry.cause)
    return reports


def _opened(entry: CaseEvent, report: Report, _: str) -> str:
    if entry.cause != report.event_id:
        return ALONE
    return f"您反映的事项已受理，编号{report.native_id}。"


def _joined(entry: CaseEvent, report: Report, _: str) -> str:
    # When two cases are merged, the entry of the absorbed case gives the feedback.
    merged = "case_id" in entry.data
    return "" if merged else f"您反映的事项已受理，编号{report.native_id}，{TOGETHER}。"


def _assigned(entry: CaseEvent, _: Report, unit: str) -> str:
    case = entry.case
    if case.assignment is not None and case.assignment.handed_over:
        return f"您反映的事项不在本地职权范围，已移送{unit}。"
    return f"您反映的事项已交{unit}办理{_until(case)}。"


def _accepted(entry: CaseEvent, _: Report, unit: str) -> str:
    return f"{unit}已签收您反映的事项{_until(entry.case)}。"


def _until(case: Case) -> str:
    return f"，预计{_day(case.due_at)}前办结" if case.due_at else ""


def _day(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日{local.hour}时"


def _taken(entry: CaseEvent, _: Report, __: str) -> str:
    return f"您的心愿已由志愿者接单{_until(entry.case)}。"


def _returned_by_volunteer(_: CaseEvent, __: Report, ___: str) -> str:
    return "您的心愿正在重新安排志愿者。"


def _noted(entry: CaseEvent, _: Report, unit: str) -> str:
    """Return the progress only if the unit has marked it as public."""
    return f"{unit}办理进展：{entry.reason}" if entry.data.get("public") is True else ""


def _extended(entry: CaseEvent, _: Report, unit: str) -> str:
    return f"您反映的事项需延期办理{_until(entry.case)}。{unit}说明：{entry.reason}"


def _suspended(entry: CaseEvent, _: Report, unit: str) -> str:
    return f"您反映的事项暂缓办理。{unit}说明：{entry.reason}"


def _resumed(entry: CaseEvent, _: Report, unit: str) -> str:
    return f"{unit}已恢复办理您反映的事项{_until(entry.case)}。"


def _resolved(entry: CaseEvent, _: Report, unit: str) -> str:
    return f"您反映的事项已办结。{unit}答复：{entry.case.answer}"


def _reopened(entry: CaseEvent, _: Report, __: str) -> str:
    return f"您反映的事项已重新办理{_until(entry.case)}。"


def _merged(_: CaseEvent, __: Report, ___: str) -> str:
    return f"{TOGETHER}。"


def _split(entry: CaseEvent, _: Report, __: str) -> str:
    """Return a text for the reports that moved; for the others nothing changes."""
    return ALONE if "from" in entry.data else ""


def _withdrawn(_: CaseEvent, __: Report, ___: str) -> str:
    return "您反映的事项已按您的要求撤回。"


Text = Callable[[CaseEvent, Report, str], str]
"""Entry, report, name of the unit → text of the feedback; empty: no feedback."""

TEXTS: Mapping[Move, Text] = {
    Move.OPEN: _opened,
    Move.JOIN: _joined,
    Move.ASSIGN: _assigned,
    Move.HAND_OVER: _assigned,
    Move.ESCALATE: _assigned,
    Move.ACCEPT: _accepted,
    Move.TAKE: _taken,
    Move.GIVE_BACK: _returned_by_volunteer,
    Move.NOTE: _noted,
    Move.EXTEND: _extended,
    Move.SUSPEND: _suspended,
    Move.RESUME: _resumed,
    Move.RESOLVE: _resolved,
    Move.REOPEN: _reopened,
    Move.MERGE: _merged,
    Move.SPLIT: _split,
    Move.WITHDRAW: _withdrawn,
}
"""The moves that give feedback."""
