"""The view of suggestions: one row for each open pair, with its own score, sorted by worth."""

from typing import Any

from hub.admin.cases import SUGGESTIONS
from hub.admin.review import PAIRS, pair_of
from hub.store.client import Store
from schemas.cases.case import Case, CaseEvent, Move
from schemas.reports.fact import Urgency
from schemas.topic import CASES
from streams.case.entries import append_move, dispatch, open_case
from streams.case.merge import Cause, keep_apart
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event


def opened(native_id: str, urgency: Urgency = Urgency.ORDINARY) -> list[CaseEvent]:
    """Return the entries of a new case."""
    entry = open_case(event(native_id, urgency=urgency), ["facility"], {})
    cause = entry.cause
    return [entry, dispatch(entry.case, REGISTER, lambda _: 0, cause=cause, at=NOON)]


def suggest(case: Case, *others: tuple[Case, float]) -> CaseEvent:
    """Return the entry that asks about pairs, each with a score."""
    rows: list[dict[str, Any]] = [
        {"case_id": str(other.case_id), "score": score, "barred": "", "match": {"bias": score}}
        for other, score in others
    ]
    return append_move(
        case,
        Move.SUGGEST,
        cause=case.recent[0],
        at=NOON,
        reason="疑似同案",
        data={**rows[0], "others": rows[1:]},
        suggested=tuple(other.case_id for other, _ in others),
    )


def test_each_pair_has_its_own_score_and_the_most_useful_answer_comes_first(store: Store) -> None:
    """The pair with the urgent case is worth more, though its probability is lower.

    After a person has kept a pair apart it is not shown.
    """
    likely, urgent, other, asking = (
        opened("a"),
        opened("b", Urgency.URGENT),
        opened("c"),
        opened("d"),
    )
    cases = [entries[-1].case for entries in (likely, urgent, other)]
    asked = suggest(
        asking[-1].case,
        *((case, score) for case, score in zip(cases, (0.9, 0.5, 0.3), strict=True)),
    )
    why = Cause(asked.cause, NOON, "值班员", "两处")
    entries = [*likely, *urgent, *other, *asking, asked]
    keep(store, CASES.name, *entries, *keep_apart(asked.case, cases[2], why))
    rows = [row["score"] for row in store.named(SUGGESTIONS, {"limit": 10})]
    assert rows == [0.5, 0.9]
    first = pair_of(store.named(PAIRS, {"limit": 1})[0])
    assert {first.older, first.newer} == {str(asked.case_id), str(cases[1].case_id)}
    assert "0.50" in first.table
