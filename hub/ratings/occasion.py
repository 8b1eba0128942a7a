"""Occasions 评价事由: where a unit asked a department, or got a task from it. Pure.

Whether it may rate the answer, or the task.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.cases.assignment import Tier
from schemas.cases.case import ANSWERED_STATES, Case
from streams.case.authority import lead_unit
from streams.town.register import OUTSIDE, Register

ASKED = """
SELECT asked_by, case_id, seq, unit, kind, at FROM asked_departments
WHERE asked_by = {asked_by:String} AND at >= now64(3) - toIntervalDay({days:UInt32})
ORDER BY at DESC LIMIT 1 BY case_id, unit LIMIT {most:UInt32}"""
"""The occasions of a unit, the newest first; of one case and department the last."""
ASKED_IN = """
SELECT asked_by, case_id, seq, unit, kind, at FROM asked_departments
WHERE asked_by = {asked_by:String} AND case_id = {id:UUID}
ORDER BY at DESC LIMIT 1 BY unit"""
"""The occasions of a unit in one case."""

OPEN_DAYS = 30
"""A task without a last day is rated from so many days after it was handed down."""
TASKS = """
SELECT task_id, department, title, paper, toString(handed_at) AS at
FROM
(
    SELECT toString(task_id) AS task_id, department, title, paper, handed_at,
           toStartOfDay(ifNull(due_at, handed_at + toIntervalDay({open:UInt32})))
               + toIntervalDay(1) AS ended
    FROM tasks FINAL
    WHERE ruling = 'admitted' AND tier = {tier:String} AND receiver IN ('', {unit:String})
)
WHERE ended <= now64(3) AND ended > now64(3) - toIntervalDay({days:UInt32})
ORDER BY at DESC, task_id LIMIT {most:UInt32}"""
"""The admitted tasks of a unit whose last day is over, at most `days` ago."""


class Kind(StrEnum):
    """How a unit asked."""

    WHISTLE = "whistle"
    """吹哨: the department was called to come"""
    HAND_OVER = "hand_over"
    """转办: the department was to take the case over"""
    TASK = "task"
    """任务: the department handed a task down to the unit"""


KIND_NAMES: dict[Kind, str] = {Kind.WHISTLE: "吹哨", Kind.HAND_OVER: "转办", Kind.TASK: "下派任务"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """The last entry `seq` of a case in which `asked_by` asked the department `unit`, and its time.

    However often a unit asks a department in one case, it rates it once. Of a task, `case_id` is
    its id, `asked_by` the unit that got it, and `seq` is 0.
    """

    asked_by: str
    case_id: str
    seq: int
    unit: str
    kind: Kind
    at: datetime


def is_department(code: str, register: Register) -> bool:
    """Whether a unit is a department of the county: only these are judged from below."""
    unit = register.unit(code)
    return unit is not None and unit.tier is Tier.COUNTY and unit.unit_type != OUTSIDE


def asks_from_below(code: str, register: Register) -> bool:
    """Whether a unit belongs to a township, a village or a grid, so that it may rate."""
    unit = register.unit(code)
    return unit is not None and unit.tier is not Tier.COUNTY


def township_of(code: str, register: Register) -> str:
    """Return the code of the township to which a unit belongs: the first 9 digits of its area."""
    unit = register.unit(code)
    if unit is None:
        return ""
    grid = register.grid(unit.area)
    return (grid.division_code if grid else unit.area)[:9]


def may_rate(occasion: Occasion, case: Case, now: datetime, days: int) -> bool:
    """Whether an occasion may be rated: its case was settled after it, at most `days` ago.

    A department to which the case was handed over must have settled it itself. A department that
    was whistled for may be rated as soon as the case is settled, also if it never came.
    """
    settled = case.settled_at
    if case.state not in ANSWERED_STATES or settled is None or settled < occasion.at:
        return False
    if occasion.kind is Kind.HAND_OVER and lead_unit(case) != occasion.unit:
        return False
    return now - settled <= timedelta(days=days)
