"""Checks a task against the admission list 准入审核: admitted, refused, or sent to the county.

What is on the list is admitted until its number of times in the year is used up. What is not on the
list goes to the county, which may admit it; for that it needs a paper, and the people or the money
that come with it (权随事转、费随事转). Without them it is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.cases.assignment import Tier
from schemas.town.lists import EVERY_DEPARTMENT, TASK_NAMES, Admission
from schemas.town.register import Unit
from schemas.town.task import RECEIVING, RULING_NAMES, Ruling, Task, TaskRequest
from streams.town.register import OUTSIDE, TIER_NAMES, Register


@dataclass(frozen=True, slots=True)
class Checked:
    """The ruling of the list, and why."""

    ruling: Ruling
    reason: str


def check_request(request: TaskRequest, register: Register, admitted_this_year: int) -> Checked:
    """Return the ruling about a task.

    `admitted_this_year` is the number of tasks of the same department, kind and tier that were
    admitted in the calendar year of the request.
    """
    unit = register.unit(request.department)
    line = line_for(request, unit, register.town.admissions) if unit else None
    what = f"{TASK_NAMES[request.kind]}（{TIER_NAMES[request.tier]}）"
    if line is None:
        return _off_list(request, what)
    ground = f"，依据{line.ground}" if line.ground else ""
    if line.most is not None and admitted_this_year >= line.most:
        reason = f"{what}今年已准入{admitted_this_year}次，清单上限{line.most}次{ground}"
        return Checked(Ruling.REFUSED, reason)
    return Checked(Ruling.ADMITTED, f"{what}在准入清单内{ground}")


def new_task(
    request: TaskRequest, register: Register, admitted_this_year: int, by: str, at: datetime
) -> Task:
    """Return the task of a request with its ruling; `by` is who registers it."""
    checked = check_request(request, register, admitted_this_year)
    return Task(
        task_id=request.task_id,
        request=request,
        receivers=len(receivers_of(request, register)),
        ruling=checked.ruling,
        reason=checked.reason,
        registered_by=by,
        registered_at=at,
    )


def decided_task(task: Task, ruling: Ruling, reason: str, by: str, at: datetime) -> Task:
    """Return a task with the decision of the county; raises `ValueError` if it does not wait."""
    if task.ruling is not Ruling.TO_COUNTY:
        raise ValueError(f"这项任务已经{RULING_NAMES[task.ruling]}，不能再次决定")
    changes = {
        "ruling": ruling,
        "reason": f"县里决定{RULING_NAMES[ruling]}：{reason}",
        "decided_by": by,
        "decided_at": at,
    }
    return task.model_copy(update=changes)


def _off_list(request: TaskRequest, what: str) -> Checked:
    missing = [
        name
        for name, text in (("文号", request.paper), ("随附的人员或经费", request.resources))
        if not text
    ]
    if missing:
        lacks = "和".join(missing)
        return Checked(Ruling.REFUSED, f"{what}不在准入清单，且没有{lacks}，不能报县审核")
    return Checked(Ruling.TO_COUNTY, f"{what}不在准入清单，报县审核")


def line_for(request: TaskRequest, unit: Unit, admissions: Iterable[Admission]) -> Admission | None:
    """Return the line of the list for a task: that of its department before that for each."""
    lines = [a for a in admissions if (a.kind, a.tier) == (request.kind, request.tier)]
    own = next((a for a in lines if a.department in (unit.unit_type, unit.name)), None)
    return own or next((a for a in lines if a.department == EVERY_DEPARTMENT), None)


def departments(register: Register) -> tuple[Unit, ...]:
    """Return the units that can hand tasks down: those of the county, also those outside it."""
    return tuple(unit for unit in register.units if unit.tier is Tier.COUNTY)


def receivers_of(request: TaskRequest, register: Register) -> tuple[Unit, ...]:
    """Return the units that have to do a task: one, or all of its tier."""
    return tuple(
        unit
        for unit in register.units
        if unit.tier is request.tier
        and unit.unit_type != OUTSIDE
        and request.receiver in ("", unit.code)
    )


def fault_of(request: TaskRequest, register: Register) -> str:
    """Return in Chinese what is wrong with a request, or an empty text."""
    unit = register.unit(request.department)
    if unit is None or unit.tier is not Tier.COUNTY:
        return "下派部门不是县级单位，请从列表中选择"
    if request.tier not in RECEIVING:
        return "任务只能下派到乡镇（街道）或村（社区）"
    if not receivers_of(request, register):
        return "接收单位不在所选层级，请重新选择"
    if request.due_on is not None and request.due_on < request.handed_on:
        return "完成期限早于下达日期，请检查两个日期"
    return ""
