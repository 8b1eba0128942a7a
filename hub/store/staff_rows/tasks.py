"""The table of tasks 下派任务: its columns, the row of a task, and how it is read."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from schemas.base import BEIJING
from schemas.town.task import Task, TaskRequest

COLUMNS = (
    *("task_id", "department", "paper", "title", "kind", "tier", "receiver", "receivers"),
    *("handed_at", "due_at", "resources", "ruling", "reason", "registered_by", "registered_at"),
    *("decided_by", "decided_at", "version"),
)
"""What the process of the pages, and the command, insert."""
SELECTED = (
    "toString(task_id) AS task_id, department, paper, title, kind, tier, receiver, receivers,"
    " toString(toDate(handed_at)) AS handed_on, toString(toDate(due_at)) AS due_on, resources,"
    " ruling, reason, registered_by, toString(registered_at) AS registered_at, decided_by,"
    " toString(decided_at) AS decided_at"
)
BY_ID = f"SELECT {SELECTED} FROM tasks AS t FINAL WHERE t.task_id = {{id:UUID}}"  # noqa: S608 - our own columns
ADMITTED_IN_YEAR = (
    "SELECT count() AS admitted FROM tasks FINAL WHERE ruling = 'admitted'"
    " AND department = {department:String} AND kind = {kind:String} AND tier = {tier:String}"
    " AND toYear(handed_at) = {year:UInt16} AND receiver IN ('', {receiver:String})"
)
"""Admitted tasks that count against the limit of a line: of all units, or of the same unit."""


def counted_with(request: TaskRequest) -> dict[str, Any]:
    """Return the parameters of `ADMITTED_IN_YEAR` for a request."""
    return {
        "department": request.department,
        "receiver": request.receiver,
        "kind": str(request.kind),
        "tier": str(request.tier),
        "year": request.handed_on.year,
    }


def audit_line(task: Task) -> str:
    """Return what the audit has about a task that is stored."""
    return f"{task.task_id} {task.ruling}: {task.request.title}"


def row_of(task: Task, now: datetime) -> list[Any]:
    """Return the row of a task in the order of `COLUMNS`; `now` is its version."""
    request = task.request
    return [
        *(task.task_id, request.department, request.paper, request.title),
        *(str(request.kind), str(request.tier), request.receiver, task.receivers),
        *(_begin(request.handed_on), request.due_on and _begin(request.due_on)),
        *(request.resources, str(task.ruling), task.reason),
        *(task.registered_by, task.registered_at, task.decided_by, task.decided_at, now),
    ]


def task_of(row: Mapping[str, Any]) -> Task:
    """Return the task of a row of `SELECTED`."""
    return Task(
        task_id=row["task_id"],
        request=TaskRequest(
            **{name: row[name] for name in TaskRequest.model_fields if name != "due_on"},
            due_on=row["due_on"] or None,
        ),
        receivers=row["receivers"],
        ruling=row["ruling"],
        reason=row["reason"],
        registered_by=row["registered_by"],
        registered_at=_moment(row["registered_at"]),
        decided_by=row["decided_by"],
        decided_at=_moment(row["decided_at"]) if row["decided_at"] else None,
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
