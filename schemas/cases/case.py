"""The case 事项: its states, its one table of moves, its snapshot and its events."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from schemas.base import SCHEMA_VERSION, Frozen, Instant, derive_id
from schemas.cases.assignment import Assignment, Tier, Whistle
from schemas.cases.clock import Clock, Supervision
from schemas.cases.evaluation import Evaluation
from schemas.cases.filed import FiledReport
from schemas.channel import Channel
from schemas.reports.demand import Part
from schemas.reports.fact import Urgency
from schemas.reports.report import Report


class State(StrEnum):
    """State of a case."""

    RECEIVED = "received"
    TRIAGE = "triage"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    RESOLVED = "resolved"
    FED_BACK = "fed_back"
    EVALUATED = "evaluated"
    CLOSED = "closed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


STATE_NAMES: dict[State, str] = {
    State.RECEIVED: "已受理",
    State.TRIAGE: "待研判",
    State.ASSIGNED: "已交办",
    State.ACCEPTED: "已签收",
    State.HANDLING: "处置中",
    State.SUSPENDED: "挂起",
    State.RESOLVED: "已办结",
    State.FED_BACK: "已反馈",
    State.EVALUATED: "已回访",
    State.CLOSED: "已归档",
    State.MERGED: "已并案",
    State.WITHDRAWN: "已撤诉",
}
"""Chinese names of the states."""


class Move(StrEnum):
    """A step in the life of a case; the kind of a case event."""

    OPEN = "open"
    """立案"""
    JOIN = "join"
    """并入: another report of the same matter"""
    FOLLOW_UP = "follow_up"
    """催办"""
    SUGGEST = "suggest"
    """疑似同案: a person decides"""
    ASSIGN = "assign"
    """交办"""
    TRIAGE = "triage"
    """转研判"""
    ACCEPT = "accept"
    """签收"""
    TIME_OUT = "time_out"
    """签收超时: goes back to dispatch"""
    RETURN = "return"
    """退单"""
    START = "start"
    """开始处置"""
    TAKE = "take"
    """接单: a volunteer accepts a wish"""
    GIVE_BACK = "give_back"
    """还单: the volunteer returns the wish"""
    NOTE = "note"
    """进展"""
    EXTEND = "extend"
    """延期"""
    HAND_OVER = "hand_over"
    """转办"""
    WHISTLE = "whistle"
    """吹哨"""
    ARRIVE = "arrive"
    """报到: a department that was called has reported"""
    ESCALATE = "escalate"
    """上报"""
    SUPERVISE = "supervise"
    """督办"""
    SUSPEND = "suspend"
    """挂起"""
    RESUME = "resume"
    """恢复"""
    RESOLVE = "resolve"
    """办结"""
    FEED_BACK = "feed_back"
    """反馈"""
    EVALUATE = "evaluate"
    """回访"""
    CLOSE = "close"
    """归档"""
    REOPEN = "reopen"
    """重办"""
    MERGE = "merge"
    """并案"""
    SPLIT = "split"
    """拆案"""
    KEEP_APART = "keep_apart"
    """判定不同案: a person decides that two cases are different matters"""
    WITHDRAW = "withdraw"
    """撤诉"""


MOVE_NAMES: dict[Move, str] = {
    Move.OPEN: "立案",
    Move.JOIN: "并入",
    Move.FOLLOW_UP: "催办",
    Move.SUGGEST: "疑似同案",
    Move.ASSIGN: "交办",
    Move.TRIAGE: "转研判",
    Move.ACCEPT: "签收",
    Move.TIME_OUT: "签收超时",
    Move.RETURN: "退单",
    Move.START: "开始处置",
    Move.TAKE: "接单",
    Move.GIVE_BACK: "还单",
    Move.NOTE: "进展",
    Move.EXTEND: "延期",
    Move.HAND_OVER: "转办",
    Move.WHISTLE: "吹哨",
    Move.ARRIVE: "报到",
    Move.ESCALATE: "上报",
    Move.SUPERVISE: "督办",
    Move.SUSPEND: "挂起",
    Move.RESUME: "恢复",
    Move.RESOLVE: "办结",
    Move.FEED_BACK: "反馈",
    Move.EVALUATE: "回访",
    Move.CLOSE: "归档",
    Move.REOPEN: "重办",
    Move.MERGE: "并案",
    Move.SPLIT: "拆案",
    Move.KEEP_APART: "判定不同案",
    Move.WITHDRAW: "撤诉",
}
"""Chinese names of the moves, for screens and as the reason of entries without another one."""

OPEN_STATES = (
    State.RECEIVED,
    State.TRIAGE,
    State.ASSIGNED,
    State.ACCEPTED,
    State.HANDLING,
    State.SUSPENDED,
)
"""States in which a unit, or the dispatch, must act."""
_WITH_UNIT = (State.ASSIGNED, State.ACCEPTED, State.HANDLING)
_DONE = (State.RESOLVED, State.FED_BACK, State.EVALUATED, State.CLOSED)

MOVES: dict[Move, dict[State, State]] = {
    Move.OPEN: {},
    Move.JOIN: {state: state for state in (*OPEN_STATES, *_DONE)},
    Move.FOLLOW_UP: {state: state for state in (*OPEN_STATES, *_DONE)},
    Move.SUGGEST: {state: state for state in (*OPEN_STATES, *_DONE)},
    Move.ASSIGN: {State.RECEIVED: State.ASSIGNED, State.TRIAGE: State.ASSIGNED},
    Move.TRIAGE: dict.fromkeys((State.RECEIVED, State.TRIAGE, *_WITH_UNIT), State.TRIAGE),
    Move.ACCEPT: {State.ASSIGNED: State.ACCEPTED},
    Move.TIME_OUT: {State.ASSIGNED: State.TRIAGE},
    Move.RETURN: {State.ASSIGNED: State.RECEIVED, State.ACCEPTED: State.RECEIVED},
    Move.START: {State.ACCEPTED: State.HANDLING},
    Move.TAKE: dict.fromkeys(_WITH_UNIT, State.HANDLING),
    Move.GIVE_BACK: {State.HANDLING: State.ACCEPTED},
    Move.NOTE: {State.ACCEPTED: State.HANDLING, State.HANDLING: State.HANDLING},
    Move.EXTEND: {State.ACCEPTED: State.ACCEPTED, State.HANDLING: State.HANDLING},
    Move.HAND_OVER: dict.fromkeys(_WITH_UNIT, State.ASSIGNED),
    Move.WHISTLE: {state: state for state in OPEN_STATES},
    Move.ARRIVE: {state: state for state in (*OPEN_STATES, *_DONE)},
    Move.ESCALATE: dict.fromkeys(_WITH_UNIT, State.ASSIGNED),
    Move.SUPERVISE: {state: state for state in OPEN_STATES},
    Move.SUSPEND: {State.ACCEPTED: State.SUSPENDED, State.HANDLING: State.SUSPENDED},
    Move.RESUME: {State.SUSPENDED: State.HANDLING},
    Move.RESOLVE: {State.ACCEPTED: State.RESOLVED, State.HANDLING: State.RESOLVED},
    Move.FEED_BACK: {
        State.RESOLVED: State.FED_BACK,
        State.FED_BACK: State.FED_BACK,
        State.EVALUATED: State.EVALUATED,
        State.CLOSED: State.CLOSED,
    },
    Move.EVALUATE: dict.fromkeys(
        (State.RESOLVED, State.FED_BACK, State.EVALUATED), State.EVALUATED
    ),
    Move.CLOSE: {State.FED_BACK: State.CLOSED, State.EVALUATED: State.CLOSED},
    Move.REOPEN: dict.fromkeys(_DONE, State.RECEIVED),
    Move.MERGE: dict.fromkeys(OPEN_STATES, State.MERGED),
    Move.SPLIT: {state: state for state in (*OPEN_STATES, *_DONE)} | {State.MERGED: State.RECEIVED},
    Move.KEEP_APART: {state: state for state in (*OPEN_STATES, *_DONE)},
    Move.WITHDRAW: dict.fromkeys(OPEN_STATES, State.WITHDRAWN),
}
"""The state machine: the states from which a move is legal, and the state that it leads to."""

ANSWERED_STATES = frozenset(_DONE)
"""States of a case that was settled by a unit, and that may be reopened."""
SETTLED_STATES = frozenset({*_DONE, State.MERGED, State.WITHDRAWN})
"""States in which no unit must act."""


class IllegalMoveError(ValueError):
    """The state machine does not have this move; the message names the states that allow it."""


def next_state(state: State, move: Move) -> State:
    """Return the state after `move`; raises `IllegalMoveError` if the table has none."""
    try:
        return MOVES[move][state]
    except KeyError:
        allowed = "、".join(STATE_NAMES[known] for known in MOVES[move]) or "无"
        raise IllegalMoveError(
            f"事项{STATE_NAMES[state]}，不能{MOVE_NAMES[move]}；可{MOVE_NAMES[move]}的状态：{allowed}"
        ) from None


class Case(Frozen):
    """Snapshot of a case: the fold of its case events up to `seq`."""

    case_id: UUID
    number: str = Field(
        default="",
        description="事项号, such as 20261128-00042: unique in its city; empty if the case was"
        " opened before there were numbers",
    )
    seq: int = Field(ge=1)
    basis_seq: int = Field(
        default=0,
        description="the last entry that outdates a command: not a further report, answer or"
        " suggestion that changes nothing else; 0 in snapshots of earlier versions",
    )
    state: State
    opened_at: Instant
    updated_at: Instant
    title: str = ""
    content: str = ""
    category: str = ""
    urgency: Urgency = Urgency.ORDINARY
    confidential: bool = False
    object_name: str = ""
    object_is_person: bool = False
    place_text: str = ""
    place_name: str = ""
    lon: float | None = None
    lat: float | None = None
    division_code: str = ""
    grid_code: str = ""
    reports: tuple[Report, ...] = Field(
        default=(),
        description="all reports of an ordinary case; of a large one the first, those with a text,"
        " the last 24, and the earliest of each channel and urgency",
    )
    filed: int = Field(
        default=0, description="reports that are not in `reports`, but on `case-reports.v1`"
    )
    filed_answered: int = Field(
        default=0, description="filed reports whose channel has the answer of this settlement"
    )
    follow_ups: int = 0
    suggested: tuple[UUID, ...] = ()
    assignment: Assignment | None = None
    wish: bool = Field(default=False, description="微心愿: volunteers may fulfil it 三单")
    volunteer: str = Field(default="", description="code of the volunteer who accepted the wish")
    whistles: tuple[Whistle, ...] = ()
    returns: int = 0
    extensions: int = 0
    accept_by: Instant | None = None
    due_at: Instant | None = None
    yellow_at: Instant | None = Field(
        default=None, description="when 80 % of the time to the deadline has passed"
    )
    closes_at: Instant | None = Field(
        default=None, description="归档: closed automatically at this time"
    )
    clock: Clock = Clock()
    supervision: Supervision = Supervision.NONE
    time_outs: int = Field(default=0, description="how often no unit accepted it in time")
    reopenings: int = 0
    accepted_at: Instant | None = None
    settled_at: Instant | None = None
    settled_tier: Tier | None = None
    answer: str = Field(default="", description="the answer to the citizen 答复")
    evaluation: Evaluation | None = Field(
        default=None, description="the worst one since the case was resolved"
    )
    merged_into: UUID | None = None
    follows: UUID | None = Field(
        default=None, description="the settled case of the same matter that it follows 前案"
    )
    apart: tuple[UUID, ...] = Field(
        default=(), description="cases that a person declared to be other matters 判定不同案"
    )
    attachments: tuple[str, ...] = Field(
        default=(), description="SHA-256 of the attachments of the first report"
    )
    families: tuple[str, ...] = Field(
        default=(), description="category families of reports that may be about the same matter"
    )
    parts: tuple[Part, ...] = Field(
        default=(), description="一件多诉: the matters in the text of the first report, if several"
    )
    route: str = Field(
        default="", description="city whose partition owns the case; commands go there"
    )
    recent: tuple[UUID, ...] = Field(
        default=(), description="the last 32 events and commands that were applied, newest first"
    )
    schema_version: int = SCHEMA_VERSION

    @property
    def report_count(self) -> int:
        """Number of all reports, listed or filed."""
        return len(self.reports) + self.filed

    @property
    def basis(self) -> int:
        """Number of the last entry that a decision must know; without `basis_seq` the last one."""
        return self.basis_seq or self.seq

    def is_outdated(self, seen: int) -> bool:
        """Whether a command is outdated whose sender saw the case as after entry `seen`."""
        return not self.basis <= seen <= self.seq


class Standing(Frozen):
    """The unit of a case before a move, and its deadline to accept 受理时限."""

    unit: str = ""
    handed_over: bool = False
    accept_by: Instant | None = None


class CaseEvent(Frozen):
    """One entry of a case's life on `cases.v1`, keyed by case, `seq` without gaps from 1."""

    case_event_id: UUID
    case_id: UUID
    seq: int = Field(ge=1)
    move: Move
    at: Instant
    state: State = Field(description="state after the move")
    cause: UUID = Field(description="event_id or command_id that caused it")
    channel: Channel | None = None
    actor: str = Field(default="hub", description="unit, person, or hub")
    reason: str = ""
    data: Mapping[str, Any] = Field(default_factory=dict, description="evidence, assignment …")
    before: Standing | None = Field(
        default=None, description="the unit before the move; absent at the first entry"
    )
    case: Case = Field(description="the snapshot after the move, without the fields in `kept`")
    kept: tuple[str, ...] = Field(
        default=(),
        description="fields of `case` that are left out, because they are as after the entry"
        " before; of `reports` the new and changed ones are there",
    )
    filed: SkipJsonSchema[tuple[FiledReport, ...]] = Field(
        default=(),
        exclude=True,
        description="filed reports that the move adds or changes; only inside a worker",
    )
    schema_version: int = SCHEMA_VERSION


def case_id_of(event_id: UUID) -> UUID:
    """Return the id of the case that an event opens."""
    return derive_id("case", str(event_id))


def case_event_id_of(case_id: UUID, seq: int) -> UUID:
    """Return the id of a case's entry number `seq`."""
    return derive_id("case-event", str(case_id), str(seq))
