"""The queue of a case 待办队列: who has to act next. No open case is outside all queues."""

from enum import StrEnum

from schemas.cases.case import OPEN_STATES, Case, State


class Queue(StrEnum):
    """Who has to act on an open case."""

    DISPATCH = "dispatch"
    """待派单: no unit has it; a dispatcher decides"""
    UNIT = "unit"
    """单位在办: a unit, or an outside body, has it"""


WAITING_STATES = (State.RECEIVED, State.TRIAGE)
"""States in which a case waits for a dispatcher: new, returned 退单, reopened, in triage 待研判."""


def queue_of(case: Case) -> Queue | None:
    """Return the queue of a case; None if nobody has to act, because it is settled or ended."""
    if case.state not in OPEN_STATES:
        return None
    return Queue.DISPATCH if case.state in WAITING_STATES else Queue.UNIT
