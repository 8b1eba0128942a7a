"""Wishes 三单: ordered, dispatched, taken and fulfilled by one volunteer."""

from datetime import timedelta

import pytest

from schemas.cases.case import Case, Move, State
from schemas.cases.command import Role
from schemas.reports.fact import Kind
from streams.case.authority import may_see
from streams.case.notices import feedback_for
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from tests.builders.commands import ask, refusal
from tests.builders.town import NOON, REGISTER, event

RAIL = "希望在浴室装一个扶手"


def wished(kind: Kind = Kind.WISH) -> tuple[PartitionState, Case]:
    """Return a state with one case assigned to the village."""
    state = PartitionState()
    wish = event("w", kind=kind, category="environment.garbage", content=RAIL)
    state.apply(receive(state, wish, REGISTER))
    (case,) = state.cases.values()
    assert case.state is State.ASSIGNED
    return state, case


def by(name: str, **more: object) -> dict[str, object]:
    """Return the command fields of a volunteer."""
    return {"role": Role.VOLUNTEER, "actor": name, "unit": "", **more}


def test_a_volunteer_takes_and_fulfils_a_wish() -> None:
    """Taking a wish accepts it; the household gets feedback on every step."""
    state, case = wished()
    taken = ask(state, case, Move.TAKE, NOON + timedelta(hours=1), **by("V-7"))
    (entry,) = taken.case_events
    assert (entry.state, entry.case.volunteer, entry.reason) == (State.HANDLING, "V-7", "接单")
    assert (entry.case.accepted_at, entry.case.accept_by) == (NOON + timedelta(hours=1), None)
    assert [feedback.text[:13] for feedback in taken.feedback] == ["您的心愿已由志愿者接单，预"]
    assert "V-7已接单" in refusal(ask(state, case, Move.TAKE, **by("V-8")))
    other = ask(state, case, Move.RESOLVE, reason="装好了", **by("V-8"))
    assert "已由V-7接单，V-8不能办理" in refusal(other)
    done = ask(state, case, Move.RESOLVE, reason="装好了", **by("V-7"))
    assert done.case_events[-1].case.volunteer == "V-7"
    assert done.feedback[0].answer == "装好了"


def test_a_volunteer_returns_a_wish_with_a_reason() -> None:
    """A returned wish belongs to the village again, and another volunteer may take it."""
    state, case = wished()
    assert "不能还单" in refusal(ask(state, case, Move.GIVE_BACK, reason="无人"))
    ask(state, case, Move.TAKE, **by("V-7"))
    assert "须写明理由" in refusal(ask(state, case, Move.GIVE_BACK, **by("V-7")))
    back = ask(state, case, Move.GIVE_BACK, reason="没有工具", **by("V-7"))
    assert (back.case_events[0].state, back.case_events[0].case.volunteer) == (State.ACCEPTED, "")
    assert [feedback.text for feedback in back.feedback] == ["您的心愿正在重新安排志愿者。"]
    ask(state, case, Move.TAKE, **by("志愿平台", data={"volunteer": "V-8"}))
    assert state.cases[case.case_id].volunteer == "V-8"


def test_a_unit_that_takes_a_wish_names_the_volunteer() -> None:
    """A unit that takes a wish must name the volunteer."""
    state, case = wished()
    assert "请写明志愿者" in refusal(ask(state, case, Move.TAKE))
    ask(state, case, Move.TAKE, data={"volunteer": "V-9"})
    assert state.cases[case.case_id].volunteer == "V-9"


@pytest.mark.parametrize("move", [Move.HAND_OVER, Move.TRIAGE])
def test_a_reassigned_wish_has_no_volunteer(move: Move) -> None:
    """The next unit must find another volunteer."""
    state, case = wished()
    ask(state, case, Move.TAKE, **by("V-7"))
    sent = ask(
        state, case, move, reason="另派", data={"unit": "U-V"}, role=Role.DISPATCHER, unit=""
    )
    assert refusal(sent) == ""
    assert state.cases[case.case_id].volunteer == ""


def test_only_wishes_are_for_volunteers() -> None:
    """Volunteers can take wishes only."""
    state, case = wished(Kind.REPORT)
    assert "志愿者只接微心愿" in refusal(ask(state, case, Move.TAKE, **by("V-7")))
    assert "只有微心愿" in refusal(ask(state, case, Move.TAKE, data={"volunteer": "V-7"}))
    assert not may_see(Role.VOLUNTEER, "", case, REGISTER)
    _, wish = wished()
    assert may_see(Role.VOLUNTEER, "", wish, REGISTER)
    assert may_see(Role.VOLUNTEER, "U-T", wish, REGISTER)
    assert not may_see(Role.VOLUNTEER, "U-none", wish, REGISTER)


def test_a_wish_belongs_to_a_single_household() -> None:
    """Equal wishes of different households stay separate cases."""
    state, case = wished()
    other = event("x", category="environment.garbage", content=RAIL, minutes=5)
    state.apply(receive(state, other, REGISTER))
    assert len(state.cases) == 2
    assert len(state.cases[case.case_id].reports) == 1
    assert feedback_for((), REGISTER) == ()
