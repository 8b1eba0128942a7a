"""Feedback to the filed reports of a large case reaches each of them once."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from hub.feedback import to_many
from hub.feedback.to_many import ToMany
from hub.recovery.republish import WORKER_REPORTS
from hub.settings import Settings
from hub.store.client import Store
from schemas.cases.case import Move
from schemas.cases.feedback import Feedback
from schemas.cloudevent import Record, from_record
from schemas.reports.fact import Urgency
from schemas.topic import CASE_REPORTS, CASES, FEEDBACK, FEEDBACK_TO_MANY
from streams.case.reports.sample import LAST
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event

NUMBER = 3 * LAST
LATELY = int((datetime.now(UTC) - NOON) / timedelta(minutes=1)) - 1000
"""Minutes after which the reports are not too old to be recovered."""


class Sent:
    """A sender that keeps its records."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send_all(self, records: Sequence[Record]) -> None:
        """Keep the records."""
        self.records += records

    def feedback(self) -> list[Feedback]:
        """Return the feedback that was sent."""
        assert {record.topic for record in self.records} <= {FEEDBACK.name}
        return [from_record(Feedback, record.value) for record in self.records]


def stored(store: Store) -> tuple[PartitionState, Effects]:
    """Store a large case as the sink does; return the state, and the effects of its settlement."""
    state = PartitionState()
    received = []
    for number in range(NUMBER):
        received.append(step(state, event(f"n{number}", minutes=LATELY + number), REGISTER))
        state.apply(received[-1])
    (case_id,) = state.cases
    accepted = ask(state, state.cases[case_id], Move.ACCEPT)
    settled = ask(state, state.cases[case_id], Move.RESOLVE, reason="修好了")
    keep_effects(store, *received, accepted, settled)
    return state, settled


def keep_effects(store: Store, *some: Effects) -> None:
    """Store entries, filed reports and feedback, each topic in one insert."""
    entries = [entry for effects in some for entry in effects.case_events]
    for topic, bodies in (
        (CASES, entries),
        (CASE_REPORTS, [each for entry in entries for each in entry.filed]),
        (FEEDBACK, [each for effects in some for each in effects.feedback]),
        (FEEDBACK_TO_MANY, [each for effects in some for each in effects.to_many]),
    ):
        if bodies:
            keep(store, topic.name, *bodies)


def test_each_filed_report_gets_the_text_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes out in pages; a second run repeats the ids, and a later report has none."""
    monkeypatch.setattr(to_many, "NEXT_PAGE", to_many.NEXT_PAGE.replace("LIMIT 500", "LIMIT 10"))
    state, settled = stored(store)
    (notice,) = settled.to_many
    (case_id,) = state.cases
    filed = {each.report.event_id for each in state.filed.of(case_id)}
    keep_effects(
        store, step(state, event("later", minutes=LATELY + 900, urgency=Urgency.URGENT), REGISTER)
    )
    sent, value = Sent(), FEEDBACK_TO_MANY.record(notice).value
    publisher = ToMany(Settings(), sent, store.named)
    for _ in range(2):
        publisher.publish(value, threading.Event())
    feedback = sent.feedback()
    assert len(feedback) == 2 * len(filed)
    assert {each.event_id for each in feedback} == filed
    assert len({each.feedback_id for each in feedback}) == len(filed)
    assert {(each.text, each.move) for each in feedback} == {(notice.text, Move.RESOLVE)}


def test_feedback_that_the_broker_lost_is_published_from_the_store(store: Store) -> None:
    """The store has the record, but not the feedback of each report: it is published once."""
    state, _ = stored(store)
    sent = Sent()
    publisher = ToMany(Settings(), sent, store.named)
    publisher.recover(threading.Event())
    feedback = sent.feedback()
    (case_id,) = state.cases
    moves = {each.move for each in feedback}
    assert moves == {Move.ACCEPT, Move.RESOLVE}
    assert len(feedback) == len(moves) * state.cases[case_id].filed
    keep(store, FEEDBACK.name, *feedback)
    again = Sent()
    ToMany(Settings(), again, store.named).recover(threading.Event())
    assert again.records == []


def test_the_filed_reports_of_open_cases_are_republished(store: Store) -> None:
    """A worker that restores from a new broker knows them."""
    state, _ = stored(store)
    (case,) = state.cases.values()
    rows = store.rows(WORKER_REPORTS)
    assert len(rows) == case.filed
    assert {route for _, route in rows} == {case.route}
