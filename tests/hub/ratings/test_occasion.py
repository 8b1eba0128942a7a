"""When a unit may rate a department, and for which township it speaks."""

from datetime import timedelta
from typing import Any

import pytest

from hub.ratings.occasion import (
    Kind,
    Occasion,
    asks_from_below,
    is_department,
    may_rate,
    township_of,
)
from schemas.cases.case import Case, Move
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.town import NOON, REGISTER, event

WHISTLE = {"kind": "general", "units": ["U-C"]}
SOON = NOON + timedelta(hours=1)


def life(*moves: tuple[Move, dict[str, Any]]) -> Case:
    """Return a case after some commands, an hour after each other."""
    state = PartitionState()
    state.apply(step(state, event("a"), REGISTER))
    (case,) = state.cases.values()
    for number, (move, fields) in enumerate(moves, 1):
        now = NOON + timedelta(hours=number)
        ask(state, state.cases[case.case_id], move, now, reason="请到场处理", **fields)
    return state.cases[case.case_id]


def occasion(kind: Kind, unit: str = "U-C") -> Occasion:
    """Return an occasion an hour after noon."""
    return Occasion("U-T", "c", 3, unit, kind, SOON)


def test_a_whistle_may_be_rated_when_the_case_is_settled() -> None:
    """Not before, and also if the department never came."""
    whistled = life((Move.WHISTLE, {"data": WHISTLE}), (Move.ACCEPT, {}))
    settled = life((Move.WHISTLE, {"data": WHISTLE}), (Move.ACCEPT, {}), (Move.RESOLVE, {}))
    assert not may_rate(occasion(Kind.WHISTLE), whistled, NOON, 60)
    assert may_rate(occasion(Kind.WHISTLE), settled, NOON, 60)


def test_a_hand_over_is_rated_if_the_department_settled_the_case() -> None:
    """A department that gave the case back is not rated for what another one did."""
    settled = life((Move.ACCEPT, {}), (Move.RESOLVE, {}))
    assert may_rate(occasion(Kind.HAND_OVER, "U-T"), settled, NOON, 60)
    assert not may_rate(occasion(Kind.HAND_OVER, "U-C"), settled, NOON, 60)


def test_an_occasion_after_the_settlement_or_long_ago_is_not_rated() -> None:
    """The settlement must follow the occasion, and be at most so many days old."""
    settled = life((Move.ACCEPT, {}), (Move.RESOLVE, {}))
    later = Occasion("U-T", "c", 9, "U-C", Kind.WHISTLE, NOON + timedelta(days=1))
    assert not may_rate(later, settled, NOON, 60)
    assert may_rate(occasion(Kind.WHISTLE), settled, NOON + timedelta(days=60), 60)
    assert not may_rate(occasion(Kind.WHISTLE), settled, NOON + timedelta(days=61), 60)


def test_a_reopened_case_is_not_rated_until_it_is_settled_again() -> None:
    """What the department did was not the end."""
    reopened = life((Move.ACCEPT, {}), (Move.RESOLVE, {}), (Move.REOPEN, {}))
    assert not may_rate(occasion(Kind.WHISTLE), reopened, NOON, 60)


@pytest.mark.parametrize(
    ("code", "department", "from_below", "township"),
    [
        ("U-C", True, False, "421299"),
        ("U-T", False, True, "421299001"),
        ("U-V", False, True, "421299001"),
        ("unknown", False, False, ""),
    ],
)
def test_departments_are_of_the_county_and_raters_below_it(
    code: str, department: bool, from_below: bool, township: str
) -> None:
    """A village rates as a part of its township: three of its units are one township."""
    assert is_department(code, REGISTER) is department
    assert asks_from_below(code, REGISTER) is from_below
    assert township_of(code, REGISTER) == township
