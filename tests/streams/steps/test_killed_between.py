"""A worker that is killed between any two records that it sends loses nothing and leaves no gap."""

import pytest

from hub.worker.restore import StateRestorer
from schemas.cases.case import CaseEvent
from schemas.cases.feedback import Feedback
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.reports.receipt import Disposition
from schemas.topic import CASE_STATE, CASES, DISPOSITIONS, FEEDBACK
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event

EVENTS_OF_BATCH = [
    event("a"),
    event("b", minutes=1),
    event("c", category="environment.garbage", content="垃圾没有人清", minutes=2),
    event("d", confidential=True, minutes=3),
    event("a", kind=Kind.FOLLOW_UP, revision="1", parent="a", minutes=4),
]
Topics = dict[str, list[Record]]


def restored(topics: Topics) -> PartitionState:
    """Return the state of a worker that acquires the partition now."""
    restorer = StateRestorer()
    for topic in (CASE_STATE, DISPOSITIONS):
        restorer.read(topic.name, topics[topic.name])
    return restorer.state()


def sent(state: PartitionState, events: list[UnifiedEvent]) -> list[Record]:
    """Step a batch as the worker does; return its records in the order of sending."""
    steps = []
    for each in events:
        effects = step(state, each, REGISTER)
        state.apply(effects)
        steps.append(effects)
    return list(RecordBatch.of(steps))


def empty() -> Topics:
    """Return topics without a record."""
    return {topic.name: [] for topic in (CASES, CASE_STATE, DISPOSITIONS, FEEDBACK)}


def outcome(topics: Topics) -> tuple[dict[object, set[int]], dict[object, object], set[object]]:
    """Return entries by case, the case of each event, and the feedback, each counted once."""
    entries: dict[object, set[int]] = {}
    for record in topics[CASES.name]:
        entry = from_record(CaseEvent, record.value)
        entries.setdefault(entry.case_id, set()).add(entry.seq)
    dispositions = (from_record(Disposition, record.value) for record in topics[DISPOSITIONS.name])
    cases: dict[object, object] = {each.event_id: each.case_id for each in dispositions}
    return (
        entries,
        cases,
        {from_record(Feedback, record.value).feedback_id for record in topics[FEEDBACK.name]},
    )


def uninterrupted() -> Topics:
    """Return the records of a worker that is not killed."""
    topics = empty()
    for record in sent(PartitionState(), EVENTS_OF_BATCH):
        topics[record.topic].append(record)
    return topics


@pytest.mark.parametrize("after", range(len(sent(PartitionState(), EVENTS_OF_BATCH)) + 1))
def test_killed_after_any_record(after: int) -> None:
    """The next worker repeats the batch: entries, dispositions and feedback are the same."""
    topics = empty()
    for record in sent(PartitionState(), EVENTS_OF_BATCH)[:after]:
        topics[record.topic].append(record)
    for record in sent(restored(topics), EVENTS_OF_BATCH):
        topics[record.topic].append(record)
    assert outcome(topics) == outcome(uninterrupted())
