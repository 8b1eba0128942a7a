"""Feedback to citizens 及时反馈: the text for each entry of a case that concerns them.

Entries about the administration's own work (triage, returns, suggestions, supervision) give none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.base import BEIJING, derive_id
from schemas.cases.case import Case, CaseEvent, Move, case_event_id_of
from schemas.cases.feedback import Feedback, FeedbackToMany
from schemas.reports.report import Report
from streams.town.register import Register

TOGETHER = "您反映的事项与他人反映的同一事项并案办理"
ALONE = "您反映的事项已从并案中分出，单独办理。"


def feedback_for(entries: Iterable[CaseEvent], register: Register) -> tuple[Feedback, ...]:
    """Return the feedback of entries to the channels of the reports concerned, in order."""
    return tuple(feedback for entry in entries for feedback in _of(entry, register))


def feedback_to_many(
    entries: Sequence[CaseEvent], register: Register
) -> tuple[FeedbackToMany, ...]:
    """Return the feedback of entries to the filed reports of large cases: one record for each.

    The cost does not grow with the reports; the feedback process makes the feedback of each.
    """
    return tuple(filter(None, (_to_many(entry, entries, register) for entry in entries)))


def feedback_of(notice: FeedbackToMany, report: Report) -> Feedback:
    """Return the feedback to one of the reports that `notice` is for."""
    case_event_id = case_event_id_of(notice.case_id, notice.seq)
    same = notice.model_dump(exclude={"holder", "since", "through", "recipients", "listed"})
    return Feedback(
        **same,
        feedback_id=_feedback_id(case_event_id, report),
        channel=report.channel,
        native_id=report.native_id,
        event_id=report.event_id,
        tracking=report.tracking,
    )


def _of(entry: CaseEvent, register: Register) -> Iterator[Feedback]:
    text_of = TEXTS.get(entry.move)
    if text_of is None:
        return
    unit, name = _unit_of(entry, register)
    for report in _concerned(entry):
        text = text_of(entry, report, name)
        if text:
            yield Feedback(
                feedback_id=_feedback_id(entry.case_event_id, report),
                channel=report.channel,
                native_id=report.native_id,
                event_id=report.event_id,
                tracking=report.tracking,
                text=text,
                **_common(entry, unit, name),
            )


def _to_many(
    entry: CaseEvent, entries: Iterable[CaseEvent], register: Register
) -> FeedbackToMany | None:
    """Return the feedback of an entry to the filed reports; None if there is none."""
    text_of, case = TEXTS.get(entry.move), entry.case
    if text_of is None or not case.filed or entry.move is Move.JOIN:
        return None
    unit, name = _unit_of(entry, register)
    text = text_of(entry, case.reports[-1], name)
    holder, since, through, recipients = case.case_id, 1, entry.seq, case.filed
    if entry.move is Move.MERGE and case.merged_into:
        # The surviving case has filed the reports with the entry that took them over.
        holder = case.merged_into
        taken = [
            filed
            for each in entries
            if each.case_id == holder and each.data.get("case_id") == str(entry.case_id)
            for filed in each.filed
        ]
        since = through = max((filed.seq for filed in taken), default=0)
        listed = {report.event_id for report in case.reports}
        recipients = sum(
            filed.seq == through and filed.report.event_id not in listed for filed in taken
        )
    if not text or not recipients:
        return None
    return FeedbackToMany(
        holder=holder,
        since=since,
        through=through,
        recipients=recipients,
        listed=len(case.reports),
        text=text,
        **_common(entry, unit, name),
    )


def _feedback_id(case_event_id: UUID, report: Report) -> UUID:
    return derive_id("feedback", str(case_event_id), str(report.event_id))


def _unit_of(entry: CaseEvent, register: Register) -> tuple[str, str]:
    """Return the code and the name of the unit that has the case."""
    unit = entry.case.assignment.unit if entry.case.assignment else ""
    known = register.unit(unit)
    return unit, known.name if known else unit


def _common(entry: CaseEvent, unit: str, name: str) -> dict[str, Any]:
    """Return the fields that the feedback of an entry to each report has."""
    return {
        "case_id": entry.case_id,
        "state": entry.state,
        "at": entry.at,
        "move": entry.move,
        "seq": entry.seq,
        "route": entry.case.route,
        "unit": unit,
        "unit_name": name,
        "due_at": entry.case.due_at,
        "answer": entry.case.answer if entry.move is Move.RESOLVE else "",
    }


def _concerned(entry: CaseEvent) -> Iterable[Report]:
    """Return the reports that get feedback of their own: for a join, only the one that joined."""
    if entry.move is Move.JOIN:
        # A report that came late is filed at once.
        reports = (*entry.case.reports, *(filed.report for filed in entry.filed))
        return (report for report in reports if report.event_id == entry.cause)
    return entry.case.reports


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


def answer_text(unit: str, answer: str) -> str:
    """Return what the citizen reads when a unit has resolved his case with an answer 答复."""
    return f"您反映的事项已办结。{unit}答复：{answer}"


def _resolved(entry: CaseEvent, _: Report, unit: str) -> str:
    return answer_text(unit, entry.case.answer)


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
