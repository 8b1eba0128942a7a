"""The short numbers of cases: counted for each city and day, the same after a restore."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cases.case import Case, Move
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from streams.case.numbers import CaseNumbers
from streams.case.state import KEEP_SETTLED, PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.town import NOON, REGISTER, event

OTHER_CITY = "420800"
TO_MIDNIGHT = 12 * 60
"""Minutes from noon in Beijing to the next day."""


def separate(native_id: str, minutes: int = 0) -> UnifiedEvent:
    """Return an event that opens a case of its own: a confidential one is never merged."""
    return event(native_id, confidential=True, minutes=minutes)


def state_after(*events: UnifiedEvent, state: PartitionState | None = None) -> PartitionState:
    """Return the state after events."""
    state = state or PartitionState()
    for each in events:
        state.apply(step(state, each, REGISTER))
    return state


def case_of(state: PartitionState, native_id: str) -> Case:
    """Return the case of a report of the hotline."""
    case = state.case_of(Channel.HOTLINE_12345, native_id)
    assert case is not None
    return case


def restored(state: PartitionState) -> PartitionState:
    """Return a state that has only the snapshots of another, in another order."""
    again = PartitionState()
    for case in sorted(state.cases.values(), key=lambda case: case.case_id):
        again.put(case)
    return again


def test_the_cases_of_a_day_are_counted_from_one() -> None:
    """The day is that of Beijing; the next day begins at one again."""
    state = state_after(separate("a"), separate("b", 1), separate("c", TO_MIDNIGHT))
    assert [case_of(state, name).number for name in "abc"] == [
        "20260302-00001",
        "20260302-00002",
        "20260303-00001",
    ]


def test_a_report_that_joins_a_case_takes_no_number() -> None:
    """Only a new case counts, and a case keeps its number through its life."""
    state = state_after(event("a"), event("b", channel=Channel.OPEN311, minutes=1))
    case = case_of(state, "a")
    assert (case.number, case.report_count) == ("20260302-00001", 2)
    assert state.numbers.next(case.route, NOON) == "20260302-00002"


def test_each_city_counts_for_itself() -> None:
    """Two cities of one partition may have the same number; each is unique in its city."""
    elsewhere = separate("b").model_copy(update={"route": OTHER_CITY})
    state = state_after(separate("a"), elsewhere)
    assert case_of(state, "a").number == case_of(state, "b").number


def test_a_case_that_is_split_off_gets_the_number_of_that_day() -> None:
    """It is new on the day of the command, however old its first report is."""
    state = state_after(event("a"), event("b", channel=Channel.OPEN311, minutes=1))
    case = case_of(state, "a")
    leaving = next(each for each in case.reports if each.channel is Channel.OPEN311)
    effects = ask(state, case, Move.SPLIT, reason="两处", data={"events": [str(leaving.event_id)]})
    opened = next(entry.case for entry in effects.case_events if entry.move is Move.OPEN)
    assert opened.number.endswith("-00002")
    assert opened.number.startswith("20260302")


@given(cut=st.integers(0, 8))
@settings(max_examples=9, deadline=None)
def test_a_restored_worker_goes_on_with_the_same_numbers(cut: int) -> None:
    """Wherever the worker is replaced, each case has the number that it has without that."""
    events = [separate(str(number), 150 * number) for number in range(8)]
    whole = state_after(*events)
    replaced = state_after(*events[cut:], state=restored(state_after(*events[:cut])))
    for each in events:
        assert case_of(replaced, each.native_id).number == case_of(whole, each.native_id).number


def test_counts_of_past_days_are_forgotten() -> None:
    """The counts do not grow with the age of the hub."""
    state = state_after(separate("a"))
    state.expire(NOON + KEEP_SETTLED - timedelta(days=1))
    assert len(state.numbers) == 1
    state.expire(NOON + KEEP_SETTLED + timedelta(days=1))
    assert len(state.numbers) == 0


def test_a_case_of_an_earlier_version_has_no_number() -> None:
    """Its snapshot is read, and it takes no number from the others."""
    numbers = CaseNumbers()
    numbers.add(case_of(state_after(separate("a")), "a").model_copy(update={"number": ""}))
    assert numbers.next("421200", NOON) == "20260302-00001"
