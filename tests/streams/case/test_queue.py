"""No open case is outside all queues, whatever people, timers and citizens do with it."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cases.case import MOVES, OPEN_STATES, Case, Move, State
from schemas.cases.command import Role
from schemas.cases.queue import WAITING_STATES, Queue, queue_of
from streams.case.authority import ALLOWED
from streams.case.state import PartitionState
from streams.steps import time as timers
from streams.steps.command import step as decide
from streams.steps.event import step as receive
from tests.builders.commands import ask, command, refusal
from tests.builders.town import NOON, REGISTER, event

COMMANDS = sorted(set(Move) & set().union(*(ALLOWED[role] for role in Role if role != Role.HUB)))
DATA = {
    "unit": ("U-T", "U-V", "U-G", ""),
    "category": ("", "environment.garbage", "facility.streetlight", "governance.policy"),
    "assign": (True, False),
    "settled": (True, False),
    "kind": ("urgent",),
    "units": (("U-C",),),
    "volunteer": ("V-1",),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*COMMANDS, "wait", "report"]),
        st.fixed_dictionaries({name: st.sampled_from(values) for name, values in DATA.items()}),
        st.integers(0, 3),
    ),
    max_size=25,
)


def queued(case: Case) -> bool:
    """Whether the queue of an open case has somebody who acts, and a settled one has no queue."""
    queue = queue_of(case)
    if case.state not in OPEN_STATES:
        return queue is None
    if queue is Queue.UNIT:
        return case.assignment is not None
    return queue is Queue.DISPATCH and case.assignment is None


@given(STEPS, st.sampled_from(["", "facility.streetlight", "governance.conduct"]))
@settings(max_examples=150, deadline=None)
def test_no_open_case_is_ever_outside_all_queues(
    steps: Sequence[tuple[str, dict[str, object], int]], category: str
) -> None:
    """After each command, timer and report, a dispatcher or a unit has every open case."""
    state, now = PartitionState(), NOON
    state.apply(receive(state, event("a", category=category), REGISTER))
    for index, (what, data, hours) in enumerate(steps):
        now += timedelta(hours=hours * 7)
        if what == "wait":
            list(timers.step(state, REGISTER, now))
        elif what == "report":
            minutes = int((now - NOON) / timedelta(minutes=1))
            state.apply(receive(state, event(f"r{index}", minutes=minutes), REGISTER))
        else:
            case = list(state.cases.values())[index % len(state.cases)]
            wanted = command(case, Move(what), reason="按实际情况办理", data=data)
            state.apply(decide(state, wanted, REGISTER, now))
        assert [case for case in state.cases.values() if not queued(case)] == []


def test_every_state_has_its_queue() -> None:
    """The waiting states and those with a unit are all open states, and no move leaves them out."""
    assert set(WAITING_STATES) < set(OPEN_STATES)
    reached = {state for table in MOVES.values() for state in table.values()}
    assert reached == set(State)


def test_a_returned_case_waits_for_the_dispatcher() -> None:
    """退单: the case has no unit; it is in the dispatcher's queue until a unit gets it again."""
    state = PartitionState()
    effects = receive(state, event("a"), REGISTER)
    state.apply(effects)
    case = effects.case_events[-1].case
    assert queue_of(case) is Queue.UNIT
    after = ask(state, case, Move.RETURN, reason="不属本单位").case_events[-1].case
    assert queue_of(after) is Queue.DISPATCH


def test_a_corrected_category_is_assigned_by_the_rules() -> None:
    """更正事项: in triage the dispatcher sets the category, and the rules decide again."""
    state = PartitionState()
    effects = receive(state, event("a", category="governance.policy"), REGISTER)
    state.apply(effects)
    case = effects.case_events[-1].case
    assert case.state is State.TRIAGE
    assert "请选择更正后" in refusal(ask(state, case, Move.TRIAGE, reason="看不出是什么"))
    data = {"category": "environment.garbage", "assign": True}
    corrected = ask(state, case, Move.TRIAGE, reason="其实是垃圾", data=data)
    assert [entry.move for entry in corrected.case_events] == [Move.TRIAGE, Move.ASSIGN]
    after = corrected.case_events[-1].case
    assert after.category == "environment.garbage"
    assert after.assignment is not None
    assert after.assignment.unit == "U-V"


def test_a_correction_that_no_rule_decides_stays_in_triage() -> None:
    """The entry has the new category; the dispatcher still has the case."""
    state = PartitionState()
    effects = receive(state, event("a", category=""), REGISTER)
    state.apply(effects)
    data = {"category": "governance.policy", "assign": True}
    case = effects.case_events[-1].case
    entries = ask(state, case, Move.TRIAGE, reason="是咨询", data=data).case_events
    assert [entry.move for entry in entries] == [Move.TRIAGE]
    assert entries[-1].case.category == "governance.policy"
