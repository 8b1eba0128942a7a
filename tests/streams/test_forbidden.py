"""What a machine never merges, whatever is said and in whatever order."""

import random
from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.channel import Channel
from schemas.event import UnifiedEvent
from streams.case.state import PartitionState
from streams.matching.judge import Judge, Weights
from streams.steps.event import step
from streams.town.register import Register
from tests.streams.town import LAMP, TOWN, event

EAGER = Register.of(TOWN, Judge(weights=Weights("eager", 9.0, {}, merge_at=0.5, suggest_at=0.1)))
"""Merges all that no rule forbids."""


@st.composite
def reports(draw: st.DrawFn) -> list[UnifiedEvent]:
    """Draw reports that differ in all that a rule looks at."""
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


def told_apart(one: UnifiedEvent, other: UnifiedEvent) -> bool:
    """Whether a rule of the domain forbids a machine to merge the two, said once more."""
    here, there = one.place, other.place
    grids = bool(here.grid_code and there.grid_code and here.grid_code != there.grid_code)
    same_name = bool(here.name) and here.name == there.name
    names = bool(here.name and there.name and here.name != there.name)
    buildings = {"3号楼": 3, "五栋": 5, "5号楼": 5}
    numbers = [n for e in (one, other) for told, n in buildings.items() if e.content.endswith(told)]
    objects = bool(one.object_name and other.object_name and one.object_name != other.object_name)
    return (
        one.confidential
        or other.confidential
        or one.object_is_person != other.object_is_person
        or objects
        or names
        or (grids and not same_name)
        or (not (here.grid_code and there.grid_code) and not same_name)
        or len(set(numbers)) == 2
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(reports(), st.randoms(use_true_random=False))
def test_no_case_holds_two_reports_that_a_rule_keeps_apart(
    told: list[UnifiedEvent], chance: random.Random
) -> None:
    """Not even through a third report that fits both, and a judge that would merge anything."""
    chance.shuffle(told)
    state = PartitionState()
    for one in told:
        state.apply(step(state, one, EAGER))
    by_id = {one.event_id: one for one in told}
    for case in state.cases.values():
        members = [by_id[report.event_id] for report in case.reports]
        for one, other in combinations(members, 2):
            assert not told_apart(one, other), (one, other)


def test_the_eager_judge_does_merge() -> None:
    """So that the test above does not pass for want of merges; the window holds for it too."""
    state = PartitionState()
    late = event("late").model_copy(
        update={"received_at": event("a").received_at + timedelta(days=15)}
    )
    for one in (event("a"), event("b", content="别的"), late):
        state.apply(step(state, one, EAGER))
    assert sorted(len(case.reports) for case in state.cases.values()) == [1, 2]
