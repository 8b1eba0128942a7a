"""The step of an event: disposition, entries and feedback."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cases.case import Move, State
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.reports.receipt import Outcome
from streams.case.state import Effects, PartitionState
from streams.steps.event import step
from tests.builders.town import REGISTER, event


def run(*events: UnifiedEvent) -> tuple[PartitionState, list[Effects]]:
    """Step through events from an empty state."""
    state, all_effects = PartitionState(), []
    for report in events:
        effects = step(state, report, REGISTER)
        state.apply(effects)
        all_effects.append(effects)
    return state, all_effects


def outcomes(all_effects: list[Effects]) -> list[Outcome | None]:
    """Return the outcome of each event; None for a repeated delivery."""
    return [e.disposition.outcome if e.disposition else None for e in all_effects]


def test_a_report_opens_a_case_and_reaches_its_unit() -> None:
    """The lamp goes to the office with that duty, and the reason is a sentence."""
    state, (effects,) = run(event("a"))
    assert [entry.move for entry in effects.case_events] == [Move.OPEN, Move.ASSIGN]
    (case,) = state.cases.values()
    assert case.state is State.ASSIGNED
    assert case.assignment is not None
    assert case.assignment.unit == "U-T"
    assert "职责清单" in case.assignment.reason
    assert effects.feedback[0].native_id == "a"


def test_the_same_delivery_is_dropped() -> None:
    """The second delivery of a fact has no effect."""
    state, all_effects = run(event("a"), event("a"))
    assert all_effects[1].duplicate
    assert not all_effects[1].case_events
    assert len(state.cases) == 1


def test_a_lamp_reported_on_two_channels_is_a_single_case() -> None:
    """Another channel and other words, but the same place: the reports are merged with evidence."""
    other = event(
        "b",
        channel=Channel.OPEN311,
        content="幸福小区门口路灯坏了不亮，晚上很黑不安全",
        minutes=30,
    )
    state, all_effects = run(event("a"), other)
    assert outcomes(all_effects) == [Outcome.OPENED, Outcome.MERGED]
    entry = all_effects[1].case_events[0]
    evidence = entry.data["match"]
    assert evidence["features"]["near"] == 1.0
    assert set(evidence["weights"]) == set(evidence["features"])
    assert evidence["rules"] == REGISTER.matcher.version
    assert evidence["like"] == str(event("a").event_id)
    assert {r.channel for r in entry.case.reports} == {Channel.HOTLINE_12345, Channel.OPEN311}
    assert len(state.cases) == 1


def test_different_grids_and_secrecy_are_never_merged() -> None:
    """The same words in another grid, or in a confidential report, open a separate case."""
    _, all_effects = run(
        event("a"), event("b", grid="G2"), event("c", confidential=True, minutes=1)
    )
    assert outcomes(all_effects) == [Outcome.OPENED] * 3


def test_two_places_that_the_register_knows_apart_are_left_to_a_person() -> None:
    """Similar reports at two known places are suggested to a person, not merged."""
    first, second = event("a"), event("b", channel=Channel.OPEN311, minutes=5)
    names = ("幸福小区", "人民东路")
    first, second = (
        report.model_copy(update={"place": report.place.model_copy(update={"name": name})})
        for report, name in zip((first, second), names, strict=True)
    )
    state, all_effects = run(first, second)
    assert outcomes(all_effects) == [Outcome.OPENED, Outcome.OPENED]
    assert [len(case.suggested) for case in state.cases.values()] == [0, 1]


def test_a_reminder_joins_its_case_and_an_unknown_reminder_is_shown() -> None:
    """A follow-up finds its report by native id; without one it is orphaned, not dropped."""
    reminder = event("r", kind=Kind.FOLLOW_UP, parent="a", minutes=5)
    lost = event("s", kind=Kind.FOLLOW_UP, parent="nobody", minutes=6)
    state, all_effects = run(event("a"), reminder, lost)
    assert outcomes(all_effects) == [Outcome.OPENED, Outcome.FOLLOWED, Outcome.ORPHANED]
    assert next(iter(state.cases.values())).follow_ups == 1


def test_a_follow_up_before_its_report_is_decided_again_after_it() -> None:
    """A reminder, then its report, then the reminder again: the reminder reaches the case once."""
    reminder = event("r", kind=Kind.FOLLOW_UP, parent="a", minutes=1)
    state, all_effects = run(reminder, reminder, event("a", minutes=5), reminder, reminder)
    assert outcomes(all_effects) == [
        Outcome.ORPHANED,
        None,
        Outcome.OPENED,
        Outcome.FOLLOWED,
        None,
    ]
    (case,) = state.cases.values()
    assert case.follow_ups == 1
    assert all_effects[3].case_events[0].at == case.opened_at
    assert not state.orphaned


def test_an_early_withdrawal_ends_its_case() -> None:
    """An early withdrawal ends its case once the report arrives; a repetition has no effect."""
    first = event("w", kind=Kind.WITHDRAWAL, parent="a", minutes=1)
    second = event("v", kind=Kind.WITHDRAWAL, parent="a", minutes=2)
    state, all_effects = run(first, second, event("a", minutes=5), first, second)
    assert outcomes(all_effects)[2:] == [Outcome.OPENED, Outcome.WITHDRAWN, None]
    assert [case.state for case in state.cases.values()] == [State.WITHDRAWN]


def test_a_patrol_that_finds_nothing_opens_nothing() -> None:
    """A patrol without a finding opens no case and counts as coverage."""
    state, all_effects = run(event("p", channel=Channel.GRID_PATROL, kind=Kind.PATROL_CHECK))
    assert outcomes(all_effects) == [Outcome.NOTED]
    assert not state.cases


def test_a_stage_of_a_service_item_opens_nothing() -> None:
    """A stage opens no case, is compared with none, and is a duplicate when it comes again."""
    stage = event("s", channel=Channel.SERVICE_ITEMS, kind=Kind.SERVICE_STAGE)
    state, all_effects = run(event("a"), stage, stage)
    assert outcomes(all_effects) == [Outcome.OPENED, Outcome.NOTED, None]
    assert len(state.cases) == 1


def test_no_place_and_off_list_go_to_triage_with_a_reason() -> None:
    """A case that no rule covers waits for a person, and its reason is a sentence."""
    state, _ = run(event("a", grid=""), event("b", category="labour.wages", content="欠薪"))
    reasons = {case.title or case.category: case.state for case in state.cases.values()}
    assert set(reasons.values()) == {State.TRIAGE}


def test_a_withdrawal_ends_a_case_only_for_its_sole_reporter() -> None:
    """While another channel still reports the matter, the case goes on."""
    other = event("b", channel=Channel.OPEN311, minutes=1)
    withdrawal = event("w", kind=Kind.WITHDRAWAL, parent="a", minutes=2)
    _, alone = run(event("a"), withdrawal)
    _, shared = run(event("a"), other, withdrawal)
    assert outcomes(alone)[-1] is Outcome.WITHDRAWN
    assert outcomes(shared)[-1] is Outcome.FOLLOWED


def test_an_event_whose_disposition_was_lost_is_resumed() -> None:
    """After a crash, an open case without a unit is assigned, once, with the same ids."""
    whole, (effects,) = run(event("a"))
    torn = PartitionState()
    torn.put(effects.case_events[0].case)
    again = step(torn, event("a"), REGISTER)
    torn.apply(again)
    assert again.disposition is not None
    assert effects.disposition is not None
    assert again.disposition.case_event_ids == effects.disposition.case_event_ids
    assert torn.cases == whole.cases


EVENTS = [
    event("a"),
    event("b", channel=Channel.OPEN311, minutes=2),
    event("a", revision="1", minutes=3),
    event("r", kind=Kind.FOLLOW_UP, parent="a", minutes=4),
    event("c", grid="G2", minutes=5),
    event("w", kind=Kind.WITHDRAWAL, parent="c", minutes=6),
    event("p", kind=Kind.PATROL_CHECK, minutes=7),
    event("e", kind=Kind.EVALUATION, parent="b", minutes=8),
    event("g", category="environment.garbage", content="垃圾没人清运", minutes=9),
]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(EVENTS), max_size=12))
def test_any_order_with_repeats_keeps_the_invariants(
    chance: random.Random, repeats: list[UnifiedEvent]
) -> None:
    """Entries are gapless per case, each event decided once, each report in one case.

    An event without a case may be decided once more, with a case.
    """
    events = EVENTS + repeats
    chance.shuffle(events)
    state, all_effects = run(*events)
    by_case: dict[object, list[int]] = {}
    for effects in all_effects:
        for entry in effects.case_events:
            by_case.setdefault(entry.case_id, []).append(entry.seq)
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in by_case.values())
    decided = Counter(
        (e.disposition.event_id, e.disposition.outcome is Outcome.ORPHANED)
        for e in all_effects
        if e.disposition
    )
    assert set(decided.values()) == {1}
    reports = [r.event_id for case in state.cases.values() for r in case.reports]
    assert len(reports) == len(set(reports))


def test_a_session_names_the_place_in_a_later_message() -> None:
    """A report in triage is assigned once a further message of the same person names the place."""
    first = event("u-1", grid="", category="", content="灯坏了怎么没人管")
    second = event("u-2", parent="u-1", content="就在幸福小区门口", minutes=4)
    third = event("u-3", parent="u-2", content="快一点", grid="", category="", minutes=8)
    state, all_effects = run(first, second, third)
    assert outcomes(all_effects) == [Outcome.OPENED, Outcome.FOLLOWED, Outcome.FOLLOWED]
    moves = [[entry.move for entry in effects.case_events] for effects in all_effects]
    assert moves == [[Move.OPEN, Move.TRIAGE], [Move.FOLLOW_UP, Move.ASSIGN], [Move.FOLLOW_UP]]
    (case,) = state.cases.values()
    assert case.state is State.ASSIGNED
    assert [report.native_id for report in case.reports] == ["u-1", "u-2", "u-3"]


def test_a_repeat_of_an_unknown_petition_is_a_report() -> None:
    """The repeated petition may be older than the hub: the event opens a case."""
    _, all_effects = run(event("x-2", parent="x-1"))
    assert outcomes(all_effects) == [Outcome.OPENED]
