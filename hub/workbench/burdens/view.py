"""What the page 减负 shows 减负页面内容: names in place of codes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.town.lists import STATUS_NAMES, TASK_NAMES, CertificateStatus, TaskKind
from schemas.town.task import RULING_NAMES, WEIGHTS, Ruling, Task
from streams.town.register import TIER_NAMES, Register

COLOURS = {Ruling.ADMITTED: "green", Ruling.REFUSED: "red", Ruling.TO_COUNTY: "yellow"}
MONTH_DIGITS = 7
"""Characters of a month such as 2026-11."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as people read it."""

    task_id: str
    title: str
    paper: str
    department: str
    kind: str
    receiver: str
    handed_on: str
    due_on: str
    resources: str
    ruling: str
    colour: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """Department and kind of task in a month."""

    department: str
    kind: str
    tasks: int
    admitted: int
    refused: int
    waiting: int
    receipts: int
    load: int


def task_row(task: Task, register: Register) -> TaskRow:
    """Return the line of a task."""
    request = task.request
    decider = f"（{task.decided_by}决定）" if task.decided_by else ""
    return TaskRow(
        task_id=str(task.task_id),
        title=request.title,
        paper=request.paper or "没有文号",
        department=_name(request.department, register),
        kind=TASK_NAMES[request.kind],
        receiver=_name(request.receiver, register)
        if request.receiver
        else f"全部{TIER_NAMES[request.tier]}（{task.receivers}个）",
        handed_on=request.handed_on.isoformat(),
        due_on=request.due_on.isoformat() if request.due_on else "",
        resources=request.resources,
        ruling=RULING_NAMES[task.ruling],
        colour=COLOURS[task.ruling],
        reason=f"{task.reason}{decider}",
    )


def load_row(row: Mapping[str, Any]) -> LoadRow:
    """Return the line of a row of `burdens`."""
    return LoadRow(
        department=row["department_name"] or row["department"],
        kind=TASK_NAMES[TaskKind(row["kind"])],
        **{
            name: row[name]
            for name in ("tasks", "admitted", "refused", "waiting", "receipts", "load")
        },
    )


def certificate_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of a certificate: how many reports ask for it, how many complain."""
    return {
        "certificate": row["certificate"],
        "status": STATUS_NAMES[CertificateStatus(row["status"])],
        "reports": row["reports"],
        "complaints": row["complaints"],
    }


def months_shown(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the months as 2026-11, the newest first, each with the change of the index.

    A month without tasks has no row; the month after it shows no change.
    """
    lines = [{**row, "month": str(row["month"])[:MONTH_DIGITS], "change": ""} for row in rows]
    for line, before in pairwise(lines):
        if _number(line["month"]) == _number(before["month"]) + 1:
            line["change"] = f"{line['burden_index'] - before['burden_index']:+.2f}"
    return lines


def _number(month: str) -> int:
    """Return a month such as 2026-11 as a number; the month after it has the next one."""
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year)


def weights_shown() -> str:
    """Return the weights of the index in words."""
    return "、".join(f"{TASK_NAMES[kind]}{weight}分" for kind, weight in WEIGHTS.items())


def _name(code: str, register: Register) -> str:
    unit = register.unit(code)
    return unit.name if unit else code
