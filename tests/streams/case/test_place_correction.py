"""Correcting the place of a case: by a point, by a name, and what is refused."""

from typing import Any

import pytest

from schemas.cases.case import Case, Move, State
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.commands import ask, refusal
from tests.builders.town import REGISTER, event

NOWHERE = "有一处井盖松动，走过去很响"


def unplaced() -> tuple[PartitionState, Case]:
    """Return a case in triage whose place is unknown."""
    state = PartitionState()
    report = event("n1", content=NOWHERE, category="facility.streetlight", grid="")
    report = report.model_copy(
        update={"place": report.place.model_copy(update={"division_code": "", "grid_code": ""})}
    )
    state.apply(receive.step(state, report, REGISTER))
    (case,) = state.cases.values()
    assert (case.state, case.grid_code) == (State.TRIAGE, "")
    return state, case


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"lon": 114.915, "lat": 30.005}, ("G2", "", 114.915)),
        ({"name": "幸福小区"}, ("G1", "幸福小区", 114.905)),
        ({"name": "幸福小区", "grid_code": "G1"}, ("G1", "幸福小区", 114.905)),
    ],
)
def test_a_corrected_place_lets_the_rules_assign(place: Any, expected: Any) -> None:
    """The case gets grid, division and point of the place, and the rules decide again."""
    state, case = unplaced()
    effects = ask(
        state, case, Move.TRIAGE, reason="地点已核实", data={"place": place, "assign": True}
    )
    assert refusal(effects) == ""
    after = state.cases[case.case_id]
    assert (after.grid_code, after.place_name, after.lon) == expected
    assert after.division_code == "421299001001"
    assert after.assignment is not None
    assert after.assignment.unit == "U-T"


def test_assigning_by_hand_may_correct_the_place() -> None:
    """One command sets the unit and the place."""
    state, case = unplaced()
    data = {"unit": "U-T", "place": {"name": "幸福小区"}}
    assert refusal(ask(state, case, Move.ASSIGN, reason="核实", data=data)) == ""
    assert state.cases[case.case_id].grid_code == "G1"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"name": "没有的地方"}, "地名台账中没有"),
        ({"lon": 1.0, "lat": 2.0}, "不在任何网格内"),
        ({"lon": "x", "lat": 2.0}, "lon and lat"),
        ({"lon": float("nan"), "lat": 2.0}, "不在任何网格内"),
        ({"lon": 1.0}, "lon and lat"),
        ("幸福小区", "must be an object"),
    ],
)
def test_an_impossible_place_is_refused(place: Any, why: str) -> None:
    """The refusal says why, and the case stays as it is."""
    state, case = unplaced()
    assert why in refusal(ask(state, case, Move.TRIAGE, reason="核实", data={"place": place}))
    assert state.cases[case.case_id] == case


def test_a_case_stays_in_its_city() -> None:
    """A place of another city is refused: another partition owns its cases."""
    state, case = unplaced()
    other = case.model_copy(update={"route": "310000"})
    state.cases[case.case_id] = other
    effects = ask(state, other, Move.TRIAGE, reason="核实", data={"place": {"name": "幸福小区"}})
    assert "另一城市" in refusal(effects)
