"""The case store of a partition: open cases as objects, settled ones packed."""

from datetime import timedelta

import pytest

from schemas.cases.case import SETTLED_STATES, Case, State
from streams.case.case_store import CaseStore
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.town import NOON, REGISTER, event


def a_case(native_id: str = "a") -> Case:
    """Return a case as a step opens it."""
    return step(PartitionState(), event(native_id), REGISTER).case_events[-1].case


def settled(case: Case, state: State = State.CLOSED) -> Case:
    """Return the case in its settled state."""
    return case.model_copy(update={"state": state, "seq": case.seq + 1})


@pytest.mark.parametrize("state", State)
def test_every_case_is_read_back_equal(state: State) -> None:
    """A case reads back equal, packed or not."""
    case, cases = settled(a_case(), state), CaseStore()
    cases[case.case_id] = case
    assert cases[case.case_id] == case
    assert list(cases.items()) == [(case.case_id, case)]
    assert list(cases.open()) == ([] if state in SETTLED_STATES else [case])


def test_a_case_is_stored_once_in_every_state() -> None:
    """Settling, reopening and releasing a case never stores it twice."""
    case, cases = a_case(), CaseStore()
    for stored in (case, settled(case), case):
        cases[case.case_id] = stored
        assert (len(cases), cases[case.case_id], case.case_id in cases) == (1, stored, True)
    del cases[case.case_id]
    assert (len(cases), cases.get(case.case_id), case.case_id in cases) == (0, None, False)
    with pytest.raises(KeyError):
        del cases[case.case_id]


def test_cases_that_were_quiet_for_long_are_listed() -> None:
    """Only settled cases are listed; an open case is never released."""
    cases = CaseStore()
    old, young, opened = settled(a_case("a")), settled(a_case("b")), a_case("c")
    young = young.model_copy(update={"updated_at": NOON + timedelta(days=2)})
    for stored in (old, young, opened):
        cases[stored.case_id] = stored
    assert cases.settled_before(NOON + timedelta(days=1)) == [old]
