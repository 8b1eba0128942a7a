"""Entries of a case that was opened, assigned and accepted."""

from schemas.cases.case import CaseEvent, Move
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event


def entries_of(native_id: str = "a", **fields: object) -> list[CaseEvent]:
    """Return the entries of a case from its opening to its acceptance, each with its snapshot."""
    state = PartitionState()
    effects = step(state, event(native_id, **fields), REGISTER)  # type: ignore[arg-type]
    state.apply(effects)
    (case,) = state.cases.values()
    accepted = ask(state, case, Move.ACCEPT) if case.assignment else None
    return [*effects.case_events, *(accepted.case_events if accepted else ())]
