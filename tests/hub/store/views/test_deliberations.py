"""The views of deliberations: they agree with the fold of the same records."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.deliberations.changes import answer, link, object_to, register, withdraw
from hub.deliberations.steps import call_meeting, decide, finish
from hub.numbered.change import Change
from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.case import State
from schemas.deliberation.fold import Deliberation
from schemas.deliberation.record import DeliberationRecord, Result
from schemas.deliberation.topic import STEPS, DeliberationDetails, Step
from schemas.topic import CASES, DELIBERATIONS
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event
from tests.hub.deliberations.built import (
    DETAILS,
    PAPERS,
    advanced,
    call,
    change,
    decision,
    folded,
)

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(BEIJING).date()
CASE, OTHER = UUID(int=1), UUID(int=2)


def named(number: str) -> DeliberationDetails:
    """Return the details of another topic of the same village, of a case."""
    title = f"议题{number}"
    return DETAILS.model_copy(update={"number": number, "title": title, "cases": (CASE,)})


def waiting(number: str, since: int, due: int) -> list[DeliberationRecord]:
    """Return a topic that was put on the agenda days ago, and is due in some days."""
    day = TODAY + timedelta(days=due)
    return [register(named(number), "小周", NOW - timedelta(days=since), due=day)]


def lives() -> list[list[DeliberationRecord]]:
    """Return deliberations at every step, and some that went back or ended."""
    all_steps = [advanced(step, named(f"at {step}")) for step in STEPS]
    done = advanced(Step.CARRYING_OUT, named("done"))
    done.append(finish(folded(done), change(done, 20), "26个车位已划线启用"))
    postponed = advanced(Step.MEETING, named("postponed"))
    by = change(postponed)
    vote = decision(by, (10, 0, 0), Result.POSTPONED)
    postponed.append(decide(folded(postponed), by, vote, note="再征求意见", papers=PAPERS))
    called_again = [record.model_copy() for record in advanced(Step.MEETING, named("again"))]
    by = change(called_again)
    vote = decision(by, (10, 0, 0), Result.POSTPONED)
    called_again.append(decide(folded(called_again), by, vote, note="到会人数不足", papers=PAPERS))
    by = change(called_again)
    called_again.append(call_meeting(folded(called_again), by, call(by, entitled=41)))
    upheld = advanced(Step.PUBLICATION, named("upheld"))
    upheld.append(object_to(folded(upheld), change(upheld), "通知没有送到二组"))
    seq = upheld[-1].seq
    upheld.append(answer(folded(upheld), change(upheld), seq, "属实，重开", upheld=True))
    taken_back = advanced(Step.CALL, named("withdrawn"))
    taken_back.append(withdraw(folded(taken_back), change(taken_back), "已经由物业解决"))
    linked = advanced(Step.PUBLICATION, named("linked"))
    linked.append(link(folded(linked), change(linked), case_id=OTHER))
    linked.append(link(folded(linked), change(linked), project="7K3M9P2QX4"))
    linked.append(object_to(folded(linked), change(linked, 0.1), "车位太少，不够用"))
    return [*all_steps, done, postponed, called_again, upheld, taken_back, linked]


def fill(store: Store) -> dict[str, Deliberation]:
    """Store the deliberations, some records twice; return them by code."""
    stored = lives()
    for records in stored:
        keep(store, DELIBERATIONS.name, *records)
    keep(store, DELIBERATIONS.name, *stored[-1])
    # A later record with a number that is taken does not count.
    first = stored[0]
    by = change(first, 2)
    faster = withdraw(folded(first), by, "已经由物业解决")
    slower = withdraw(
        folded(first), Change("小王", by.at + timedelta(hours=1), by.seen), "重复登记"
    )
    keep(store, DELIBERATIONS.name, slower, faster)
    first += [slower, faster]
    return {records[0].code: folded(records) for records in stored}


def test_a_view_and_the_fold_agree_on_every_deliberation(store: Store) -> None:
    """State, step, day, meeting, votes, publication, objections and links are the same in both."""
    deliberations = fill(store)
    rows = {row["code"]: row for row in store.named("SELECT * FROM deliberations")}
    assert rows.keys() == deliberations.keys()
    for code, item in deliberations.items():
        row = rows[code]
        assert (row["state"], row["step"]) == (item.state, item.present.step)
        assert (row["due"], row["days_late"]) == (item.present.due, item.days_late(NOW))
        came, voted, shown = item.attendance, item.decision, item.publication
        assert row["meeting_kind"] == (item.call.kind if item.call else "")
        assert row["attended"] == (came.attended if came else 0)
        assert row["result"] == (item.result or "")
        assert row["resolution"] == (voted.text if voted else "")
        assert row["in_favour"] == (voted.votes.in_favour if voted else 0)
        assert row["decided_on"] == (voted.decided_on if voted else None)
        assert row["published_until"] == (shown.until if shown else None)
        assert (row["objections"], row["unanswered"]) == (
            len(item.objections),
            len(item.unanswered),
        )
        assert row["project"] == item.project
        assert set(row["cases"]) == set(item.cases)
        assert row["carried_by"] == item.carried_by


def test_supervision_rises_with_the_days(store: Store) -> None:
    """Yellow when four fifths of the time are over, red after the day, up after a week more."""
    for number, since, due in (("quiet", 1, 9), ("yellow", 9, 1), ("red", 20, -3), ("up", 30, -8)):
        keep(store, DELIBERATIONS.name, *waiting(number, since, due))
    rows = dict(store.rows("SELECT number, supervision FROM deliberations"))
    assert rows == {"quiet": "", "yellow": "yellow", "red": "red", "up": "up"}
    late = "SELECT title, days_late FROM deliberation_steps_overdue ORDER BY days_late"
    assert store.rows(late) == [("议题red", 3), ("议题up", 8)]


def test_each_step_has_its_time(store: Store) -> None:
    """A topic that began again is there twice; a withdrawn deliberation has no present step."""
    fill(store)
    steps = "SELECT step, is_present FROM deliberation_steps WHERE title = {title:String}"
    rows = [
        tuple(row.values())
        for row in store.named(f"{steps} ORDER BY entered_at", {"title": "议题upheld"})
    ]
    assert [step for step, _ in rows] == [*STEPS[:5], Step.TOPIC]
    assert [present for _, present in rows] == [0, 0, 0, 0, 0, 1]
    ended = store.named(steps, {"title": "议题withdrawn"})
    assert {row["is_present"] for row in ended} == {0}


def test_a_case_leads_to_its_deliberations(store: Store) -> None:
    """Those that it was put on the agenda with, and those that it was linked to later."""
    deliberations = fill(store)
    rows = store.rows(f"SELECT code FROM deliberation_cases WHERE case_id = '{OTHER}'")
    (linked,) = [code for code, item in deliberations.items() if OTHER in item.cases]
    assert rows == [(linked,)]
    every = store.rows(f"SELECT count() FROM deliberation_cases WHERE case_id = '{CASE}'")
    assert every == [(len(deliberations),)]


def test_a_township_is_counted_without_what_was_withdrawn(store: Store) -> None:
    """Adopted, rejected, finished, and the objections of all."""
    deliberations = fill(store)
    (row,) = store.named("SELECT * FROM deliberations_by_township")
    counted = [item for item in deliberations.values() if item.state != "withdrawn"]
    assert row["township"] == "421299001"
    assert row["deliberations"] == len(counted)
    assert row["adopted"] == sum(item.result is Result.ADOPTED for item in counted)
    assert row["finished"] == 1
    assert row["objections"] == sum(len(item.objections) for item in counted)


def test_a_case_that_was_merged_counts_as_the_one_that_took_it(store: Store) -> None:
    """Its citizens and its staff look at that one."""
    case, *_ = receive.step(PartitionState(), event("r1"), REGISTER).case_events
    merged = case.model_copy(
        update={
            "case": case.case.model_copy(update={"merged_into": OTHER, "state": State.MERGED}),
            "seq": case.seq + 1,
        }
    )
    keep(store, CASES.name, merged)
    details = DETAILS.model_copy(update={"cases": (merged.case_id, CASE)})
    keep(store, DELIBERATIONS.name, *advanced(Step.CALL, details))
    rows = store.rows("SELECT case_id FROM deliberation_cases ORDER BY case_id")
    assert rows == [(CASE,), (OTHER,)]
