"""Danger to life makes a case urgent at once, and calls the departments of the town's rules."""

from datetime import timedelta
from uuid import uuid4

import pytest

from schemas.cases.assignment import Tier, WhistleKind
from schemas.cases.case import Case, Move, State
from schemas.reports.danger import Danger, DangerKind
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from schemas.town.register import Unit
from schemas.town.rules import Alarm, RuleSet
from streams.case.state import Effects, PartitionState
from streams.steps.command import step as follow
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.commands import command
from tests.builders.town import NOON, TOWN, event

FIRE_BRIGADE = Unit(code="E", name="应急局", tier=Tier.COUNTY, area="421299", unit_type="应急局")
POLICE = Unit(code="P", name="公安局", tier=Tier.COUNTY, area="421299", unit_type="outside")
RULES = RuleSet(
    alarms=(
        Alarm(danger=(DangerKind.VIOLENCE,), whistle=("P",)),
        Alarm(whistle=("E",)),
    )
)
REGISTER = Register.of(
    TOWN.model_copy(update={"units": (*TOWN.units, FIRE_BRIGADE, POLICE), "rules": RULES})
)


def dangerous(
    native_id: str, danger: DangerKind = DangerKind.FIRE, *, minutes: int = 0, **more: object
) -> UnifiedEvent:
    """Return an event whose words show a danger, as the intake makes it."""
    changes = {"urgency": Urgency.URGENT, "danger": Danger(kind=danger, words="着火了"), **more}
    return event(native_id, minutes=minutes).model_copy(update=changes)


def run(state: PartitionState, report: UnifiedEvent) -> tuple[Effects, Case]:
    """Step and apply; return the effects and the case."""
    effects = step(state, report, REGISTER)
    state.apply(effects)
    return effects, effects.case_events[-1].case


def test_a_report_of_a_danger_opens_an_urgent_case_and_whistles() -> None:
    """The reason names danger and words; the department must report within an hour."""
    effects, case = run(PartitionState(), dangerous("a"))
    assert [entry.move for entry in effects.case_events] == [Move.OPEN, Move.ASSIGN, Move.WHISTLE]
    assert case.urgency is Urgency.URGENT
    assert case.due_at == NOON + timedelta(hours=24)
    assert case.accept_by == NOON + timedelta(hours=1)
    (whistle,) = case.whistles
    assert (whistle.kind, whistle.units) == (WhistleKind.URGENT, ("E",))
    assert whistle.report_by == NOON + timedelta(hours=1)
    assert "险情：火情爆炸（“着火了”）" in effects.case_events[0].reason
    assert "系统紧急吹哨" in effects.case_events[2].reason


def test_a_danger_without_a_unit_is_alarmed_in_triage() -> None:
    """Nobody has the duty, so a person assigns it; the department is called all the same."""
    effects, case = run(PartitionState(), dangerous("a", category=""))
    assert [entry.move for entry in effects.case_events] == [Move.OPEN, Move.TRIAGE, Move.WHISTLE]
    assert case.state is State.TRIAGE


def test_the_kind_decides_who_is_called() -> None:
    """Violence calls the police, everything else the emergency bureau."""
    _, case = run(PartitionState(), dangerous("a", DangerKind.VIOLENCE))
    assert [whistle.units for whistle in case.whistles] == [("P",)]


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.FOLLOW_UP])
def test_a_later_danger_makes_its_case_urgent(kind: Kind) -> None:
    """An ordinary report becomes urgent with a follow-up or a joining report; limits shrink."""
    state = PartitionState()
    _, case = run(state, event("a"))
    assert case.urgency is Urgency.ORDINARY
    native_id, parent = ("b", "") if kind is Kind.REPORT else ("a-C", "a")
    later = dangerous(native_id, minutes=10, kind=kind, parent_id=parent)
    effects, after = run(state, later)
    assert after.case_id == case.case_id
    assert after.urgency is Urgency.URGENT
    assert [entry.move for entry in effects.case_events][-1] is Move.WHISTLE
    assert after.accept_by == NOON + timedelta(minutes=70)
    assert after.due_at is not None
    assert after.due_at <= NOON + timedelta(hours=24, minutes=10)
    assert "险情" in effects.case_events[0].reason


def test_a_department_is_called_once() -> None:
    """A second report of the same danger adds no whistle."""
    state = PartitionState()
    run(state, dangerous("a"))
    effects, case = run(state, dangerous("b", minutes=5))
    assert [entry.move for entry in effects.case_events] == [Move.JOIN]
    assert len(case.whistles) == 1


def test_an_alarm_that_a_crash_interrupted_is_completed() -> None:
    """If only opening and assignment were published, the whistle follows after the restart."""
    whole = step(PartitionState(), dangerous("a"), REGISTER)
    state = PartitionState()
    state.apply(Effects(route=whole.route, case_events=whole.case_events[:2]))
    again = step(state, dangerous("a"), REGISTER)
    assert [entry.move for entry in again.case_events] == [Move.WHISTLE]
    assert again.case_events[0].case_event_id == whole.case_events[2].case_event_id


def test_an_ordinary_report_whistles_for_nobody() -> None:
    """Without a danger nothing changes."""
    effects, case = run(PartitionState(), event("a"))
    assert [entry.move for entry in effects.case_events] == [Move.OPEN, Move.ASSIGN]
    assert case.whistles == ()


@pytest.mark.parametrize("move", [Move.SUSPEND, Move.RETURN])
def test_a_danger_alarms_whatever_the_state_of_its_case(move: Move) -> None:
    """A suspended or returned case calls the department, as an assigned one does."""
    state = PartitionState()
    _, case = run(state, event("a"))
    for number, each in enumerate((Move.ACCEPT, move), start=1):
        at = NOON + timedelta(minutes=number)
        state.apply(follow(state, command(case, each, reason="现场复核"), REGISTER, at))
    effects, after = run(state, dangerous("b", minutes=10))
    assert after.case_id == case.case_id
    assert effects.case_events[-1].move is Move.WHISTLE


def test_a_danger_after_the_answer_reopens_the_case() -> None:
    """A follow-up of a settled case that shows a danger is handled as a new one."""
    state = PartitionState()
    _, case = run(state, event("a"))
    for number, each in enumerate((Move.ACCEPT, Move.RESOLVE), start=1):
        at = NOON + timedelta(minutes=number)
        state.apply(follow(state, command(case, each, reason="已修好"), REGISTER, at))
    later = dangerous("a-C", minutes=60, kind=Kind.FOLLOW_UP, parent_id="a")
    effects, after = run(state, later)
    moves = [entry.move for entry in effects.case_events]
    assert moves == [Move.REOPEN, Move.FOLLOW_UP, Move.ASSIGN, Move.WHISTLE]
    assert after.urgency is Urgency.URGENT


def test_a_late_danger_leaves_a_day_to_resolve() -> None:
    """The limit of 24 hours starts with the danger, not with a report of three days before."""
    state = PartitionState()
    run(state, event("a"))
    later = dangerous("a-C", minutes=72 * 60, kind=Kind.FOLLOW_UP, parent_id="a")
    _, after = run(state, later)
    assert after.due_at is not None
    assert after.due_at > NOON + timedelta(hours=72)


def test_a_merge_keeps_the_whistle_of_a_danger() -> None:
    """The surviving case has the called departments, and the hour to accept."""
    state = PartitionState()
    _, plain = run(state, event("a"))
    other = dangerous(
        "b", DangerKind.GAS, minutes=5, content="安康里二号楼燃气管道被挖断，正在漏气"
    )
    _, urgent = run(state, other)
    assert plain.case_id != urgent.case_id
    at = NOON + timedelta(minutes=12)
    merging = command(plain, Move.MERGE, reason="同一处", data={"case": str(urgent.case_id)})
    state.apply(follow(state, merging, REGISTER, at))
    after = state.cases[plain.case_id]
    assert [whistle.units for whistle in after.whistles] == [("E",)]
    assert after.accept_by == at + timedelta(hours=1)


def test_a_dangerous_follow_up_without_a_case_opens_its_own() -> None:
    """Its report is unknown; where a life is in danger, nobody waits for it."""
    state = PartitionState()
    lone = dangerous("a-C", kind=Kind.FOLLOW_UP, parent_id="a")
    effects, case = run(state, lone)
    assert [entry.move for entry in effects.case_events] == [Move.OPEN, Move.ASSIGN, Move.WHISTLE]
    assert case.urgency is Urgency.URGENT


def test_a_danger_after_a_withdrawal_opens_a_case_of_its_own() -> None:
    """A withdrawn case takes no more entries, so the danger gets a case that does."""
    state = PartitionState()
    _, first = run(state, event("a"))
    _, withdrawn = run(
        state,
        event("a", minutes=5).model_copy(update={"kind": Kind.WITHDRAWAL, "event_id": uuid4()}),
    )
    assert withdrawn.state is State.WITHDRAWN
    later = dangerous("a-C", minutes=10, kind=Kind.FOLLOW_UP, parent_id="a")
    effects, second = run(state, later)
    assert second.case_id != first.case_id
    assert effects.case_events[-1].move is Move.WHISTLE
    again = step(state, later, REGISTER)
    assert again.duplicate


def test_an_ordinary_follow_up_without_a_case_opens_none() -> None:
    """It waits for its report, as before."""
    effects = step(
        PartitionState(), event("a-C").model_copy(update={"kind": Kind.FOLLOW_UP}), REGISTER
    )
    assert effects.case_events == ()
