"""Sifting shows what comparing everything would have shown: it only saves the work."""

from collections.abc import Callable, Sequence
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.settings import SHIPPED_MODELS
from hub.town.models import load_judge
from schemas.case import Case, State
from schemas.channel import Channel
from schemas.event import UnifiedEvent
from streams.case.state import Effects, PartitionState
from streams.matching.judge import DEFAULT_WEIGHTS, Judge, Weights
from streams.matching.prefilter import Flags, Rows, Sieve, Trace
from streams.steps.event import step
from streams.town.register import Register
from tests.streams.town import LAMP, TOWN, event

SHIPPED = load_judge(SHIPPED_MODELS)
ODD = Weights(
    "odd", -1.0, {"near": -2.0, "far": 1.0, "characters": -3.0, "words": 5.0, "trouble": -1.0,
                  "same_leaf": -1.0, "other_leaf": 2.0, "other_trouble": 1.0, "days": 3.0,
                  "marks": -2.0, "attachment": -1.0, "same_reporter": -1.0}, 0.6, 0.7,
)  # fmt: skip
"""Signs that nothing learnt would have, and more asked for a suggestion than for a merge."""
JUDGES = {
    "learnt": (SHIPPED.senses, SHIPPED.weights),
    "default": (Judge().senses, DEFAULT_WEIGHTS),
    "odd": (SHIPPED.senses, ODD),
    "all": (SHIPPED.senses, Weights("all", 0.0, {"characters": 1.0}, 0.9, 0.0)),
}


class Coarse(Sieve):
    """Lets everything through."""

    def sift(self, _: Trace, rows: Rows) -> tuple[Flags, Flags]:
        """Return that each may be the like."""
        every = np.ones(len(rows), dtype=np.bool_)
        return every, every


@st.composite
def reports(draw: st.DrawFn) -> list[UnifiedEvent]:
    """Draw reports near each other and far, early and late, in the same words and in others."""
    texts = [
        LAMP,
        "楼下的路灯不亮，天黑看不见路",
        "垃圾好几天没人清运，臭得很",
        "噪音太大了睡不着觉",
        "灯",
    ]
    made = []
    for number in range(draw(st.integers(2, 9))):
        content = draw(st.sampled_from(texts)) + draw(st.sampled_from(["", "3号楼", "天隆超市"]))
        one = event(
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
        reporter = one.reporter.model_copy(update={"key": draw(st.sampled_from(["", "a", "b"]))})
        place = one.place.model_copy(update={"lon": lon, "lat": lat})
        category = draw(st.sampled_from([one.category, "", "sanitation.garbage", "other.unknown"]))
        made.append(
            one.model_copy(update={"reporter": reporter, "place": place, "category": category})
        )
    return made


def decided(
    judge: Judge, told: Sequence[UnifiedEvent], then: Callable[[Case], object] = id
) -> list[Effects]:
    """Return what comes of reports in one partition; `then` is told of each snapshot."""
    state, register, made = PartitionState(), Register.of(TOWN, judge), []
    for one in told:
        made.append(step(state, one, register))
        state.apply(made[-1])
        for entry in made[-1].case_events:
            then(entry.case)
    return made


@pytest.mark.parametrize("name", JUDGES)
@given(told=reports())
@settings(max_examples=25, deadline=None)
def test_the_same_is_decided_as_without(name: str, told: list[UnifiedEvent]) -> None:
    """Whatever the weights are: each effect is the same, with its evidence."""
    senses, weights = JUDGES[name]
    coarse = Judge(senses, weights)
    object.__setattr__(coarse, "sieve", Coarse(weights.weights, weights.bias, weights.suggest_at))
    assert decided(Judge(senses, weights), told) == decided(coarse, told)


@pytest.mark.parametrize("name", JUDGES)
@given(told=reports())
@settings(max_examples=25, deadline=None)
def test_the_same_is_decided_by_who_keeps_up_and_who_forgets(
    name: str, told: list[UnifiedEvent]
) -> None:
    """What is remembered of cases saves work and changes nothing."""
    senses, weights = JUDGES[name]
    following, forgetting = Judge(senses, weights), Judge(senses, weights)
    after = decided(following, told, following.follow), decided(forgetting, told, forgetting.forget)
    assert after == (decided(Judge(senses, weights), told),) * 2


def test_a_case_that_is_settled_is_forgotten_and_a_snapshot_that_is_past_too() -> None:
    """Or a worker would hold all that its cases ever were."""
    judge, state = Judge(*JUDGES["learnt"]), PartitionState()
    opened = step(state, event("a"), Register.of(TOWN, judge)).case_events[-1].case
    past = ref(opened)
    judge.follow(opened)
    rows = len(judge.sieve._numbers)
    opened = opened.model_copy(update={"state": State.ACCEPTED})
    assert past() is None
    judge.follow(opened)
    assert len(judge.sieve._free) == rows - 1
    judge.follow(opened.model_copy(update={"state": State.RESOLVED}))
    assert len(judge.sieve._free) == rows
    assert (judge._latest, judge._kept, judge._known) == ({}, {}, {})


def test_rows_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that is forgotten for others is met anew, and takes no more room."""
    monkeypatch.setattr("streams.matching.judge.KEPT", 2)
    judge = Judge(*JUDGES["learnt"])
    told = [event(str(n), content=f"{LAMP}第{n}天", grid="G1", minutes=n) for n in range(12)]
    assert len(decided(judge, told)) == 12
    assert len(judge._latest) <= 2
    assert len(judge.sieve._free) >= len(judge.sieve._numbers) - 2 * 32
