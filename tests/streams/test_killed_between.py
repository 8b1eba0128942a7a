"""A worker that is killed between any two records it sends loses nothing and leaves no gap."""

import pytest

from hub.worker.restore import Restoring
from schemas.binding import Record, decode
from schemas.case import CaseEvent
from schemas.command import Feedback
from schemas.event import UnifiedEvent
from schemas.fact import Kind
from schemas.receipt import Disposition
from schemas.topic import CASE_STATE, CASES, DISPOSITIONS, FEEDBACK
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import records_of
from tests.streams.town import REGISTER, event

TOLD = [
    event("a"),
    event("b", minutes=1),
    event("c", category="environment.garbage", content="垃圾没有人清", minutes=2),
    event("d", confidential=True, minutes=3),
    event("a", kind=Kind.FOLLOW_UP, revision="1", parent="a", minutes=4),
]
Topics = dict[str, list[Record]]


def restored(topics: Topics) -> PartitionState:
    """Return what a worker knows that is given the partition now."""
    restoring = Restoring()
    for topic in (CASE_STATE, DISPOSITIONS):
        restoring.take_in(topic.name, topics[topic.name])
    return restoring.state()


def sent(state: PartitionState, events: list[UnifiedEvent]) -> list[Record]:
    """Step a batch as the worker does; return its records in the order of sending."""
    made = []
    for one in events:
        effects = step(state, one, REGISTER)
        state.apply(effects)
        made.append(effects)
    kinds = zip(*map(records_of, made), strict=True)
    return [record for kind in kinds for records in kind for record in records]


def empty() -> Topics:
    """Return topics without a record."""
    return {topic.name: [] for topic in (CASES, CASE_STATE, DISPOSITIONS, FEEDBACK)}


def outcome(topics: Topics) -> tuple[dict[object, set[int]], dict[object, object], set[object]]:
    """Return entries by case, the case of each event, and the feedback, each counted once."""
    entries: dict[object, set[int]] = {}
    for record in topics[CASES.name]:
        entry = decode(CaseEvent, record.value)
        entries.setdefault(entry.case_id, set()).add(entry.seq)
    given = {
        one.event_id: one.case_id
        for one in (decode(Disposition, record.value) for record in topics[DISPOSITIONS.name])
    }
    return (
        entries,
        given,
        {decode(Feedback, record.value).feedback_id for record in topics[FEEDBACK.name]},
    )


def whole() -> Topics:
    """Return what a worker sends that nobody kills."""
    topics = empty()
    for record in sent(PartitionState(), TOLD):
        topics[record.topic].append(record)
    return topics


@pytest.mark.parametrize("after", range(len(sent(PartitionState(), TOLD)) + 1))
def test_killed_after_any_record(after: int) -> None:
    """The next worker steps the batch again: entries, dispositions and feedback are the same."""
    topics = empty()
    for record in sent(PartitionState(), TOLD)[:after]:
        topics[record.topic].append(record)
    for record in sent(restored(topics), TOLD):
        topics[record.topic].append(record)
    assert outcome(topics) == outcome(whole())
