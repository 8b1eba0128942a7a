"""Timers of a case: supervision, acceptance, whistles, closing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.base import BEIJING
from schemas.cases.case import Case, CaseEvent, Move, State
from schemas.cases.clock import Supervision
from schemas.reports.fact import Urgency
from streams.case.state import Effects, PartitionState
from streams.steps.event import step as receive
from streams.steps.time import step
from tests.builders.commands import ask, refusal
from tests.builders.town import NOON, REGISTER, event

FAR = NOON + timedelta(days=60)


def opened(**fields: object) -> tuple[PartitionState, Case]:
    """Return a state with one assigned case, received on a Monday at noon."""
    state = PartitionState()
    state.apply(receive(state, event("a", **fields), REGISTER))  # type: ignore[arg-type]
    (case,) = state.cases.values()
    return state, case


def passed(state: PartitionState, now: datetime) -> list[CaseEvent]:
    """Return the entries of timers that fire until `now`."""
    return [entry for effects in step(state, REGISTER, now) for entry in effects.case_events]


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of March 2026 in Beijing."""
    return datetime(2026, 3, day, hour, minute, tzinfo=BEIJING)


def test_a_case_that_is_not_accepted_goes_back_to_dispatch() -> None:
    """Four working hours after noon it waits for a dispatcher, without a unit."""
    state, case = opened()
    assert passed(state, local(2, 17, 59)) == []
    (entry,) = passed(state, local(2, 18, 0))
    assert (entry.move, entry.at, entry.state) == (Move.TIME_OUT, local(2, 18), State.TRIAGE)
    assert (entry.case.assignment, entry.case.time_outs) == (None, 1)
    assert "U-T" in entry.reason
    assert state.cases[case.case_id].seq == entry.seq


def test_supervision_goes_from_yellow_over_red_to_the_tier_above() -> None:
    """Five working days: 80 % of the office hours, the close of the fifth day, one day later."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    entries = passed(state, FAR)
    shown = [(entry.data["level"], entry.at) for entry in entries]
    assert [level for level, _ in shown] == ["yellow", "red", "up"]
    assert shown[1][1] == case.due_at == local(9, 18)
    assert local(6, 14) < shown[0][1] < local(9, 9, 30)
    assert shown[2][1] == local(10, 18)
    assert entries[2].data["tier"] == "county"
    assert passed(state, FAR) == []


def test_a_late_tick_gives_the_same_entries() -> None:
    """Hourly ticks and a single late tick give entries with equal times and ids."""
    hourly, case = opened()
    once, _ = opened()
    for state in (hourly, once):
        ask(state, case, Move.ACCEPT, command_id="6c7a6f4e-58a5-4c0e-8a3e-0a0a64f4f001")
    often = [
        entry for hour in range(24 * 12) for entry in passed(hourly, NOON + timedelta(hours=hour))
    ]
    assert often == passed(once, NOON + timedelta(days=12))
    assert len(often) == 3


def test_a_restored_state_fires_the_remaining_timers() -> None:
    """The next worker has the snapshots only; a fired timer does not fire again."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    assert len(passed(state, local(9, 17))) == 1
    restored = PartitionState()
    restored.put(state.cases[case.case_id])
    assert [entry.data["level"] for entry in passed(restored, FAR)] == ["red", "up"]


def test_the_clock_of_urgent_cases_runs_at_all_hours() -> None:
    """24 hours, of which 80 % are 19 hours and 12 minutes; an hour to accept."""
    _state, case = opened(urgency=Urgency.URGENT)
    assert case.accept_by == NOON + timedelta(hours=1)
    assert case.yellow_at == NOON + timedelta(hours=19, minutes=12)
    assert case.due_at == NOON + timedelta(hours=24)


def test_an_extension_moves_the_deadline_and_supervises_anew() -> None:
    """The yellow card of the former deadline is cancelled; a second extension is refused."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    passed(state, local(9, 12))
    ask(state, case, Move.EXTEND, local(9, 12), reason="等待配件")
    extended = state.cases[case.case_id]
    assert (extended.due_at, extended.supervision) == (local(16, 18), Supervision.NONE)
    assert "已延期一次" in refusal(ask(state, case, Move.EXTEND, local(9, 13), reason="还要"))
    assert [entry.data["level"] for entry in passed(state, FAR)] == ["yellow", "red", "up"]


def test_the_clock_stops_while_suspended() -> None:
    """Two working days of suspension extend the deadline; meanwhile no entry calls it late."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.SUSPEND, local(4, 9), reason="等待权属单位")
    assert passed(state, local(5, 18)) == []
    ask(state, case, Move.RESUME, local(6, 9))
    assert state.cases[case.case_id].due_at == local(11, 18)


def test_a_report_that_joins_later_leaves_the_clock_as_it_was_set() -> None:
    """Extension, suspension and hand-over stay in effect after another report has joined."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.EXTEND, reason="等待配件")
    state.apply(receive(state, event("b", minutes=60), REGISTER))
    joined = state.cases[case.case_id]
    assert len(joined.reports) == 2
    assert joined.due_at == local(16, 18)


def test_a_hand_over_leaves_a_working_day() -> None:
    """A hand-over on the last evening moves the deadline to the end of the next working day."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.HAND_OVER, local(9, 17), reason="换组", data={"unit": "U-T"})
    handed = state.cases[case.case_id]
    assert (handed.state, handed.due_at) == (State.ASSIGNED, local(10, 18))
    assert handed.accept_by == local(10, 12)


def test_an_unanswered_whistle_is_supervised_once() -> None:
    """An unanswered whistle is supervised once; the entry names the late departments."""
    state, case = opened()
    ask(state, case, Move.ACCEPT)
    called = {"kind": "urgent", "units": ["U-C"]}
    assert refusal(ask(state, case, Move.WHISTLE, reason="塌陷", data=called)) == ""
    (entry,) = passed(state, NOON + timedelta(hours=2))
    assert (entry.data["level"], entry.data["units"]) == ("whistle", ["U-C"])
    assert entry.case.whistles[0].late == ("U-C",)
    late = ask(state, case, Move.ARRIVE, unit="U-C")
    assert refusal(late) == ""


def resolved(state: PartitionState, case: Case, now: datetime) -> Iterator[Effects]:
    """Yield the effects of the commands that resolve a case."""
    yield ask(state, case, Move.ACCEPT, now)
    yield ask(state, case, Move.RESOLVE, now, reason="已更换灯泡")


def test_an_answered_case_closes_automatically() -> None:
    """An answered case closes fifteen days after its answer reached every channel."""
    state, case = opened()
    list(resolved(state, case, NOON))
    assert passed(state, FAR) == []
    ask(state, case, Move.FEED_BACK, data={"event_id": str(case.reports[0].event_id)})
    (entry,) = passed(state, FAR)
    assert (entry.move, entry.at) == (Move.CLOSE, NOON + timedelta(days=15))


def test_a_tick_reads_only_cases_with_a_due_timer() -> None:
    """A tick reads only cases with a due timer."""
    state = PartitionState()
    for number in range(200):
        state.apply(receive(state, event(f"n{number}", confidential=True), REGISTER))
    assert len(state.set_for) == 200
    before, first = len(state.timers), state.timers[0][0]
    assert passed(state, first - timedelta(seconds=1)) == []
    assert len(state.timers) == before
    assert len(passed(state, first)) == 200


def test_overtaken_timers_do_not_pile_up() -> None:
    """The heap is as large as the number of open cases, however often a case changes."""
    state, case = opened()
    for number in range(3000):
        changed = case.model_copy(
            update={"seq": case.seq + number, "accept_by": NOON + timedelta(seconds=number)}
        )
        state.put(changed)
    assert len(state.timers) < 2000
