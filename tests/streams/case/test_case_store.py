"""The case store of a partition: the cases that were read lately as objects, others packed."""

from datetime import timedelta

import pytest

from schemas.cases.case import SETTLED_STATES, Case, State
from streams.case.state import PartitionState
from streams.case.store import case_store
from streams.case.store.case_store import CaseStore
from streams.case.store.packing import FEWEST_SAMPLES, CasePacker, to_json
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


def test_packed_cases_are_read_back_equal_with_and_without_a_dictionary() -> None:
    """A case of any text reads back equal, also one that is unlike the samples."""
    samples = [a_case(str(number)) for number in range(FEWEST_SAMPLES)]
    other = samples[0].model_copy(
        update={"content": "另一件事" * 3000, "answer": '"\\\n\U0001f600'}
    )
    bodies = [to_json(case) for case in samples]
    for packer in (CasePacker(bodies), CasePacker(), CasePacker([b"{}"] * FEWEST_SAMPLES)):
        for case in (*samples[:3], other):
            assert packer.unpack(packer.pack(to_json(case))) == case
    assert len(CasePacker(bodies).pack(bodies[0])) < len(CasePacker().pack(bodies[0])) / 2


def test_only_so_many_cases_are_objects_and_a_change_of_a_packed_one_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cases make room for each other; each reads back as it was stored last."""
    monkeypatch.setattr(case_store, "UNPACKED", 2)
    cases, stored = CaseStore(), [a_case(str(number)) for number in range(6)]
    for case in stored:
        cases[case.case_id] = case
    stored[0] = stored[0].model_copy(update={"seq": 9, "answer": "已修复"})
    cases[stored[0].case_id] = stored[0]
    assert len(cases._unpacked) == 2
    assert list(cases.open()) == stored
    assert [cases[case.case_id] for case in stored] == stored
    assert len(cases._unpacked) == 2


def test_what_stands_for_a_snapshot_changes_with_the_case_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Packing and unpacking a case leaves it as it is; a new snapshot replaces it."""
    monkeypatch.setattr(case_store, "UNPACKED", 1)
    cases, (first, other) = CaseStore(), (a_case("a"), a_case("b"))
    cases[first.case_id] = first
    before = cases.snapshot(first.case_id)
    cases[other.case_id] = other
    later = cases.read_later([first.case_id, other.case_id])
    assert list(later) == [first, other]
    assert next(iter(later.snapshots)) is before is cases.snapshot(first.case_id)
    cases[first.case_id] = first
    assert next(iter(later.snapshots)) is not before
