"""Builds tasks from above for tests, as they are stored."""

from datetime import UTC, date, datetime

from hub.store.client import Store
from hub.store.staff_rows.tasks import COLUMNS, row_of
from schemas.cases.assignment import Tier
from schemas.town.lists import TaskKind
from schemas.town.task import Ruling, Task, TaskRequest


def task_of(
    title: str = "市容台账",
    handed_on: date = date(2026, 11, 2),
    *,
    due_on: date | None = None,
    ruling: Ruling = Ruling.ADMITTED,
    kind: TaskKind = TaskKind.FORM,
    tier: Tier = Tier.VILLAGE,
    receiver: str = "",
    receivers: int = 4,
    department: str = "U-C",
) -> Task:
    """Return a task that was registered on the day on which it was handed down."""
    request = TaskRequest(
        department=department,
        paper="清城〔2026〕3号",
        title=title,
        kind=kind,
        tier=tier,
        receiver=receiver,
        handed_on=handed_on,
        due_on=due_on,
        resources="经费两万元",
    )
    return Task(
        task_id=request.task_id,
        request=request,
        receivers=receivers,
        ruling=ruling,
        reason="清单",
        registered_by="小周",
        registered_at=datetime(handed_on.year, handed_on.month, handed_on.day, 2, tzinfo=UTC),
    )


def keep_task(store: Store, task: Task) -> str:
    """Store a task; return its id."""
    store.insert("tasks", COLUMNS, [row_of(task, task.registered_at)])
    return str(task.task_id)
