"""Naming a case: by short number, by number and city, or by id."""

import pytest

from hub.cases.reference import CaseReferenceError, find_case_id
from hub.store.client import Store
from hub.web.problem import Problem
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

OTHER_CITY = "420800"


def fill(store: Store) -> dict[str, str]:
    """Store two cases of one city, and the first case of another; return their ids by report."""
    state = PartitionState()
    for name, route in (("a", "421200"), ("b", "421200"), ("c", OTHER_CITY)):
        effects = step(
            state, event(name, confidential=True).model_copy(update={"route": route}), REGISTER
        )
        state.apply(effects)
        keep(store, CASES.name, *effects.case_events)
    return {case.reports[0].native_id: str(case.case_id) for case in state.cases.values()}


def test_a_number_names_its_case(store: Store) -> None:
    """The number is found however it is typed."""
    ids = fill(store)
    assert find_case_id(store.named, "20260302-00002") == ids["b"]
    assert find_case_id(store.named, " 2026030200002") == ids["b"]


def test_a_number_of_two_cities_needs_its_city(store: Store) -> None:
    """The refusal names both cases as they must be written."""
    ids = fill(store)
    with pytest.raises(CaseReferenceError, match="420800-20260302-00001、421200-") as refusal:
        find_case_id(store.named, "20260302-00001")
    assert refusal.value.problem is Problem.SEVERAL_CASES
    assert find_case_id(store.named, "420800-20260302-00001") == ids["c"]
    assert find_case_id(store.named, "421200-20260302-00001") == ids["a"]


def test_an_id_needs_no_store(store: Store) -> None:
    """An id is returned in its usual form, whether a case has it or not."""
    plain = "6F1D3C1E8A555A0F9A5E3A2C6E1B7D10"
    assert find_case_id(store.named, plain) == "6f1d3c1e-8a55-5a0f-9a5e-3a2c6e1b7d10"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("20260302-00009", Problem.NOT_FOUND), ("路灯", Problem.BAD_REQUEST)],
)
def test_a_name_of_no_case_is_refused(store: Store, text: str, problem: Problem) -> None:
    """The refusal says whether the number is unknown, or the text names no case at all."""
    with pytest.raises(CaseReferenceError) as refusal:
        find_case_id(store.named, text)
    assert refusal.value.problem is problem
