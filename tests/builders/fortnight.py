"""A fortnight of cases in the store, of two units and two grids."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.security.original import Original
from hub.security.sealing import Sealer
from hub.store.client import Store
from schemas.cases.case import Case, Move
from schemas.reports.event import Reporter
from schemas.topic import CASES, EVENTS
from streams.case.state import PartitionState
from streams.steps import command as follow
from streams.steps import event as receive
from streams.steps import time as clock
from tests.builders.commands import command
from tests.builders.town import REGISTER, event
from tests.hub.store.views.test_assessment import keep

SEALER = Sealer(b"k" * 32)
SECRET = "举报人的家事"


def told_by(number: int, at: datetime, **more: Any) -> Any:
    """Return a report with its citizen sealed."""
    told = event(f"n{number}", reporter=f"r{number}", **more)
    known = Original(name=f"张三{number}", phone=f"1380000{number:04}")
    sealed = SEALER.seal(str(told.event_id), known.model_dump_json(exclude_defaults=True).encode())
    reporter = Reporter(key=f"r{number}", sealed=sealed, masked="张* 138****0000")
    return told.model_copy(
        update={"received_at": at, "occurred_at": at, "reporter": reporter}
    )  # fmt: skip


def fill(store: Store) -> list[Case]:
    """Fill the store with cases of a fortnight, of two units, some late, one confidential."""
    state, now = PartitionState(), datetime.now(UTC)
    entries: list[Any] = []
    events: list[Any] = []
    matters = (
        ("facility.streetlight", "G1", "路灯不亮"), ("environment.garbage", "G2", "垃圾没有人清"),
        ("facility.road", "G1", "路面坑洼"), ("other.unknown", "", "不知道说什么"),
    )  # fmt: skip
    for number in range(24):
        category, grid, words = matters[number % 4]
        at = now - timedelta(days=14 - number // 2, minutes=number)
        told = told_by(number, at, category=category, grid=grid, content=f"{words}{number}",
                       confidential=number == 1)  # fmt: skip
        if number == 1:
            told = told.model_copy(update={"content": SECRET, "title": SECRET})
        events.append(told)
        for effects in clock.step(state, REGISTER, at):
            entries += effects.case_events
        effects = receive.step(state, told, REGISTER)
        state.apply(effects)
        entries += effects.case_events
        case = state.case_of(told.channel, told.native_id)
        assert case is not None
        if number % 3 == 0 and case.assignment is not None:
            effects = follow.step(state, command(case, Move.ACCEPT), REGISTER, at)
            state.apply(effects)
            entries += effects.case_events
    for effects in clock.step(state, REGISTER, now):
        entries += effects.case_events
    keep(store, CASES.name, *entries)
    keep(store, EVENTS.name, *events)
    return list(state.cases.values())
