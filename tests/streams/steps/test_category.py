"""A person sets the category of a case 改派事项, and each decision names its versions."""

import pytest

from schemas.cases.case import Case, Move, State
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from tests.builders.commands import ask, refusal
from tests.builders.town import REGISTER, event


def opened(state: PartitionState, category: str, grid: str = "G1") -> Case:
    """Open a case by a report of a category."""
    effects = receive(state, event("n1", category=category, grid=grid), REGISTER)
    state.apply(effects)
    return effects.case_events[-1].case


def test_a_dispatcher_assigns_by_the_category_that_he_sets() -> None:
    """A case without a category goes to the unit whose duty list has the category that he sets."""
    state = PartitionState()
    case = opened(state, "")
    assert case.state is State.TRIAGE
    data = {"unit": "U-V", "category": "environment.garbage"}
    after = ask(state, case, Move.ASSIGN, data=data).case_events[0]
    assert after.case.category == "environment.garbage"
    assert after.case.assignment is not None
    assert after.case.assignment.unit == "U-V"
    assert after.data["category"] == "environment.garbage"


def test_the_duty_list_counts_for_the_category_that_is_set() -> None:
    """主责之外不派: a unit without the new category is refused, though it had the old one."""
    state = PartitionState()
    case = opened(state, "facility.streetlight")
    data = {"unit": "U-T", "category": "environment.garbage"}
    effects = ask(state, case, Move.HAND_OVER, reason="不是路灯的事", data=data)
    assert "environment.garbage" in refusal(effects)


@pytest.mark.parametrize("category", ["environment.nothing", "other.unknown", "x" * 5000])
def test_a_category_that_is_no_leaf_is_refused(category: str) -> None:
    """The answer names the field."""
    state = PartitionState()
    case = opened(state, "facility.streetlight")
    effects = ask(state, case, Move.TRIAGE, reason="看不出是什么", data={"category": category})
    assert refusal(effects).startswith("data.category must be a leaf")


def test_each_decision_names_the_versions_of_rules_and_models() -> None:
    """The opening, the triage and the assignment of a case carry them in their data."""
    state = PartitionState()
    entries = receive(state, event("n1", category=""), REGISTER).case_events
    assert [entry.move for entry in entries] == [Move.OPEN, Move.TRIAGE]
    assert entries[0].data["rules"] == REGISTER.matcher.version
    assert entries[1].data == {"rules_version": "test-1", "models": REGISTER.matcher.version}
    entries = receive(state, event("n2"), REGISTER).case_events
    assert entries[-1].move is Move.ASSIGN
    assert entries[-1].data["models"] == REGISTER.matcher.version
