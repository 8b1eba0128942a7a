"""A case that very many people report costs no more than another one, and loses no report."""

from collections.abc import Iterator

import pytest

from hub.worker.restore import StateRestorer
from schemas.cases.case import Case, Move, State
from schemas.cases.feedback import Feedback
from schemas.channel import Channel
from schemas.cloudevent import Record, from_record
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from schemas.topic import CASE_REPORTS, CASE_STATE, CASES, DISPOSITIONS, FEEDBACK
from streams.case.notices import feedback_of
from streams.case.reports.sample import LAST
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.commands import ask
from tests.builders.town import REGISTER, event

NUMBER = 3 * LAST


class Town:
    """A partition with one large case, and all its records."""

    def __init__(self, number: int = NUMBER) -> None:
        self.state, self.records = PartitionState(), list[Record]()
        self.events = [event(f"n{i}", minutes=i, reporter=f"p{i}") for i in range(number)]
        for each in self.events:
            self.receive(each)

    def receive(self, report: UnifiedEvent) -> Effects:
        """Step one event."""
        effects = step(self.state, report, REGISTER)
        self.take(effects)
        return effects

    def take(self, effects: Effects) -> None:
        """Apply the effects, and publish them."""
        self.state.apply(effects)
        self.records += RecordBatch.of([effects])

    def order(self, case: Case, move: Move, **more: object) -> Effects:
        """Give a command that must be accepted."""
        effects = ask(self.state, case, move, **more)
        self.records += RecordBatch.of([effects])
        assert effects.outcome is not None
        assert effects.outcome.accepted, effects.outcome.refusal
        return effects

    def case(self) -> Case:
        """Return the oldest case that is not merged."""
        cases = (case for case in self.state.cases.values() if case.state is not State.MERGED)
        return min(cases, key=lambda case: case.opened_at)

    def members(self, case: Case) -> list[str]:
        """Return the native ids of all reports of a case, listed or filed."""
        filed = (each.report for each in self.state.filed.of(case.case_id))
        return sorted(report.native_id for report in (*case.reports, *filed))

    def restored(self) -> PartitionState:
        """Return the state of a worker that reads the topics."""
        restorer = StateRestorer()
        for topic in (CASE_STATE, CASE_REPORTS, DISPOSITIONS):
            restorer.read(topic.name, [each for each in self.records if each.topic == topic.name])
        return restorer.state()


def names(numbers: Iterator[int] | range) -> list[str]:
    """Return native ids in order."""
    return sorted(f"n{number}" for number in numbers)


def test_the_snapshot_of_a_large_case_is_bounded() -> None:
    """Its size does not grow after the first reports, and every report is listed or filed."""
    few, many = Town(2 * LAST), Town(4 * LAST)
    assert len(many.case().reports) == len(few.case().reports)
    assert many.members(many.case()) == names(range(4 * LAST))
    assert many.case().report_count == 4 * LAST


def test_an_ordinary_case_files_no_report() -> None:
    """Its snapshot lists all reports, as it always did."""
    town = Town(LAST + 1)
    assert town.case().filed == 0
    assert not [each for each in town.records if each.topic == CASE_REPORTS.name]


def test_a_restored_worker_knows_every_filed_report() -> None:
    """A reminder finds its case, and a person who reported before is recognised."""
    town = Town()
    fresh = town.restored()
    assert fresh.by_native == town.state.by_native
    case = town.case()
    assert fresh.cases[case.case_id] == case
    (reporter,) = {each.reporter.key for each in town.events if each.native_id == "n5"}
    assert fresh.is_reporter(case, reporter)
    assert not fresh.is_reporter(case, "nobody")


def test_a_reminder_of_a_filed_report_counts_for_it() -> None:
    """The filed report has one more 催办, and so has the case."""
    town = Town()
    town.receive(event("r1", kind=Kind.FOLLOW_UP, parent="n5", minutes=500))
    filed = town.state.filed.by_native(town.case().case_id, Channel.HOTLINE_12345, "n5")
    assert filed is not None
    assert (filed.report.follow_ups, town.case().follow_ups) == (1, 1)


def test_a_late_urgent_report_decides_the_deadline_for_good() -> None:
    """The earliest report of each urgency stays listed, however many follow."""
    town = Town(2)
    town.receive(event("u", minutes=3, urgency=Urgency.URGENT))
    due = town.case().due_at
    for number in range(NUMBER):
        town.receive(event(f"m{number}", minutes=4 + number))
    assert (town.case().urgency, town.case().due_at) == (Urgency.URGENT, due)


def test_filed_reports_are_split_off_and_merged_again() -> None:
    """A split moves filed reports too, a merge brings them back, and a restart changes nothing."""
    town = Town()
    case = town.case()
    ids = [str(each.event_id) for each in town.events[:NUMBER]]
    town.order(case, Move.SPLIT, reason="两处", data={"events": [*ids[3:8], *ids[30:40]]})
    rest = town.state.cases[case.case_id]
    (new,) = (each for each in town.state.cases.values() if each.case_id != case.case_id)
    moved = [*range(3, 8), *range(30, 40)]
    assert town.members(new) == names(iter(moved))
    assert town.members(rest) == names(number for number in range(NUMBER) if number not in moved)
    assert town.restored().by_native == town.state.by_native
    town.order(new, Move.MERGE, reason="同一处", data={"case": str(case.case_id)})
    merged = town.state.cases[new.case_id]
    assert merged.report_count == NUMBER
    assert town.members(merged) == names(range(NUMBER))
    assert town.restored().by_native == town.state.by_native
    assert len(town.restored().filed) == merged.filed


def test_the_first_report_may_leave_a_large_case() -> None:
    """Then the case shows the text of the oldest report that remains."""
    town = Town()
    case = town.case()
    first = str(town.events[0].event_id)
    town.order(case, Move.SPLIT, reason="两处", data={"events": [first]})
    rest = town.state.cases[case.case_id]
    assert rest.reports[0].native_id == "n1"
    assert town.members(rest) == names(range(1, NUMBER))


def test_every_reporter_of_a_large_case_gets_the_answer() -> None:
    """The listed reports have feedback of their own, the filed ones one record together."""
    town = Town()
    case_id = town.case().case_id
    town.order(town.case(), Move.ACCEPT)
    effects = town.order(town.case(), Move.RESOLVE, reason="修好了")
    (notice,) = effects.to_many
    filed = [each.report for each in town.state.filed.of(case_id)]
    assert notice.recipients == len(filed)
    feedback = [*effects.feedback, *(feedback_of(notice, report) for report in filed)]
    assert {each.native_id for each in feedback} == {each.native_id for each in town.events}
    assert {each.text for each in feedback} == {notice.text}
    assert len({each.feedback_id for each in feedback}) == NUMBER


def test_a_large_case_may_close_once_every_channel_has_the_answer() -> None:
    """Commands name many reports at once; the time to close is set by the last."""
    town = Town()
    town.order(town.case(), Move.ACCEPT)
    town.order(town.case(), Move.RESOLVE, reason="修好了")
    ids = [str(each.event_id) for each in town.events]
    for part in (ids[:20], ids[20:40], ids[20:40], ids[40:-1]):
        town.order(town.case(), Move.FEED_BACK, data={"event_ids": part})
        assert town.case().closes_at is None
    town.order(town.case(), Move.FEED_BACK, data={"event_id": ids[-1]})
    assert town.case().closes_at is not None


def test_a_snapshot_of_the_former_version_files_its_reports_at_its_first_change() -> None:
    """It lists all reports; none is lost, and the worker knows them after a restart."""
    town = Town()
    case = town.case()
    filed = tuple(each.report for each in town.state.filed.of(case.case_id))
    old = case.model_copy(
        update={"reports": (*case.reports[:1], *filed, *case.reports[1:]), "filed": 0}
    )
    state = PartitionState()
    state.put(old)
    effects = step(state, event("new", minutes=500), REGISTER)
    state.apply(effects)
    town.state, town.records = state, list(RecordBatch.of([effects]))
    assert town.members(town.case()) == sorted([*names(range(NUMBER)), "new"])
    assert len(town.case().reports) < 2 * LAST
    assert town.restored().by_native == state.by_native


def test_a_batch_has_one_snapshot_of_each_case() -> None:
    """Many reports of one case in a batch: every entry, and the last snapshot."""
    state, steps = PartitionState(), list[Effects]()
    for number in range(5):
        steps.append(step(state, event(f"n{number}", minutes=number), REGISTER))
        state.apply(steps[-1])
    records = list(RecordBatch.of(steps))
    snapshots = [each for each in records if each.topic == CASE_STATE.name]
    (case,) = state.cases.values()
    assert [from_record(Case, each.value) for each in snapshots] == [case]
    assert len([each for each in records if each.topic == CASES.name]) == case.seq


@pytest.mark.parametrize("after", range(0, 400, 13))
def test_a_worker_killed_after_any_record_of_a_large_case_loses_nothing(after: int) -> None:
    """The next worker repeats the batch: the same reports, entries and feedback come out."""

    def sent(state: PartitionState) -> list[Record]:
        steps = []
        for each in events:
            steps.append(step(state, each, REGISTER))
            state.apply(steps[-1])
        return list(RecordBatch.of(steps))

    before = Town(LAST + 1)
    events = [event(f"m{number}", minutes=100 + number) for number in range(LAST)]
    whole = sent(before.restored())
    before.records += whole[: min(after, len(whole))]
    again = before.restored()
    before.records += sent(again)
    last = before.restored()
    assert last.by_native == again.by_native
    assert len(last.by_native) == 2 * LAST + 1
    feedback = {
        from_record(Feedback, each.value).feedback_id
        for each in before.records
        if each.topic == FEEDBACK.name
    }
    assert {
        from_record(Feedback, each.value).feedback_id
        for each in whole
        if each.topic == FEEDBACK.name
    } <= feedback
    (case,) = last.cases.values()
    assert case.report_count == 2 * LAST + 1
