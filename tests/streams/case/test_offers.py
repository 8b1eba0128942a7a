"""What is offered for a case: only moves that would be accepted, and units likeliest first."""

from dataclasses import replace

from schemas.cases.assignment import Whistle, WhistleKind
from schemas.cases.case import Case, Move, State
from schemas.cases.command import Role
from schemas.town.rules import RuleSet
from streams.case.offers import assignable, may_be_offered
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.commands import ask, refusal
from tests.builders.town import NOON, REGISTER, TOWN, event


def opened(category: str = "facility.streetlight") -> tuple[PartitionState, Case]:
    """Return a state with one case."""
    state = PartitionState()
    effects = step(state, event("a", category=category), REGISTER)
    state.apply(effects)
    return state, effects.case_events[-1].case


def offered(case: Case, role: Role, unit: str = "") -> set[Move]:
    """Return the moves that are offered."""
    return {move for move in Move if may_be_offered(move, case, role, unit)}


def test_a_unit_is_offered_what_its_case_allows() -> None:
    """No wish, no whistle, no second report: nothing of these is offered."""
    _, case = opened()
    own = offered(case, Role.UNIT, "U-T")
    assert {Move.ACCEPT, Move.RETURN} <= own
    assert not own & {Move.TAKE, Move.GIVE_BACK, Move.ARRIVE, Move.SPLIT, Move.RESOLVE}
    assert offered(case, Role.UNIT, "U-V") == set()


def test_a_department_that_was_whistled_for_may_report() -> None:
    """报到 is offered to the department that was called, until it has reported."""
    _, case = opened()
    whistle = Whistle(kind=WhistleKind.URGENT, units=("U-C",), at=NOON, report_by=NOON)
    called = case.model_copy(update={"whistles": (whistle,)})
    assert Move.ARRIVE in offered(called, Role.UNIT, "U-C")
    arrived = whistle.model_copy(update={"arrived": {"U-C": NOON}})
    done = case.model_copy(update={"whistles": (arrived,)})
    assert Move.ARRIVE not in offered(done, Role.UNIT, "U-C")


def test_a_third_return_and_a_second_extension_are_not_offered() -> None:
    """What would be refused is not offered."""
    _, case = opened()
    accepted = case.model_copy(update={"state": State.ACCEPTED, "returns": 2, "extensions": 1})
    assert not offered(accepted, Role.UNIT, "U-T") & {Move.RETURN, Move.EXTEND}


def test_offered_units_are_accepted_and_the_rule_s_choice_comes_first() -> None:
    """Each offered unit takes the case; the first is the one that the rules would choose."""
    for category in ("facility.streetlight", "environment.garbage"):
        state, case = opened(category)
        chosen = case.assignment
        assert chosen is not None
        units = assignable(case, REGISTER)
        assert units[0].code == chosen.unit
        waiting = ask(state, case, Move.TRIAGE, reason="重新研判").case_events[-1].case
        for unit in units:
            again = PartitionState()
            again.put(waiting)
            assert refusal(ask(again, waiting, Move.ASSIGN, data={"unit": unit.code})) == ""


def test_the_last_decider_is_offered_where_nobody_has_the_duty() -> None:
    """兜底单位: triage is no dead end."""
    _, case = opened("governance.policy")
    rules = RuleSet(last_decider="U-C")
    register = replace(Register.of(TOWN), rules=rules)
    assert assignable(case, REGISTER) == []
    assert [unit.code for unit in assignable(case, register)] == ["U-C"]
