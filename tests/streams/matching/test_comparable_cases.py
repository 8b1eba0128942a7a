"""What is cached of a case is made anew only as far as the case has changed."""

from streams.case.state import PartitionState
from streams.matching.matcher import Matcher
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.town import LAMP, TOWN, event


def test_a_report_that_joins_leaves_the_other_reports_as_they_are() -> None:
    """The other reports of the case keep their comparable form and their row."""
    register, state = Register.of(TOWN, Matcher()), PartitionState()
    texts = [LAMP, f"{LAMP}。", f"{LAMP}！请修"]
    cases = []
    for number, text in enumerate(texts):
        effects = step(state, event(str(number), content=text, minutes=number), register)
        state.apply(effects)
        cases.append(effects.case_events[-1].case)
    assert [len(case.reports) for case in cases] == [1, 2, 3]
    cached = Matcher().cases
    cached.follow(cases[1])
    before, rows = cached.reports_of(cases[1]), cached._by_case[cases[1].case_id].rows
    cached.follow(cases[2])
    after = cached.reports_of(cases[2])
    assert [former is report for former, report in zip(before, after, strict=False)] == [True] * 2
    assert cached._by_case[cases[2].case_id].rows[:2] == rows
    assert [event_id for _, event_id in after] == [report.event_id for report in cases[2].reports]


def test_another_past_of_the_same_case_changes_no_comparison() -> None:
    """A matcher that knows a case from another state reads its first report again."""
    matcher = Matcher()
    register = Register.of(TOWN, matcher)

    def compared(minutes: int) -> list[object]:
        state = PartitionState()
        state.apply(step(state, event("n1", minutes=minutes), register))
        (case,) = state.cases.values()
        return [report.at for report, _ in matcher.cases.reports_of(case)]

    assert compared(0) == [event("n1").received_at]
    assert compared(90) == [event("n1", minutes=90).received_at]
