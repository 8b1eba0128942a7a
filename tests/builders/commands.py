"""Commands as people give them, in the role that may."""

from datetime import datetime
from uuid import uuid4

from schemas.cases.case import Case, Move
from schemas.cases.command import Command, Role
from streams.case.authority import ALLOWED
from streams.case.state import Effects, PartitionState
from streams.steps.command import step
from tests.builders.town import NOON, REGISTER


def command(case: Case, move: Move, **more: object) -> Command:
    """Return a command of the case's own unit, or of the first role that may give it."""
    role = next(role for role in (Role.UNIT, *Role) if move in ALLOWED[role])
    unit = case.assignment.unit if case.assignment and role is Role.UNIT else ""
    told = {
        "command_id": uuid4(),
        "case_id": case.case_id,
        "move": move,
        "actor": unit or "值班员",
        "role": role,
        "unit": unit,
        "issued_at": NOON,
        "township": "421299001",
    }
    return Command.model_validate(told | more)


def ask(
    state: PartitionState, case: Case, move: Move, now: datetime = NOON, **more: object
) -> Effects:
    """Give one command and take in what it leads to."""
    effects = step(state, command(case, move, **more), REGISTER, now)
    state.apply(effects)
    return effects


def refusal(effects: Effects) -> str:
    """Return why a command was refused, empty where it was done."""
    assert effects.outcome is not None
    assert effects.outcome.accepted == (not effects.outcome.refusal)
    return effects.outcome.refusal
