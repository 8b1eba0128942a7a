"""The step of a command: entries, outcome and feedback."""

from schemas.cases.case import Case, Move, State
from schemas.cases.command import Role
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event


def opened() -> tuple[PartitionState, Case]:
    """Return a state with one assigned case."""
    state = PartitionState()
    state.apply(receive(state, event("a"), REGISTER))
    (case,) = state.cases.values()
    return state, case


def test_a_unit_accepts_starts_and_resolves_a_case() -> None:
    """The reporter gets feedback."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.START)
    effects = ask(state, case, Move.RESOLVE, reason="已更换灯泡")
    settled = state.cases[case.case_id]
    assert settled.state is State.RESOLVED
    assert settled.settled_tier == "township"
    assert "已更换灯泡" in effects.feedback[0].text


def test_an_illegal_move_is_refused_with_the_reason() -> None:
    """An illegal move is refused with the states that allow it; the case is unchanged."""
    state, case = opened()
    effects = ask(state, case, Move.RESOLVE)
    assert effects.outcome is not None
    assert "已交办，不能办结；可办结的状态：已签收、处置中" in effects.outcome.refusal
    assert state.cases[case.case_id] == case


def test_a_unit_off_the_duty_list_is_refused() -> None:
    """主责之外不派 applies to commands of people too."""
    state, case = opened()
    effects = ask(state, case, Move.HAND_OVER, reason="归你管", data={"unit": "U-V"})
    assert effects.outcome is not None
    assert "主责之外不派" in effects.outcome.refusal


def test_a_return_needs_a_reason_and_comes_back_to_dispatch() -> None:
    """A return needs a reason; with a reason the case waits for a new assignment."""
    state, case = opened()
    refused = ask(state, case, Move.RETURN)
    assert refused.outcome is not None
    assert not refused.outcome.accepted
    ask(state, case, Move.RETURN, reason="不属本单位")
    assert state.cases[case.case_id].returns == 1
    assert state.cases[case.case_id].assignment is None


def test_a_repeated_command_is_answered_as_the_first_time() -> None:
    """A repeated command is executed once and has the same outcome."""
    state, case = opened()
    fields = {"command_id": "6c7a6f4e-58a5-4c0e-8a3e-0a0a64f4f001"}
    first = ask(state, case, Move.ACCEPT, **fields)
    second = ask(state, case, Move.ACCEPT, **fields)
    assert second.duplicate
    assert second.outcome == first.outcome
    assert not second.case_events


def test_a_stale_expectation_is_refused() -> None:
    """A command that expects an older state is refused."""
    state, case = opened()
    effects = ask(state, case, Move.ACCEPT, expected_seq=1)
    assert effects.outcome is not None
    assert "请重新打开" in effects.outcome.refusal


def test_a_further_report_does_not_outdate_a_decision() -> None:
    """A unit can decide a matter while reports of it and words of citizens keep coming."""
    state, seen = opened()
    for letter in ("b", "c"):
        state.apply(receive(state, event(letter), REGISTER))
    case = state.cases[seen.case_id]
    assert case.seq > seen.seq
    effects = ask(state, case, Move.ACCEPT, expected_seq=seen.seq)
    assert effects.outcome is not None
    assert effects.outcome.accepted


def test_a_report_that_makes_a_case_urgent_outdates_a_decision() -> None:
    """Its deadline is another one: whoever decides must see it first."""
    state, seen = opened()
    danger = event("b", urgency="urgent")
    state.apply(receive(state, danger, REGISTER))
    case = state.cases[seen.case_id]
    assert case.urgency == "urgent"
    effects = ask(state, case, Move.ACCEPT, expected_seq=seen.seq)
    assert effects.outcome is not None
    assert "请重新打开" in effects.outcome.refusal


def test_an_entry_of_another_officer_outdates_a_decision() -> None:
    """Also when further reports came behind it."""
    state, seen = opened()
    ask(state, seen, Move.ACCEPT)
    state.apply(receive(state, event("b"), REGISTER))
    case = state.cases[seen.case_id]
    effects = ask(state, case, Move.START, expected_seq=seen.seq)
    assert effects.outcome is not None
    assert "请重新打开" in effects.outcome.refusal


def test_a_case_from_before_basis_seq_is_as_strict_as_before() -> None:
    """Every entry outdates a command until the case has its next entry that counts."""
    _, case = opened()
    old = case.model_copy(update={"basis_seq": 0})
    assert old.is_outdated(old.seq - 1)
    assert not old.is_outdated(old.seq)
    assert old.is_outdated(old.seq + 1)


def test_an_entry_that_asks_another_unit_names_the_unit_that_asked() -> None:
    """It is the unit of the credential, whatever the sender writes."""
    state, case = opened()
    data = {"kind": "general", "units": ["U-C"], "asked_by": "U-V"}
    (entry,) = ask(state, case, Move.WHISTLE, reason="请来", data=data).case_events
    assert entry.data == {**data, "asked_by": "U-T"}


def test_a_sender_without_a_unit_asks_for_nobody() -> None:
    """The city's dispatcher has no unit that could rate the answer."""
    state, case = opened()
    data = {"kind": "general", "units": ["U-C"], "asked_by": "U-V"}
    fields = {"role": Role.DISPATCHER, "unit": "", "actor": "值班员"}
    (entry,) = ask(state, case, Move.WHISTLE, reason="请来", data=data, **fields).case_events
    assert "asked_by" not in entry.data
