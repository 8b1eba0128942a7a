"""The state machine of a case."""

import pytest

from schemas.cases.case import MOVES, IllegalMoveError, Move, State, next_state


def test_every_move_is_in_the_table() -> None:
    """A move without a row in the table would never be legal."""
    assert set(MOVES) == set(Move)


def test_an_illegal_move_names_the_states_that_allow_it() -> None:
    """The error names the states from which the move is possible."""
    with pytest.raises(IllegalMoveError, match="可签收的状态：已交办"):
        next_state(State.CLOSED, Move.ACCEPT)


def test_the_ordinary_moves_lead_to_closed() -> None:
    """The moves that the regulations name lead from received to closed."""
    state = State.RECEIVED
    life = [Move.ASSIGN, Move.ACCEPT, Move.START, Move.RESOLVE, Move.FEED_BACK, Move.EVALUATE]
    for move in [*life, Move.CLOSE]:
        state = next_state(state, move)
    assert state is State.CLOSED
