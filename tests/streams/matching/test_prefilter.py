"""The prefilter drops only cases that the full comparison would drop too."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher
from schemas.cases.case import Case, State
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from streams.case.state import Effects, PartitionState
from streams.matching.comparable_cases import MOST_COMPARED
from streams.matching.matcher import Matcher
from streams.matching.prefilter import FeatureRow, Filtered, Prefilter, RowNumbers
from streams.matching.weights import DEFAULT_WEIGHTS, Weights, WeightSet
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.town import LAMP, TOWN, event

SHIPPED = load_matcher(SHIPPED_MODELS)
ODD = Weights(
    version="odd",
    bias=-1.0,
    weights={
        "near": -2.0,
        "far": 1.0,
        "characters": -3.0,
        "words": 5.0,
        "trouble": -1.0,
        "same_leaf": -1.0,
        "other_leaf": 2.0,
        "other_trouble": 1.0,
        "days": 3.0,
        "marks": -2.0,
        "attachment": -1.0,
        "same_reporter": -1.0,
        "title": -2.0,
        "text": 4.0,
        "place": -1.0,
        "title_place": 3.0,
        "text_place": -3.0,
        "other_place": 1.5,
    },
    merge_at=0.6,
    suggest_at=0.7,
    by_words=WeightSet(
        -1.0, {"title": 3.0, "text": -1.0, "place": 2.0, "other_place": -4.0}, 0.8, 0.3
    ),
)
"""Weights with unusual signs, and a higher score for a suggestion than for a merge."""
MODELS = {
    "learnt": (SHIPPED.classifier, SHIPPED.weights),
    "default": (Matcher().classifier, DEFAULT_WEIGHTS),
    "odd": (SHIPPED.classifier, ODD),
    "all": (SHIPPED.classifier, Weights(0.0, {"characters": 1.0}, 0.9, 0.0, "all")),
}


class PassAll(Prefilter):
    """Drops nothing."""

    def filter(self, _: FeatureRow, rows: RowNumbers, __: RowNumbers) -> Filtered:
        """Return that each row may be similar, and that its grid permits a merge."""
        zeros = np.zeros(len(rows))
        return Filtered(np.arange(len(rows)), zeros, lambda: zeros)


@st.composite
def reports(draw: st.DrawFn) -> list[UnifiedEvent]:
    """Draw reports that vary in place, time and text."""
    texts = [
        LAMP,
        "楼下的路灯不亮，天黑看不见路",
        "垃圾好几天没人清运，臭得很",
        "噪音太大了睡不着觉",
        "灯",
    ]
    events = []
    for number in range(draw(st.integers(2, 9))):
        content = draw(st.sampled_from(texts)) + draw(st.sampled_from(["", "3号楼", "天隆超市"]))
        plain = event(
            str(number),
            channel=draw(st.sampled_from([Channel.HOTLINE_12345, Channel.OPEN311])),
            content=content,
            grid=draw(st.sampled_from(["G1", "G2", ""])),
            name=draw(st.sampled_from(["", "幸福小区", "人民东路"])),
            object_name=draw(st.sampled_from(["", "甲公司"])),
            minutes=draw(st.sampled_from([0, 5, 9_000, 20_160, 30_000])),
        )
        where = draw(st.sampled_from([None, (0.0, 0.0), (0.0005, 0.0), (0.0, 0.0018), (0.02, 0.0)]))
        lon, lat = (None, None) if where is None else (114.3 + where[0], 30.6 + where[1])
        reporter = plain.reporter.model_copy(update={"key": draw(st.sampled_from(["", "a", "b"]))})
        place = plain.place.model_copy(update={"lon": lon, "lat": lat})
        category = draw(
            st.sampled_from([plain.category, "", "sanitation.garbage", "other.unknown"])
        )
        events.append(
            plain.model_copy(update={"reporter": reporter, "place": place, "category": category})
        )
    return events


def decided(
    matcher: Matcher, events: Sequence[UnifiedEvent], after: Callable[[Case], object] = id
) -> list[Effects]:
    """Return the effects of events in one partition; `after` is called with each snapshot."""
    state, register, effects = PartitionState(), Register.of(TOWN, matcher), []
    for received in events:
        effects.append(step(state, received, register))
        state.apply(effects[-1])
        for entry in effects[-1].case_events:
            after(entry.case)
    return effects


@pytest.mark.parametrize("name", MODELS)
@given(events=reports())
@settings(max_examples=25, deadline=None)
def test_the_prefilter_changes_no_decision(name: str, events: list[UnifiedEvent]) -> None:
    """With any weights, the effects and their evidence are the same as without a prefilter."""
    classifier, weights = MODELS[name]
    unfiltered = Matcher(classifier, weights)
    object.__setattr__(unfiltered.cases, "prefilter", PassAll(weights))
    assert decided(Matcher(classifier, weights), events) == decided(unfiltered, events)


@pytest.mark.parametrize("name", MODELS)
@given(events=reports())
@settings(max_examples=25, deadline=None)
def test_the_cache_of_cases_changes_no_decision(name: str, events: list[UnifiedEvent]) -> None:
    """A matcher that follows each case and one that forgets each case decide the same."""
    classifier, weights = MODELS[name]
    following, forgetting = Matcher(classifier, weights), Matcher(classifier, weights)
    expected = decided(Matcher(classifier, weights), events)
    assert decided(following, events, following.cases.follow) == expected
    assert decided(forgetting, events, forgetting.cases.forget) == expected


@given(events=reports())
@settings(max_examples=15, deadline=None)
def test_packing_changes_no_decision(events: list[UnifiedEvent]) -> None:
    """A state that has one case as an object and packs all others decides as one that packs none.

    So a cache that knew the former object of a case knows it again after unpacking.
    """
    expected = decided(SHIPPED, events)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("streams.case.store.case_store.UNPACKED", 1)
        assert decided(Matcher(*MODELS["learnt"], SHIPPED.rarity), events) == expected


def test_settled_cases_and_former_snapshots_are_not_kept_in_memory() -> None:
    """The memory of a worker depends on its open cases, not on its past."""
    matcher, state = Matcher(*MODELS["learnt"]), PartitionState()
    cases = matcher.cases
    opened = step(state, event("a"), Register.of(TOWN, matcher)).case_events[-1].case
    past = ref(opened)
    cases.follow(opened)
    rows = len(cases.prefilter._numbers)
    opened = opened.model_copy(update={"state": State.ACCEPTED})
    assert past() is None
    cases.follow(opened)
    assert len(cases.prefilter._free) == rows - 1
    cases.follow(opened.model_copy(update={"state": State.RESOLVED}))
    assert len(cases.prefilter._free) == rows
    assert (cases._by_case, cases._by_snapshot, cases._reports) == ({}, {}, {})


def test_rows_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that was dropped from a full prefilter is added again in a free row."""
    monkeypatch.setattr("streams.matching.comparable_cases.PREFILTERED_CASES", 2)
    matcher = Matcher(*MODELS["learnt"])
    events = [event(str(n), content=f"{LAMP}第{n}天", grid="G1", minutes=n) for n in range(12)]
    assert len(decided(matcher, events)) == 12
    assert len(matcher.cases._by_case) <= 2
    assert len(matcher.cases.prefilter._free) >= len(matcher.cases.prefilter._numbers) - 2 * 32


def test_a_report_in_a_crowd_is_compared_with_the_most_alike_only() -> None:
    """Of fifty open cases of a kind in one grid, the one of the same building is compared."""
    register, state = Register.of(TOWN, SHIPPED), PartitionState()
    for number in range(50):
        report = event(f"q{number}", grid="G1", content=f"幸福小区{number + 1}号楼的电梯坏了三天")
        state.apply(step(state, report, register))
    again = event("again", grid="G1", content="幸福小区17号楼电梯坏了，三天没人修")
    read = register.matcher.read(again)
    compared = register.matcher.cases.prefiltered(read, list(state.cases.open()))
    assert len(compared) <= MOST_COMPARED
    assert any("17号楼" in case.content for case in compared)


def test_cases_of_other_grids_take_no_place_of_the_comparison() -> None:
    """Thirty cases of another grid, whose texts are alike, do not keep out the one of this grid."""
    register, state = Register.of(TOWN, SHIPPED), PartitionState()
    for number in range(30):
        text = f"人民东路{number + 1}号楼门口的路灯不亮，晚上出行不安全"
        state.apply(
            step(state, event(f"q{number}", grid="G2", name="人民东路", content=text), register)
        )
    state.apply(step(state, event("own", name="幸福小区"), register))
    again = event("again", name="幸福小区", content="小区门口路灯坏了，晚上出门不安全")
    cases = list(state.cases.open())
    compared = register.matcher.cases.prefiltered(register.matcher.read(again), cases)
    assert len(cases) > 2 * MOST_COMPARED
    assert [case.grid_code for case in compared] == ["G1"]


@pytest.mark.slow
def test_decisions_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    """A worker that is started again decides as the one before: Python draws a seed for each."""
    command = [sys.executable, "-m", "tests.streams.matching.seeded"]
    processes = [
        subprocess.Popen(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )
        for seed in ("1", "2")
    ]
    digests = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(digests[0]) == 64
    assert digests[0] == digests[1]
