"""Rules forbid some merges, with any weights and in any order of the reports."""

import random
from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from streams.case.state import PartitionState
from streams.matching.matcher import Matcher
from streams.matching.weights import Weights
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.town import LAMP, TOWN, event

EAGER = Register.of(
    TOWN, Matcher(weights=Weights(9.0, {}, merge_at=0.5, suggest_at=0.1, version="eager"))
)
"""Merges everything that no rule forbids."""


@st.composite
def reports(draw: st.DrawFn) -> list[UnifiedEvent]:
    """Draw reports that differ in every field that a rule checks."""
    count = draw(st.integers(2, 8))
    return [
        event(
            str(number),
            channel=draw(st.sampled_from([Channel.HOTLINE_12345, Channel.OPEN311])),
            content=LAMP
            + draw(st.sampled_from(["", "3号楼", "五栋", "5号楼", "12路", "天隆超市"])),
            grid=draw(st.sampled_from(["G1", "G2", ""])),
            name=draw(st.sampled_from(["", "幸福小区", "人民东路"])),
            confidential=draw(st.booleans()),
            object_name=draw(st.sampled_from(["", "甲公司", "乙公司"])),
            object_is_person=draw(st.booleans()),
            minutes=draw(st.sampled_from([0, 5, 30_000])),
        )
        for number in range(count)
    ]


def must_stay_apart(first: UnifiedEvent, other: UnifiedEvent) -> bool:
    """Whether a rule of the domain forbids an automatic merge of the two, coded independently."""
    place, other_place = first.place, other.place
    grids = bool(
        place.grid_code and other_place.grid_code and place.grid_code != other_place.grid_code
    )
    same_name = bool(place.name) and place.name == other_place.name
    names = bool(place.name and other_place.name and place.name != other_place.name)
    buildings = {"3号楼": 3, "五栋": 5, "5号楼": 5}
    numbers = {
        number
        for report in (first, other)
        for spelling, number in buildings.items()
        if report.content.endswith(spelling)
    }
    objects = bool(
        first.object_name and other.object_name and first.object_name != other.object_name
    )
    return (
        first.confidential
        or other.confidential
        or first.object_is_person != other.object_is_person
        or objects
        or names
        or (grids and not same_name)
        or len(numbers) == 2
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(reports(), st.randoms(use_true_random=False))
def test_no_case_has_two_reports_that_a_rule_keeps_apart(
    events: list[UnifiedEvent], chance: random.Random
) -> None:
    """A third report that fits both does not join them, even with weights that merge eagerly."""
    chance.shuffle(events)
    state = PartitionState()
    for report in events:
        state.apply(step(state, report, EAGER))
    by_id = {report.event_id: report for report in events}
    for case in state.cases.values():
        members = [by_id[report.event_id] for report in case.reports]
        for first, other in combinations(members, 2):
            assert not must_stay_apart(first, other), (first, other)


def cases_of(*reports: UnifiedEvent) -> list[int]:
    """Return the numbers of reports of the cases that eager weights make of reports."""
    state = PartitionState()
    for report in reports:
        state.apply(step(state, report, EAGER))
    return sorted(len(case.reports) for case in state.cases.values())


def later(report: UnifiedEvent, days: int) -> UnifiedEvent:
    """Return a report that was received later."""
    return report.model_copy(update={"received_at": report.received_at + timedelta(days=days)})


def by(report: UnifiedEvent, reporter: str) -> UnifiedEvent:
    """Return a report of another citizen."""
    return report.model_copy(
        update={"reporter": report.reporter.model_copy(update={"key": reporter})}
    )


def test_eager_weights_do_merge() -> None:
    """The test above does not pass for lack of merges."""
    assert cases_of(event("a"), event("b", content="别的")) == [2]


def test_reports_far_apart_in_time_are_merged_only_if_they_say_the_same() -> None:
    """After more than 14 days most words must be common, or it is another occurrence."""
    assert cases_of(event("a"), later(event("b"), 15)) == [2]
    assert cases_of(event("a"), later(event("b", content="垃圾堆到了门口"), 15)) == [1, 1]


def test_without_a_settled_place_the_words_must_name_a_common_one() -> None:
    """A copied text that names no place joins nothing, unless one citizen wrote it twice."""
    copied = "楼下的路灯不亮，天黑看不见路"
    nowhere = [event(number, content=copied, grid="", name="") for number in "ab"]
    first, second = (by(report, report.native_id) for report in nowhere)
    assert cases_of(first, second) == [1, 1]
    assert cases_of(first, by(second, "a")) == [2]
    named = [
        by(event(number, content=f"新里程公寓{copied}", grid="", name=""), number)
        for number in "ab"
    ]
    assert cases_of(*named) == [2]


def test_a_place_that_is_named_by_the_way_is_for_a_person_to_judge() -> None:
    """Of two settled places of which one text names both, a machine merges nothing."""
    both = event("a", content=f"{LAMP}，就在人民东路旁边", grid="G1", name="幸福小区")
    other = event("b", content=LAMP, grid="G2", name="人民东路")
    state = PartitionState()
    for report in (both, other):
        effects = step(state, report, EAGER)
        state.apply(effects)
    assert len(state.cases) == 2
