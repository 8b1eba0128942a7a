"""Deliberations of a report's case 已列入议事: what the owner of its tracking code sees of them.

All of it is public: the page `/d/CODE` shows it to everybody.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from pydantic import Field

from hub.security.masking import mask_text
from schemas.base import Frozen
from schemas.deliberation.fold import STATE_NAMES, DeliberationState
from schemas.deliberation.record import RESULT_NAMES, Result
from schemas.deliberation.topic import STEP_NAMES, Step

OF_EVENTS = """
SELECT code, title, state, step, meeting_on, result FROM deliberations WHERE code IN
(
    SELECT code FROM deliberation_cases WHERE case_id IN
        (SELECT case_id FROM event_cases WHERE event_id IN {ids:Array(UUID)})
    OR case_id IN
        (SELECT assumeNotNull(merged_into) FROM cases WHERE merged_into IS NOT NULL AND case_id IN
            (SELECT case_id FROM event_cases WHERE event_id IN {ids:Array(UUID)}))
)
ORDER BY registered_at LIMIT 10"""
"""The deliberations of the cases of events, also of cases that took those over."""


class AgendaItem(Frozen):
    """A deliberation of the case."""

    code: str = Field(description="code of its public page /d/CODE")
    title: str
    step: str = Field(description="Chinese name of the step, or 已完成, 已撤回")
    meeting_on: date | None = Field(default=None, description="day of the meeting")
    result: str = Field(default="", description="通过, 未通过, 延期再议; empty: not decided")


def find_agenda(
    run_query: Callable[[str, dict[str, Any]], list[dict[str, Any]]], event_ids: Sequence[str]
) -> tuple[AgendaItem, ...]:
    """Return the deliberations of the cases of some events, oldest first."""
    rows = run_query(OF_EVENTS, {"ids": list(event_ids)})
    return tuple(
        AgendaItem(
            code=row["code"],
            title=mask_text(row["title"]),
            step=_step(row),
            meeting_on=row["meeting_on"],
            result=RESULT_NAMES[Result(row["result"])] if row["result"] else "",
        )
        for row in rows
    )


def _step(row: dict[str, Any]) -> str:
    state = DeliberationState(row["state"])
    is_open = state is DeliberationState.OPEN
    return STEP_NAMES[Step(row["step"])] if is_open else STATE_NAMES[state]
