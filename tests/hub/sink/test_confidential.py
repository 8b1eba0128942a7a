"""Confidential cases 保密: no column that staff may select has a person's words."""

from hub.store.client import Store
from schemas.topic import CASES
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

WORDS = "举报人是隔壁老张"


def test_the_reason_of_an_assignment_by_hand_is_hidden(store: Store) -> None:
    """A dispatcher may have written who reported it; the body, which only the hub reads, has it."""
    report = event("a", confidential=True)
    entry = step(PartitionState(), report, REGISTER).case_events[-1]
    assert entry.case.assignment is not None
    assignment = entry.case.assignment.model_copy(update={"reason": f"主任：{WORDS}"})
    case = entry.case.model_copy(update={"assignment": assignment, "answer": WORDS})
    keep(store, CASES.name, entry.model_copy(update={"case": case}))
    shown = store.rows("SELECT * EXCEPT (body) FROM cases")
    assert len(shown) == 1
    assert WORDS not in str(shown)
    assert store.rows(f"SELECT position(body, '{WORDS}') > 0 FROM cases") == [(1,)]
