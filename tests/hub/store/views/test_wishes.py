"""The views of wishes: the stage (三单) of each wish, and the number in each stage."""

from datetime import timedelta
from typing import Any

from hub.store.client import Store
from schemas.base import BEIJING
from schemas.cases.case import Move
from schemas.cases.command import Role
from schemas.reports.fact import Kind
from schemas.topic import CASES, EVENTS
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from tests.builders.commands import command
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event

LIVES = (
    ("a", []),
    ("b", [Move.TAKE]),
    ("c", [Move.TAKE, Move.GIVE_BACK]),
    ("d", [Move.TAKE, Move.GIVE_BACK, Move.TAKE, Move.RESOLVE]),
    ("e", [Move.TRIAGE]),
    ("f", [Move.WITHDRAW]),
)
"""The moves of each wish, at intervals of an hour."""


def stored(store: Store) -> PartitionState:
    """Fill the store with wishes and a report that is no wish."""
    state, entries, reports = PartitionState(), list[Any](), list[Any]()
    for number, (name, moves) in enumerate((*LIVES, ("r", []))):
        kind = Kind.WISH if moves or name != "r" else Kind.REPORT
        report = event(
            name, kind=kind, category="environment.garbage", content=f"希望{name}", grid="G1"
        )
        report = report.model_copy(update={"household": f"H{number}"})
        reports.append(report)
        effects = receive.step(state, report, REGISTER)
        state.apply(effects)
        entries += effects.case_events
        case_id = effects.case_events[0].case_id
        for hour, move in enumerate(moves, 1):
            request = command(
                state.cases[case_id],
                move,
                reason="如此",
                data={"volunteer": f"V-{hour}"},
                role=Role.HUB,
            )
            effects = follow.step(state, request, REGISTER, NOON + timedelta(hours=hour))
            assert effects.case_events, (name, move, effects.outcome)
            state.apply(effects)
            entries += effects.case_events
    keep(store, CASES.name, *entries)
    keep(store, EVENTS.name, *reports)
    return state


def test_each_wish_is_in_a_single_stage(store: Store) -> None:
    """Each has its household, its volunteer, and the time of each step."""
    stored(store)
    rows = store.rows(
        "SELECT content, stage, household, volunteer, dispatched_at IS NOT NULL, taken_at,"
        " done_at IS NOT NULL, given_back FROM wishes ORDER BY content"
    )
    noon = NOON.astimezone(BEIJING)
    assert rows == [
        ("希望a", "dispatched", "H0", "", 1, None, 0, 0),
        ("希望b", "taken", "H1", "V-1", 1, noon + timedelta(hours=1), 0, 0),
        ("希望c", "dispatched", "H2", "", 1, None, 0, 1),
        ("希望d", "done", "H3", "V-3", 1, noon + timedelta(hours=3), 1, 1),
        ("希望e", "ordered", "H4", "", 1, None, 0, 0),
        ("希望f", "withdrawn", "H5", "", 1, None, 0, 0),
    ]
    (village,) = store.named("SELECT * FROM wishes_by_village")
    assert [village[name] for name in ("wishes", "ordered", "dispatched", "taken", "done")] == [
        5,
        1,
        2,
        1,
        1,
    ]
    assert store.rows("SELECT * FROM wishes_by_volunteer ORDER BY volunteer") == [
        ("V-1", 1, 0),
        ("V-3", 0, 1),
    ]
