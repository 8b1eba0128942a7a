"""The catalogue of queues 队列目录: who sees which queue, and which cases are in it.

A case may be in several queues. Every open case is in at least one queue of the city's members and
of its township's, and every case with a unit in one of that unit's.
"""

from dataclasses import dataclass

from hub.accounts.staff import OFFICE_ROLES, StaffRole
from hub.store.case_sql import OPEN_SQL, RED_SQL, WAITING_SQL

CITY, TOWNSHIP = StaffRole.CITY, StaffRole.TOWNSHIP
UNIT, AUDITOR = StaffRole.UNIT, StaffRole.AUDITOR
DISPATCHERS = frozenset({CITY, TOWNSHIP})
SUPERVISORS = frozenset({CITY, TOWNSHIP, AUDITOR})
END_OF_TODAY = "toStartOfDay(now64(3, 'Asia/Shanghai')) + toIntervalDay(1)"
CALLED = "has(called, {scope:String})"


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: an SQL condition on the cases of a table, and for whom it is.

    `empty` is what the page shows if there is nothing in it: it says what to do next. `alarm`
    marks queues in which a case should not stay. `beyond_scope` is the condition that replaces the
    scope of a unit: cases of other units to which it was called. `page` is the address of a page
    of its own, if the queue is worked through elsewhere than in a list. `settled` queues have
    settled cases, the others open ones: see `table`.
    """

    code: str
    name: str
    about: str
    condition: str
    roles: frozenset[StaffRole]
    empty: str = "这里没有事项。可看看其他队列。"
    alarm: bool = False
    key: str = ""
    beyond_scope: str = ""
    page: str = ""
    settled: bool = False

    @property
    def table(self) -> str:
        """The table that has the rows of the queue; `case_id` is its sorting key."""
        return "settled_cases_kept" if self.settled else "open_cases_kept"

    @property
    def address(self) -> str:
        """The address of the page that works through the queue."""
        return self.page or f"/work/queues/{self.code}"


QUEUES: tuple[Queue, ...] = (
    Queue(
        "urgent",
        "紧急",
        "文字显示有生命危险，或被标为紧急的在办事项",
        "urgency = 'urgent'",
        OFFICE_ROLES,
        "没有紧急事项。有新的紧急事项时，这里的数字会变红。",
        alarm=True,
        key="u",
    ),
    Queue(
        "triage",
        "待研判",
        "规则不能确定由谁办理，须由人决定",
        "state = 'triage'",
        DISPATCHERS,
        "没有待研判的事项。下一步可看退单和逾期未签收。",
        key="t",
    ),
    Queue(
        "dispatch",
        "待派单",
        "还没有承办单位的新事项和重办事项",
        "state = 'received' AND returns = 0",
        DISPATCHERS,
        "没有待派单的事项。下一步可看待研判。",
        key="d",
    ),
    Queue(
        "returned",
        "退单",
        "承办单位退回、等待重新派单的事项",
        f"state IN {WAITING_SQL} AND returns > 0",
        DISPATCHERS,
        "没有退单。下一步可看逾期未签收。",
        key="r",
    ),
    Queue(
        "suggested",
        "疑似同案",
        "可能与另一件是同一件事，须由人判定",
        "suggested > 0",
        DISPATCHERS,
        "没有疑似同案。",
        key="p",
        page="/work/pairs",
    ),
    Queue(
        "unaccepted",
        "逾期未签收",
        "已交办，但承办单位没有按时签收",
        "state = 'assigned' AND accept_by < now64(3)",
        DISPATCHERS,
        "没有逾期未签收的事项。",
        alarm=True,
        key="a",
    ),
    Queue(
        "callback",
        "待回访",
        "已办结或已反馈、还没有回访诉求人的事项",
        "state IN ('resolved', 'fed_back')",
        frozenset({CITY}),
        "没有待回访的事项。办结后的事项在这里。",
        key="c",
        settled=True,
    ),
    Queue(
        "new",
        "待签收",
        "刚交给本单位、还没有签收的事项",
        "state = 'assigned'",
        frozenset({UNIT}),
        "没有待签收的事项。下一步可看今日到期。",
        key="n",
    ),
    Queue(
        "today",
        "今日到期",
        "今天结束前到期或已经超期的事项",
        f"due_at < {END_OF_TODAY}",
        frozenset({UNIT}),
        "今天没有到期的事项。下一步可看在办。",
        key="d",
    ),
    Queue(
        "handling",
        "在办",
        "本单位已签收、正在办理或挂起的事项",
        "state IN ('accepted', 'handling', 'suspended')",
        frozenset({UNIT}),
        "没有在办的事项。签收后的事项在这里。",
        key="h",
    ),
    Queue(
        "reopened",
        "重办",
        "办结后因不满意或问题再现而重办的事项",
        "reopenings > 0",
        frozenset({UNIT}),
        "没有重办的事项。",
        key="r",
    ),
    Queue(
        "called",
        "吹哨到我",
        "其他单位的事项，吹哨请本单位到场，本单位还没有报到",
        "1",
        frozenset({UNIT}),
        "没有要本单位到场的吹哨。",
        alarm=True,
        key="w",
        beyond_scope=CALLED,
    ),
    Queue(
        "yellow",
        "黄牌",
        "时限已过八成、还没有超期的事项",
        "supervision = 'yellow' AND ifNull(due_at >= now64(3), 1)",
        SUPERVISORS | {UNIT},
        "没有黄牌事项。",
        key="y",
    ),
    Queue(
        "red",
        "红牌督办",
        "红牌和提级督办的事项",
        f"supervision IN {RED_SQL}",
        SUPERVISORS | {UNIT},
        "没有红牌事项。",
        alarm=True,
        key="e",
    ),
    Queue(
        "overdue",
        "超期",
        "办理时限已过、还没有办结的事项",
        "due_at < now64(3)",
        OFFICE_ROLES,
        "没有超期的事项。",
        alarm=True,
        key="o",
    ),
    Queue(
        "open",
        "全部在办",
        "所有没有办结的事项",
        f"state IN {OPEN_SQL}",
        OFFICE_ROLES,
        "没有在办的事项。",
        key="l",
    ),
)
BY_CODE = {queue.code: queue for queue in QUEUES}
FIRST: dict[StaffRole | None, str] = {
    CITY: "triage",
    TOWNSHIP: "triage",
    UNIT: "new",
    AUDITOR: "open",
}
"""The queue that `/work` opens for each role."""


def queues_of(role: StaffRole | None) -> tuple[Queue, ...]:
    """Return the queues of a role, in the order of the navigation."""
    return tuple(queue for queue in QUEUES if role in queue.roles)
