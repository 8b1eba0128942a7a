"""What deserves a notice 提醒: pure functions of an entry of a case, and of the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.security.confidential import CONFIDENTIAL
from hub.security.masking import mask_text
from schemas.base import Frozen, Instant, derive_id
from schemas.cases.case import Case, CaseEvent, Move
from schemas.cases.clock import Supervision
from schemas.reports.fact import Urgency
from streams.case.timers import RUNNING

BEFORE_DUE = timedelta(hours=4)
"""So long before its deadline a unit is reminded of a case."""
LONGEST_TITLE = 40


class NoticeKind(StrEnum):
    """What a notice is about; the most urgent first."""

    URGENT = "urgent"
    """紧急件: a case is urgent from its opening on, or becomes so"""
    UP = "up"
    """提级督办"""
    RED = "red"
    """红牌: the deadline has passed"""
    WHISTLE = "whistle"
    """吹哨: a unit is called to a case of another"""
    DUE = "due"
    """即将到期: the deadline is four hours away"""
    YELLOW = "yellow"
    """黄牌"""
    PROJECT_LATE = "project_late"
    """村居项目超期: the stage of a project is past its last day"""
    TOPIC_LATE = "topic_late"
    """议事超期: the step of a deliberation is past its last day"""
    ITEM_LATE = "item_late"
    """办件超期: a service item is past its promise"""
    TASK_WAITS = "task_waits"
    """任务待审: a task waits for the decision of the county"""
    REOPENED = "reopened"
    """重办"""
    RETURNED = "returned"
    """退单: the dispatcher has it again"""
    TIMED_OUT = "timed_out"
    """逾期未签收: the dispatcher has it again"""
    NEW = "new"
    """新派单: a unit gets a case"""


KIND_NAMES: dict[NoticeKind, str] = {
    NoticeKind.URGENT: "紧急件",
    NoticeKind.NEW: "新派单",
    NoticeKind.DUE: "四小时内到期",
    NoticeKind.YELLOW: "黄牌督办",
    NoticeKind.RED: "红牌督办",
    NoticeKind.UP: "提级督办",
    NoticeKind.PROJECT_LATE: "村居项目超期",
    NoticeKind.TOPIC_LATE: "议事超期",
    NoticeKind.ITEM_LATE: "办件超期",
    NoticeKind.TASK_WAITS: "任务待审",
    NoticeKind.WHISTLE: "吹哨",
    NoticeKind.RETURNED: "退单",
    NoticeKind.TIMED_OUT: "逾期未签收",
    NoticeKind.REOPENED: "重办",
}
"""Chinese names of the kinds."""
AT_ONCE = frozenset({NoticeKind.URGENT, NoticeKind.UP})
"""Kinds that wait neither for others nor for the morning."""
OF_MOVE = {
    Move.RETURN: NoticeKind.RETURNED,
    Move.TIME_OUT: NoticeKind.TIMED_OUT,
    Move.REOPEN: NoticeKind.REOPENED,
}
OF_STAGE = {
    Supervision.YELLOW: NoticeKind.YELLOW,
    Supervision.RED: NoticeKind.RED,
    Supervision.UP: NoticeKind.UP,
}
GIVES = frozenset({Move.ASSIGN, Move.HAND_OVER, Move.ESCALATE})
"""Moves that give a case to a unit."""


class Notice(Frozen):
    """One notice. It has no personal data: the title is masked, that of a confidential case hidden.

    `units` are those that it concerns; empty: the dispatcher. Equal occasions have the same id. A
    notice that is about no case has the path of its `page`.
    """

    notice_id: UUID
    kind: NoticeKind
    case_id: UUID | None = None
    number: str = ""
    at: Instant
    title: str
    units: tuple[str, ...] = ()
    area: str = ""
    due_at: Instant | None = None
    page: str = ""

    @property
    def path(self) -> str:
        """The path of the page that shows what it is about."""
        return self.page or f"/cases/{self.number or self.case_id}"


def notices_of(entry: CaseEvent) -> Iterator[Notice]:
    """Yield the notices that follow from an entry at once."""
    case, unit = entry.case, _unit(entry.case)
    kind = OF_MOVE.get(entry.move)
    if kind is not None:
        before = entry.before.unit if entry.before else ""
        # The dispatcher acts, and the unit that had it learns of it.
        yield _notice(kind, entry, (before,))
    if entry.move in GIVES and unit:
        yield _notice(NoticeKind.NEW, entry, unit)
    if entry.move is Move.WHISTLE and case.whistles:
        yield _notice(NoticeKind.WHISTLE, entry, case.whistles[-1].units)
    if entry.move is Move.SUPERVISE and entry.data.get("level") in OF_STAGE:
        yield _notice(OF_STAGE[Supervision(entry.data["level"])], entry, unit)
    if case.urgency is Urgency.URGENT and entry.move in (Move.OPEN, Move.JOIN, Move.FOLLOW_UP):
        # The id has no number of an entry: a case becomes urgent once.
        yield _notice(NoticeKind.URGENT, entry, unit, mark="urgent")


def reminder_of(case: Case) -> Notice | None:
    """Return the notice that is due four hours before the deadline; None if no unit must act."""
    unit = _unit(case)
    if case.due_at is None or not unit or case.state not in RUNNING:
        return None
    if case.supervision in (Supervision.RED, Supervision.UP):
        return None
    return Notice(
        notice_id=derive_id("notice", NoticeKind.DUE, str(case.case_id), case.due_at.isoformat()),
        kind=NoticeKind.DUE,
        case_id=case.case_id,
        number=case.number,
        at=case.due_at - BEFORE_DUE,
        title=_title(case),
        units=unit,
        area=_area(case),
        due_at=case.due_at,
    )


def _notice(kind: NoticeKind, entry: CaseEvent, units: tuple[str, ...], mark: str = "") -> Notice:
    case = entry.case
    return Notice(
        notice_id=derive_id("notice", kind, str(case.case_id), mark or str(entry.seq)),
        kind=kind,
        case_id=case.case_id,
        number=case.number,
        at=entry.at,
        title=_title(case),
        units=tuple(filter(None, units)),
        area=_area(case),
        due_at=case.due_at,
    )


def _unit(case: Case) -> tuple[str, ...]:
    return (case.assignment.unit, *case.assignment.assisting) if case.assignment else ()


def _area(case: Case) -> str:
    return case.grid_code or case.division_code


def _title(case: Case) -> str:
    if case.confidential:
        return CONFIDENTIAL
    return short_title(case.title or case.content)


def short_title(text: str) -> str:
    """Return the masked begin of a text in one line."""
    title = mask_text(" ".join(text.split()))
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"


def is_past(notice: Notice, now: datetime, hours: float) -> bool:
    """Whether a notice is so old that it would only confuse."""
    return now - notice.at > timedelta(hours=hours)
