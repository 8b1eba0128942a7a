"""Builds commands in a role that may issue them."""

from datetime import datetime
from uuid import uuid4

from schemas.cases.case import Case, Move
from schemas.cases.command import Command, Role
from streams.case.authority import ALLOWED
from streams.case.state import Effects, PartitionState
from streams.steps.command import step
from tests.builders.town import NOON, REGISTER


def command(case: Case, move: Move, **more: object) -> Command:
    """Return a command of the case's own unit, or of the first role that may issue it."""
    role = next(role for role in (Role.UNIT, *Role) if move in ALLOWED[role])
    unit = case.assignment.unit if case.assignment and role is Role.UNIT else ""
    fields = {
        "command_id": uuid4(),
        "case_id": case.case_id,
        "move": move,
        "actor": unit or "值班员",
        "role": role,
        "unit": unit,
        "issued_at": NOON,
        "township": "421200",
    }
    return Command.model_validate(fields | more)


def ask(
    state: PartitionState, case: Case, move: Move, now: datetime = NOON, **more: object
) -> Effects:
    """Issue a command and apply its effects."""
    effects = step(state, command(case, move, **more), REGISTER, now)
    state.apply(effects)
    return effects


def refusal(effects: Effects) -> str:
    """Return why a command was refused; empty if it was accepted."""
    assert effects.outcome is not None
    assert effects.outcome.accepted == (not effects.outcome.refusal)
    return effects.outcome.refusal
