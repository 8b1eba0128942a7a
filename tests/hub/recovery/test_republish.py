"""Republishing 重新发布 to a fresh embedded broker: exactly what a worker keeps."""

from datetime import UTC, datetime, timedelta

from hub.recovery.republish import WORKER_CASES
from hub.store.client import Store
from schemas.cases.case import Case, Move, State
from schemas.channel import Channel
from schemas.cloudevent import from_record
from schemas.topic import CASES
from streams.case.state import KEEP_SETTLED, PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event


def worker_cases(store: Store) -> dict[str, Case]:
    """Return the cases by the native id of their first report."""
    item = [from_record(Case, body.encode()) for body, _ in store.rows(WORKER_CASES)]
    return {case.reports[0].native_id: case for case in item}


def test_a_split_case_is_republished(store: Store) -> None:
    """A command opened it; without the case a worker would not know its report."""
    state = PartitionState()
    lamp, joined = event("a"), event("b", channel=Channel.OPEN311, minutes=30)
    effects_list = []
    for item in (lamp, joined):
        effects_list.append(step(state, item, REGISTER))
        state.apply(effects_list[-1])
    (case,) = state.cases.values()
    effects_list.append(
        ask(state, case, Move.SPLIT, reason="两处", data={"events": [str(joined.event_id)]})
    )
    keep(store, CASES.name, *(entry for effects in effects_list for entry in effects.case_events))
    assert worker_cases(store) == {case.reports[0].native_id: case for case in state.cases.values()}
    assert worker_cases(store).keys() == {"a", "b"}
    assert {route for _, route in store.rows(WORKER_CASES)} == {lamp.route}


def test_cases_settled_long_ago_are_not_republished(store: Store) -> None:
    """Open cases of any age are, and so are cases that were settled within the window."""
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
    assert worker_cases(store).keys() == {"open", "new"}
