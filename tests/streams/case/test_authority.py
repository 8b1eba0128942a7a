"""Permissions of roles and units for commands."""

import pytest

from schemas.cases.case import Case, Move
from schemas.cases.command import Role
from streams.case.authority import ALLOWED
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from tests.builders.commands import ask, refusal
from tests.builders.town import REGISTER, event


def opened() -> tuple[PartitionState, Case]:
    """Return a state with one case assigned to U-T."""
    state = PartitionState()
    state.apply(receive(state, event("a"), REGISTER))
    (case,) = state.cases.values()
    return state, case


def test_the_command_of_another_unit_is_refused() -> None:
    """Another unit's command is refused; the refusal names the assigned unit."""
    state, case = opened()
    assert "现由城管所承办" in refusal(ask(state, case, Move.ACCEPT, unit="U-V"))
    assert "须带单位编号" in refusal(ask(state, case, Move.ACCEPT, unit=""))


def test_a_role_has_its_moves_only() -> None:
    """A move of another role is refused; the refusal names the roles."""
    state, case = opened()
    reason = refusal(ask(state, case, Move.ACCEPT, role=Role.CALLBACK))
    assert "可签收的角色：承办单位" in reason


def test_a_dispatcher_of_a_township_serves_it_only() -> None:
    """A township's dispatcher serves only its cases; a county dispatcher serves all."""
    state, case = opened()
    own = ask(state, case, Move.NOTE, role=Role.DISPATCHER, unit="U-C", reason="催")
    assert "事项已交办，不能进展" in refusal(own)
    elsewhere = ask(state, case, Move.SUPERVISE, role=Role.DISPATCHER, unit="U-X", reason="催")
    assert "没有单位U-X" in refusal(elsewhere)
    moved = case.model_copy(update={"division_code": "421299002001", "grid_code": "", "seq": 9})
    state.put(moved)
    other = ask(state, case, Move.SUPERVISE, role=Role.DISPATCHER, unit="U-T", reason="催")
    assert "不在" in refusal(other)


@pytest.mark.parametrize("move", list(Move))
def test_every_command_move_has_a_permitted_role(move: Move) -> None:
    """Every command move has a role besides the hub that may issue it."""
    by_itself = {Move.OPEN, Move.JOIN, Move.SUGGEST, Move.FOLLOW_UP, Move.TIME_OUT}
    allowed = {role for role, moves in ALLOWED.items() if move in moves} - {Role.HUB}
    assert bool(allowed) == (move not in by_itself)
