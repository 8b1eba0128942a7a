"""A subscriber that folds entries has the snapshot that the worker has."""

from operator import attrgetter

import pytest

from schemas.cases.case import Case, CaseEvent, Move
from schemas.cases.fold import LEFT_OUT, THIN_VERSION, fold, thin
from schemas.cloudevent import from_record
from schemas.topic import CASE_STATE, CASES
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event

REPORTS = 60
without_reports = attrgetter(*(name for name in Case.model_fields if name != "reports"))


def life() -> list[Effects]:
    """Return the steps of a case of many reports that is split, settled and reopened."""
    state, steps = PartitionState(), list[Effects]()
    events = [event(f"n{number}", minutes=number) for number in range(REPORTS)]
    for each in events:
        steps.append(step(state, each, REGISTER))
        state.apply(steps[-1])
    (case_id,) = state.cases
    gone = {"events": [str(events[number].event_id) for number in (1, 5, 20, REPORTS - 1)]}
    for move, more in (
        (Move.ACCEPT, {}),
        (Move.WHISTLE, {"data": {"kind": "general", "units": ["U-C"]}, "reason": "吹哨"}),
        (Move.SPLIT, {"data": gone, "reason": "两处"}),
        (Move.RESOLVE, {"reason": "修好了"}),
        (Move.FEED_BACK, {"data": {"event_id": str(events[0].event_id)}}),
        (Move.EVALUATE, {"data": {"settled": False}}),
    ):
        steps.append(ask(state, state.cases[case_id], move, **more))
        outcome = steps[-1].outcome
        assert outcome is not None
        assert outcome.accepted, outcome.refusal
    return steps


def test_folded_entries_give_every_snapshot() -> None:
    """After each entry all fields are those of the snapshot, and no report is missing."""
    steps = life()
    whole = {e.case_event_id: e for effects in steps for e in effects.case_events}
    folded: dict[object, Case] = {}
    seen = 0
    for record in RecordBatch.of(steps).entries:
        if record.topic != CASES.name:
            continue
        entry = from_record(CaseEvent, record.value)
        expected = whole[entry.case_event_id].case
        folded[entry.case_id] = fold(folded.get(entry.case_id), entry)
        assert without_reports(folded[entry.case_id]) == without_reports(expected)
        assert set(expected.reports) <= set(folded[entry.case_id].reports)
        seen += bool(entry.kept)
    assert seen > REPORTS


def test_the_first_and_the_last_entry_of_a_batch_have_the_whole_snapshot() -> None:
    """The store and a new subscriber need no earlier entry of the batch."""
    records = RecordBatch.of(life())
    snapshots = {
        case.case_id: case
        for case in (
            from_record(Case, each.value)
            for each in records.snapshots
            if each.topic == CASE_STATE.name
        )
    }
    by_case: dict[object, list[CaseEvent]] = {}
    for record in records.entries:
        if record.topic == CASES.name:
            entry = from_record(CaseEvent, record.value)
            by_case.setdefault(entry.case_id, []).append(entry)
    assert by_case.keys() == snapshots.keys()
    for case_id, entries in by_case.items():
        assert not entries[0].kept
        assert not entries[-1].kept
        assert entries[-1].case == snapshots[case_id]  # type: ignore[index]
        assert {entry.schema_version for entry in entries if entry.kept} <= {THIN_VERSION}


def test_a_thin_entry_has_the_new_report_and_no_other() -> None:
    """Its size does not grow with the reports, or with the text of the case."""
    entries = [entry for effects in life() for entry in effects.case_events]
    joins = [entry for entry in entries if entry.move is Move.JOIN]
    former, entry = joins[-2].case, joins[-1]
    lean = thin(entry, former)
    assert [report.event_id for report in lean.case.reports] == [entry.cause]
    assert set(lean.kept) == set(LEFT_OUT) - {"recent"}
    assert lean.case.content == ""
    assert (lean.case.title, lean.case.due_at) == (entry.case.title, entry.case.due_at)
    unpacked = from_record(Case, former.model_dump_json().encode())
    assert thin(entry, unpacked) == lean, "reports are compared by value, not by identity"


def test_a_subscriber_that_missed_the_beginning_is_refused() -> None:
    """An entry that leaves fields out cannot be the first."""
    entries = [entry for effects in life() for entry in effects.case_events]
    lean = thin(entries[3], entries[2].case)
    with pytest.raises(ValueError, match="are missing"):
        fold(None, lean)
