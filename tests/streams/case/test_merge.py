"""Merging and splitting cases by command, with their reports, deadlines and links."""

from dataclasses import replace
from uuid import UUID

import pytest

from schemas.cases.case import Case, Move, State
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind, Urgency
from streams.case.state import Effects, PartitionState
from streams.matching.matcher import Matcher
from streams.matching.retrieval import keys_of
from streams.matching.weights import Weights
from streams.report import telling_of
from streams.steps.command import step
from streams.steps.event import step as receive
from tests.builders.commands import ask as give
from tests.builders.commands import command
from tests.builders.town import NOON, REGISTER, event

OTHER = "完全不同的说法：灯杆那儿黑灯瞎火"
LAMP = event("a")
DOG = event("d", content="有人遛狗不牵绳", category="order.pets", minutes=-60)
URGE = event("u", kind=Kind.FOLLOW_UP, parent="d", minutes=3)


def state_after(*events: UnifiedEvent) -> PartitionState:
    """Return the state after events."""
    state = PartitionState()
    for report in events:
        state.apply(receive(state, report, REGISTER))
    return state


def case_of(state: PartitionState, native_id: str) -> Case:
    """Return the case of a report of the hotline."""
    case = state.case_of(Channel.HOTLINE_12345, native_id)
    assert case is not None
    return case


def ask(state: PartitionState, target: Case, move: Move, **data: object) -> Effects:
    """Issue a command with its reason and data."""
    return give(state, target, move, reason="同一处", data=data)


def merged() -> tuple[PartitionState, Case, Case]:
    """Return a state in which a lamp's and a dog's case are merged, and both cases before that."""
    state = state_after(LAMP, DOG, URGE)
    lamp, dog = case_of(state, "a"), case_of(state, "d")
    effects = ask(state, lamp, Move.MERGE, case=str(dog.case_id))
    assert effects.outcome is not None
    assert effects.outcome.accepted, effects.outcome.refusal
    return state, lamp, dog


def test_a_merge_moves_reports_and_deadline() -> None:
    """Reports, 催办 and the earlier deadline move; the absorbed case ends."""
    state, lamp, dog = merged()
    survivor, absorbed = state.cases[lamp.case_id], state.cases[dog.case_id]
    assert [report.native_id for report in survivor.reports] == ["a", "d"]
    assert survivor.follow_ups == 1
    assert dog.due_at is not None
    assert survivor.due_at == dog.due_at
    assert (absorbed.state, absorbed.merged_into) == (State.MERGED, lamp.case_id)
    assert state.case_of(Channel.HOTLINE_12345, "d") == survivor
    assert list(state.candidates(keys_of(telling_of(DOG), ["order"]))) == [survivor]


def test_a_follow_up_of_an_absorbed_case_joins_the_survivor() -> None:
    """A follow-up to an absorbed case reaches the surviving case."""
    state, lamp, _ = merged()
    state.apply(receive(state, event("v", kind=Kind.FOLLOW_UP, parent="d", minutes=9), REGISTER))
    survivor = state.cases[lamp.case_id]
    assert survivor.follow_ups == 2
    assert [report.follow_ups for report in survivor.reports] == [0, 2]


def test_a_split_undoes_a_merge() -> None:
    """A split restores text, counts, deadline and unit of both cases and keeps them apart."""
    state, lamp, dog = merged()
    effects = ask(state, state.cases[lamp.case_id], Move.SPLIT, events=[str(DOG.event_id)])
    first, second = state.cases[lamp.case_id], state.cases[dog.case_id]
    kept = (
        "title",
        "content",
        "category",
        "reports",
        "follow_ups",
        "urgency",
        "due_at",
        "assignment",
        "state",
    )
    for before, after in ((lamp, first), (dog, second)):
        assert {name: getattr(after, name) for name in kept} == {
            name: getattr(before, name) for name in kept
        }
    assert first.apart == (second.case_id,)
    assert second.apart == (first.case_id,)
    assert "单独办理" in effects.feedback[0].text
    assert effects.feedback[0].native_id == "d"


def test_a_wrongly_joined_report_gets_a_separate_case() -> None:
    """The new case has the report's text, unit and clock; the remaining case keeps its own."""
    joined = event("b", channel=Channel.OPEN311, minutes=30, urgency=Urgency.URGENT)
    state = state_after(LAMP, joined)
    case = case_of(state, "a")
    assert case.urgency is Urgency.URGENT
    ask(state, case, Move.SPLIT, events=[str(joined.event_id)])
    rest, fresh = state.cases[case.case_id], state.case_of(Channel.OPEN311, "b")
    assert fresh is not None
    assert fresh.case_id != rest.case_id
    assert (rest.urgency, fresh.urgency) == (Urgency.ORDINARY, Urgency.URGENT)
    assert fresh.opened_at == joined.received_at
    assert fresh.state is State.ASSIGNED
    assert [len(case.reports) for case in (rest, fresh)] == [1, 1]


def test_the_first_report_may_leave_and_the_case_shows_the_next() -> None:
    """The case keeps its id; the report that leaves gets a new case id."""
    second = event("b", channel=Channel.OPEN311, content=OTHER, minutes=5)
    state = state_after(LAMP, event("x", content=OTHER, minutes=1))
    lamp, other = case_of(state, "a"), case_of(state, "x")
    ask(state, lamp, Move.MERGE, case=str(other.case_id))
    ask(state, state.cases[lamp.case_id], Move.SPLIT, events=[str(LAMP.event_id)])
    rest, fresh = state.cases[lamp.case_id], case_of(state, "a")
    assert rest.content == OTHER
    assert fresh.content == LAMP.content
    assert fresh.case_id not in (lamp.case_id, other.case_id)
    state.apply(receive(state, second, REGISTER))
    assert state.case_of(Channel.OPEN311, "b") == state.cases[rest.case_id]


def test_no_report_joins_cases_that_a_person_has_separated() -> None:
    """A report that fits both cases joins one of them."""
    state = state_after(LAMP, event("x", content=OTHER, minutes=1))
    lamp, other = case_of(state, "a"), case_of(state, "x")
    effects = ask(state, lamp, Move.KEEP_APART, case=str(other.case_id))
    assert [entry.move for entry in effects.case_events] == [Move.KEEP_APART] * 2
    bridge = event("b", channel=Channel.OPEN311, content=f"{LAMP.content}，{OTHER}", minutes=9)
    state.apply(receive(state, bridge, REGISTER))
    assert State.MERGED not in {case.state for case in state.cases.values()}


def test_a_suggestion_is_answered_by_merge_or_apart() -> None:
    """A `keep_apart` command closes the suggestion."""
    near = event("n", name="人民东路", minutes=4)
    state = state_after(event("a", name="幸福小区"), near)
    target, other = case_of(state, "n"), case_of(state, "a")
    assert target.suggested == (other.case_id,)
    ask(state, target, Move.KEEP_APART, case=str(other.case_id))
    assert state.cases[target.case_id].suggested == ()


@pytest.mark.parametrize(
    ("move", "data", "refusal"),
    [
        (Move.MERGE, {"case": str(UUID(int=5))}, "同一城市"),
        (Move.MERGE, {"case": "rubbish"}, "data.case"),
        (Move.MERGE, {}, "data.case"),
        (Move.SPLIT, {"events": [str(UUID(int=5))]}, "没有诉求"),
        (Move.SPLIT, {"events": [str(LAMP.event_id)]}, "至少留下一件"),
        (Move.SPLIT, {"events": 7}, "data.events"),
        (Move.SPLIT, {}, "至少移出一件"),
        (Move.KEEP_APART, {"case": str(UUID(int=5))}, "同一城市"),
    ],
)
def test_an_impossible_command_is_refused_with_the_reason(
    move: Move, data: dict[str, object], refusal: str
) -> None:
    """An impossible command is refused and changes nothing."""
    state = state_after(LAMP)
    case = case_of(state, "a")
    effects = ask(state, case, move, **data)
    assert effects.outcome is not None
    assert refusal in effects.outcome.refusal
    assert state.cases == {case.case_id: case}


def test_a_case_is_not_merged_into_itself_nor_into_an_ended_case() -> None:
    """A resolved case is reopened first."""
    state = state_after(LAMP, DOG)
    lamp, dog = case_of(state, "a"), case_of(state, "d")
    itself = ask(state, lamp, Move.MERGE, case=str(lamp.case_id))
    for move in (Move.ACCEPT, Move.START, Move.RESOLVE):
        ask(state, state.cases[lamp.case_id], move)
    ended = ask(state, state.cases[lamp.case_id], Move.MERGE, case=str(dog.case_id))
    assert itself.outcome is not None
    assert ended.outcome is not None
    assert "自身" in itself.outcome.refusal
    assert "已办结，不能" in ended.outcome.refusal


def test_a_merge_survives_a_restart() -> None:
    """A state that is restored from snapshots, older ones among them, has all reports."""
    state, lamp, dog = merged()
    snapshots = [lamp, dog, *state.cases.values()]
    for order in (snapshots, snapshots[:2] + snapshots[:1:-1]):
        restored = PartitionState()
        for case in order:
            restored.put(case)
        assert restored.cases == state.cases
        assert restored.index == state.index
        assert restored.case_of(Channel.HOTLINE_12345, "d") == state.cases[lamp.case_id]


def test_a_command_done_before_a_restart_is_not_done_again() -> None:
    """A command whose entries are stored is answered again without new entries."""
    state = state_after(LAMP)
    case = case_of(state, "a")
    accept = command(case, Move.ACCEPT)
    state.apply(step(state, accept, REGISTER, NOON))
    restored = PartitionState()
    restored.put(state.cases[case.case_id])
    again = step(restored, accept, REGISTER, NOON)
    assert again.outcome is not None
    assert again.outcome.accepted
    assert again.case_events == ()


WORDS_ONLY = replace(
    REGISTER,
    matcher=Matcher(
        weights=Weights(-2.0, {"words": 10.0}, merge_at=0.9, suggest_at=0.5, version="words-only")
    ),
)


def of_words(*texts: str) -> tuple[PartitionState, list[Effects]]:
    """Return state and effects of reports that are compared by text only."""
    state, all_effects = PartitionState(), []
    for minutes, content in enumerate(texts):
        effects = receive(state, event(f"w{minutes}", content=content, minutes=minutes), WORDS_ONLY)
        state.apply(effects)
        all_effects.append(effects)
    return state, all_effects


def test_a_report_shows_that_two_cases_are_the_same() -> None:
    """The younger case is merged into the older by a separate entry, with the evidence."""
    state, all_effects = of_words(
        "路灯 熄灭 夜里 漆黑", "路灯 损坏 老人 摔跤", "路灯 熄灭 夜里 漆黑 损坏 老人 摔跤"
    )
    entries = all_effects[-1].case_events
    assert [entry.move for entry in entries] == [Move.JOIN, Move.JOIN, Move.MERGE]
    older = case_of(state, "w0")
    assert entries[-1].case.merged_into == older.case_id
    assert entries[-1].data["match"]["rules"].startswith("words-only")
    assert {report.native_id for report in older.reports} == {"w0", "w1", "w2"}
    assert [feedback.native_id for feedback in all_effects[-1].feedback] == ["w2", "w1"]


def test_two_cases_that_a_single_report_links_are_shown_to_a_person() -> None:
    """Cases linked only through a third report are suggested to a person, not merged."""
    state, all_effects = of_words(
        "路灯 熄灭 夜里 漆黑", "井盖 损坏 老人 摔跤", "路灯 熄灭 夜里 漆黑 井盖 损坏 老人 摔跤"
    )
    moves = [entry.move for entry in all_effects[-1].case_events]
    assert moves == [Move.JOIN, Move.SUGGEST]
    assert case_of(state, "w0").suggested == (case_of(state, "w1").case_id,)


def test_a_merge_cut_short_by_a_crash_is_finished() -> None:
    """A repeated event finishes a merge that stored only the survivor's entry."""
    words = ("路灯 熄灭 夜里 漆黑", "路灯 损坏 老人 摔跤", "路灯 熄灭 夜里 漆黑 损坏 老人 摔跤")
    whole, all_effects = of_words(*words)
    torn, _ = of_words(*words[:2])
    for entry in all_effects[-1].case_events[:2]:
        torn.put(entry.case)
    again = receive(torn, event("w2", content=words[2], minutes=2), WORDS_ONLY)
    torn.apply(again)
    assert [entry.move for entry in again.case_events] == [Move.MERGE]
    assert torn.cases == whole.cases


def test_a_case_that_takes_over_a_confidential_one_is_confidential() -> None:
    """Its words are for few eyes from then on, and no report is compared with it."""
    secret = event("s", content="举报某人", category="order.pets", confidential=True, minutes=1)
    state = state_after(LAMP, secret)
    lamp = case_of(state, "a")
    ask(state, lamp, Move.MERGE, case=str(case_of(state, "s").case_id))
    assert [report.native_id for report in case_of(state, "a").reports] == ["a", "s"]
    assert case_of(state, "a").confidential
    assert lamp.case_id not in state.index


@pytest.mark.parametrize("first", ["a", "n"])
def test_two_matters_stay_apart_when_both_were_merged_into_others(first: str) -> None:
    """A person keeps lamp and dog apart; the cases that take over their reports are apart too."""
    noise = event("n", content="夜间施工噪音扰民", category="", minutes=2)
    water = event("w", content="停水两天了", category="", minutes=3)
    state = state_after(LAMP, DOG, noise, water)
    ask(state, case_of(state, "a"), Move.KEEP_APART, case=str(case_of(state, "d").case_id))
    merges = [("n", "a"), ("w", "d")]
    for into, absorbed in merges if first == "a" else reversed(merges):
        ask(state, case_of(state, into), Move.MERGE, case=str(case_of(state, absorbed).case_id))
    first, second = case_of(state, "n"), case_of(state, "w")
    assert second.case_id in first.apart or first.case_id in second.apart


@pytest.mark.parametrize("move", [Move.MERGE, Move.KEEP_APART])
def test_a_dispatcher_decides_about_two_cases_of_his_area_only(move: Move) -> None:
    """By a merge he would get the reports of a case that he may not open."""
    state = state_after(LAMP, event("far", content=OTHER, grid="", minutes=5))
    lamp, far = case_of(state, "a"), case_of(state, "far")
    data = {"case": str(far.case_id)}
    effects = give(state, lamp, move, unit="U-T", reason="同一处", data=data)
    assert effects.outcome is not None
    assert "不在城管所的负责范围" in effects.outcome.refusal
    assert effects.case_events == ()
    whole_county = give(state, lamp, move, reason="同一处", data=data).outcome
    assert whole_county is not None
    assert whole_county.accepted
