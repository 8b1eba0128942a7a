"""Progress of a service item 办件进度: its stages and its promise, for the owner of its code.

It shows the name of the item, its stages with their times, and the office; never the applicant, nor
what an office has noted about a stage.
"""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from schemas.base import BEIJING, Frozen, Instant
from schemas.reports.service import STAGE_NAMES, ServiceStage

ITEM = "SELECT item_name, department, due_on, state FROM service_items_of(number = {number:String})"
STAGES = (
    "SELECT stage, at FROM service_stages_of(number = {number:String}) ORDER BY at, received_at"
)
STATES = {
    "applied": "已申请",
    "in_hand": "办理中",
    "stopped": "等待补正或特别程序",
    "done": "已办结",
    "withdrawn": "已撤回",
    "refused": "不予受理",
}
"""Chinese names of the states of `service_items`."""
OPEN = frozenset({"applied", "in_hand", "stopped"})
"""States in which the item is not finished."""

RunQuery = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs a query with its parameters, each id once; raises `StoreAwayError`."""


class ServiceStep(Frozen):
    """One stage and its time."""

    at: Instant
    name: str


class ServiceProgress(Frozen):
    """How a service item stands."""

    item_name: str
    department: str
    status: str
    due_at: Instant | None
    steps: tuple[ServiceStep, ...]


def find_service_progress(run_query: RunQuery, number: str) -> ServiceProgress | None:
    """Return the progress of the item with this number; None if no stage of it is stored."""
    items = run_query(ITEM, {"number": number})
    if not items:
        return None
    item = items[0]
    stages = run_query(STAGES, {"number": number})
    due_on = item["due_on"] if item["state"] in OPEN else None
    return ServiceProgress(
        item_name=str(item["item_name"]),
        department=str(item["department"]),
        status=STATES[str(item["state"])],
        due_at=_end_of_day(str(due_on)) if due_on else None,
        steps=tuple(
            ServiceStep(at=stage["at"], name=STAGE_NAMES[ServiceStage(stage["stage"])])
            for stage in stages
        ),
    )


def _end_of_day(day: str) -> datetime:
    """Return the last minute of a day: a promise of working days lasts to its end."""
    return datetime.combine(datetime.fromisoformat(day).date(), time(23, 59), BEIJING)
