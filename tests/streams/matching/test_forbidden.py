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
        or (not (place.grid_code and other_place.grid_code) and not same_name)
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


def test_eager_weights_do_merge() -> None:
    """The test above does not pass for lack of merges; the time window applies to them too."""
    state = PartitionState()
    late = event("late").model_copy(
        update={"received_at": event("a").received_at + timedelta(days=15)}
    )
    for report in (event("a"), event("b", content="别的"), late):
        state.apply(step(state, report, EAGER))
    assert sorted(len(case.reports) for case in state.cases.values()) == [1, 2]
