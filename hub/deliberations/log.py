"""The log of deliberations 议事记录: their records on `deliberations.v1`."""

from hub.broker.producer import Sender
from hub.numbered.log import Matters, NumberedLog, RunQuery
from schemas.deliberation.fold import Deliberation, deliberation_of
from schemas.deliberation.record import DeliberationRecord
from schemas.topic import DELIBERATIONS

MATTERS = Matters(DELIBERATIONS, "deliberation_records", deliberation_of, "议事")


class DeliberationLog(NumberedLog[DeliberationRecord, Deliberation]):
    """Appends records of deliberations, and reads deliberations."""

    def __init__(self, run_query: RunQuery, sender: Sender) -> None:
        super().__init__(MATTERS, run_query, sender)


def find_deliberation(run_query: RunQuery, code: str) -> Deliberation | None:
    """Return a deliberation as it stands; None if the store has none with this code."""
    return MATTERS.find(run_query, code)
