"""Fills the store with the cases of a fortnight, of two units and two grids."""

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
from tests.builders.stored import keep
from tests.builders.town import REGISTER, event

SEALER = Sealer(b"k" * 32)
SECRET = "举报人的家事"


def sealed_report(number: int, at: datetime, **more: Any) -> Any:
    """Return a report with a sealed reporter."""
    report = event(f"n{number}", reporter=f"r{number}", **more)
    original = Original(name=f"张三{number}", phone=f"1380000{number:04}")
    text = original.model_dump_json(exclude_defaults=True)
    sealed = SEALER.seal(str(report.event_id), text.encode())
    reporter = Reporter(key=f"r{number}", sealed=sealed, masked="张* 138****0000")
    return report.model_copy(update={"received_at": at, "occurred_at": at, "reporter": reporter})


def fill(store: Store) -> list[Case]:
    """Fill the store; some cases are late, one is confidential. Returns the cases."""
    state, now = PartitionState(), datetime.now(UTC)
    entries: list[Any] = []
    events: list[Any] = []
    matters = (
        ("facility.streetlight", "G1", "路灯不亮"),
        ("environment.garbage", "G2", "垃圾没有人清"),
        ("facility.road", "G1", "路面坑洼"),
        ("other.unknown", "", "不知道说什么"),
    )
    for number in range(24):
        category, grid, words = matters[number % 4]
        at = now - timedelta(days=14 - number // 2, minutes=number)
        report = sealed_report(
            number,
            at,
            category=category,
            grid=grid,
            content=f"{words}{number}",
            confidential=number == 1,
        )
        if number == 1:
            report = report.model_copy(update={"content": SECRET, "title": SECRET})
        events.append(report)
        for effects in clock.step(state, REGISTER, at):
            entries += effects.case_events
        effects = receive.step(state, report, REGISTER)
        state.apply(effects)
        entries += effects.case_events
        case = state.case_of(report.channel, report.native_id)
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
