"""A report of a matter that was settled a while ago."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.cases.case import Case, Move, State
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.town.rules import AfterSettled, Again, RuleSet
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event

FIRST = event("a", reporter="r1")
DAY = 24 * 60


def register_with(again: Again, days: int = 15) -> Register:
    """Return the register of a town with this setting."""
    return replace(REGISTER, rules=RuleSet(after_settled=AfterSettled(days=days, again=again)))


def settled() -> tuple[PartitionState, Case]:
    """Return a state with one case, which its unit has resolved at noon."""
    state = PartitionState()
    state.apply(step(state, FIRST, REGISTER))
    (case,) = state.cases.values()
    ask(state, case, Move.ACCEPT)
    ask(state, state.cases[case.case_id], Move.RESOLVE, reason="已更换灯泡")
    assert state.cases[case.case_id].state is State.RESOLVED
    return state, state.cases[case.case_id]


def again(reporter: str, days: int = 3, native_id: str = "b") -> UnifiedEvent:
    """Return one more report of the lamp, some days later."""
    return event(native_id, channel=Channel.OPEN311, reporter=reporter, minutes=days * DAY)


def moves(effects: Effects) -> list[Move]:
    """Return the moves of the entries."""
    return [entry.move for entry in effects.case_events]


def test_another_person_opens_a_case_that_names_the_former_one() -> None:
    """The lamp may have failed again: a new case with its own deadline, and the evidence."""
    state, former = settled()
    effects = step(state, again("r2"), register_with(Again.FOLLOW))
    assert moves(effects) == [Move.OPEN, Move.ASSIGN]
    opened = effects.case_events[0]
    assert opened.case.follows == former.case_id
    assert opened.data["follows"] == str(former.case_id)
    assert opened.data["match"]["features"]
    assert str(former.case_id) in opened.reason


def test_the_same_person_reopens_the_case_once_and_then_opens_another() -> None:
    """Who reports the matter again is not content; the second time a new case follows."""
    state, former = settled()
    register = register_with(Again.FOLLOW)
    effects = step(state, again("r1"), register)
    state.apply(effects)
    assert moves(effects) == [Move.REOPEN, Move.JOIN, Move.ASSIGN]
    case = state.cases[former.case_id]
    assert (case.state, case.reopenings, case.follow_ups) == (State.ASSIGNED, 1, 1)
    assert [report.native_id for report in case.reports] == ["a", "b"]
    now = again("r1").received_at
    ask(state, case, Move.ACCEPT, now=now)
    ask(state, state.cases[case.case_id], Move.RESOLVE, now=now, reason="再次更换")
    third = step(state, again("r1", 6, "c"), register)
    assert moves(third) == [Move.OPEN, Move.ASSIGN]
    assert third.case_events[0].case.follows == former.case_id


def test_a_town_may_reopen_for_everybody_or_ask_a_person() -> None:
    """`again` decides what the report of another person does."""
    state, former = settled()
    effects = step(state, again("r2"), register_with(Again.REOPEN))
    assert moves(effects) == [Move.REOPEN, Move.JOIN, Move.ASSIGN]
    asked = step(state, again("r2"), register_with(Again.SUGGEST))
    assert moves(asked) == [Move.OPEN, Move.SUGGEST, Move.ASSIGN]
    assert asked.case_events[-1].case.suggested == (former.case_id,)


@pytest.mark.parametrize(("days", "later"), [(15, 16), (0, 1)])
def test_after_the_days_of_the_town_the_matter_is_new(days: int, later: int) -> None:
    """A later report opens a case without a former one; 0 days switch the comparison off."""
    state, _ = settled()
    effects = step(state, again("r1", later), register_with(Again.REOPEN, days))
    assert moves(effects) == [Move.OPEN, Move.ASSIGN]
    assert effects.case_events[0].case.follows is None


def test_settled_cases_leave_the_index_after_the_days_of_the_town() -> None:
    """A worker drops the comparison data of a settled case, and later the case itself."""
    state, former = settled()
    now = former.updated_at + timedelta(days=16)
    assert former.case_id in state.settled
    assert state.expire(now, timedelta(days=15)).cases == ()
    assert former.case_id not in state.settled
    assert former.case_id in state.cases


def test_a_worker_killed_between_reopening_and_joining_completes_both() -> None:
    """From each entry on, the repeated event adds the missing entries and no other."""
    state, former = settled()
    register = register_with(Again.FOLLOW)
    whole = step(state, again("r1"), register)
    for done in range(1, len(whole.case_events)):
        torn, _ = settled()
        torn.put(whole.case_events[done - 1].case)
        resumed = step(torn, again("r1"), register)
        assert [(entry.case_event_id, entry.move) for entry in resumed.case_events] == [
            (entry.case_event_id, entry.move) for entry in whole.case_events[done:]
        ]
        torn.apply(resumed)
        assert torn.cases[former.case_id].state is State.ASSIGNED


def test_a_case_is_a_candidate_for_as_long_as_it_is_open() -> None:
    """A report of a matter that is open for months finds its case."""
    state = PartitionState()
    state.apply(step(state, FIRST, REGISTER))
    late = again("r2", 100)
    assert state.expire(late.received_at).cases == ()
    (case,) = state.cases.values()
    assert case.case_id in state.index


def test_a_report_made_before_the_answer_does_not_reopen_the_case() -> None:
    """A second report of the person was delayed, and comes after the case was settled."""
    state, former = settled()
    assert former.settled_at is not None
    early = event("b", channel=Channel.OPEN311, reporter="r1", minutes=-30)
    effects = step(state, early, register_with(Again.FOLLOW))
    assert moves(effects) == [Move.OPEN, Move.ASSIGN]
