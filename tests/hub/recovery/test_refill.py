"""A refill gives a new subscriber every case, with the entries that were published before."""

from hub.recovery.refill import refill_from
from hub.store.client import Store
from hub.testing import MemoryTopics
from schemas.cases.case import Case, CaseEvent, Move
from schemas.cloudevent import from_record
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event


def test_every_case_is_published_with_its_own_last_entry(store: Store) -> None:
    """Id, number, reason, data and snapshot are those of the first time, also if confidential."""
    state = PartitionState()
    entries: list[CaseEvent] = []
    for native_id, secret in (("a", False), ("b", True), ("c", False)):
        grid = {"a": "G1", "b": "G1", "c": "G2"}[native_id]
        report = event(native_id, grid=grid, confidential=secret)
        effects = step(state, report, REGISTER)
        state.apply(effects)
        entries += effects.case_events
        if native_id != "c":
            case: Case = effects.case_events[-1].case
            entries += ask(state, case, Move.RETURN, reason="不属本单位").case_events
    keep(store, CASES.name, *entries)
    topics, pages = MemoryTopics(), list[int]()
    assert refill_from(store.named, topics, pages.append) == 3
    assert pages == [3]
    published = [from_record(CaseEvent, record.value) for record in topics.all(CASES)]
    last = {entry.case_id: entry for entry in entries}
    assert {entry.case_id: entry for entry in published} == last
