"""What a fresh embedded broker is told 重新发布: all that a worker holds, and no more."""

from datetime import UTC, datetime, timedelta

from hub.recovery.republish import HELD
from hub.store.client import Store
from schemas.cases.case import Case, Move, State
from schemas.channel import Channel
from schemas.cloudevent import from_record
from schemas.topic import CASES
from streams.case.state import KEEP_SETTLED, PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event
from tests.hub.store.views.test_assessment import keep


def held(store: Store) -> dict[str, Case]:
    """Return the cases by the native id of their first report."""
    told = [from_record(Case, body.encode()) for body, _ in store.rows(HELD)]
    return {case.reports[0].native_id: case for case in told}


def test_a_case_that_was_split_off_is_told_too(store: Store) -> None:
    """It was opened by a command; without it a worker would know nothing of its report."""
    state = PartitionState()
    lamp, joined = event("a"), event("b", channel=Channel.OPEN311, minutes=30)
    made = []
    for told in (lamp, joined):
        made.append(step(state, told, REGISTER))
        state.apply(made[-1])
    (case,) = state.cases.values()
    made.append(
        ask(state, case, Move.SPLIT, reason="两处", data={"events": [str(joined.event_id)]})
    )
    keep(store, CASES.name, *(entry for effects in made for entry in effects.case_events))
    assert held(store) == {case.reports[0].native_id: case for case in state.cases.values()}
    assert held(store).keys() == {"a", "b"}
    assert {route for _, route in store.rows(HELD)} == {lamp.route}


def test_what_was_settled_long_ago_is_not_told(store: Store) -> None:
    """What is open is, however old, and what was settled within the window."""
    now = datetime.now(UTC)
    past, lately = now - KEEP_SETTLED - timedelta(days=1), now - timedelta(days=2)
    for name, state, at in (
        ("old", State.CLOSED, past),
        ("open", State.ASSIGNED, past),
        ("new", State.CLOSED, lately),
    ):
        (*_, entry) = step(PartitionState(), event(name), REGISTER).case_events
        case = entry.case.model_copy(update={"state": state, "updated_at": at})
        keep(store, CASES.name, entry.model_copy(update={"case": case}))
    assert held(store).keys() == {"open", "new"}
