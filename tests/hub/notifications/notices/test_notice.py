"""What deserves a notice, and what its text says."""

from datetime import datetime, timedelta

import pytest

from hub.notifications.notices.notice import (
    BEFORE_DUE,
    Notice,
    NoticeKind,
    notices_of,
    reminder_of,
)
from hub.notifications.notices.text import LINES, plain, text_of
from schemas.base import BEIJING
from schemas.cases.case import Case, CaseEvent, Move
from schemas.reports.fact import Urgency
from streams.case.state import PartitionState
from streams.steps.event import step as receive
from streams.steps.time import step as pass_time
from tests.builders.commands import ask
from tests.builders.town import NOON, REGISTER, event
from tests.hub.notifications.cases import entries_of

UNITS = {"U-T": "城管所", "U-C": "城管局"}


def opened(**fields: object) -> tuple[PartitionState, Case, list[CaseEvent]]:
    """Return a state with one assigned case, and its entries."""
    state = PartitionState()
    effects = receive(state, event("a", **fields), REGISTER)  # type: ignore[arg-type]
    state.apply(effects)
    (case,) = state.cases.values()
    return state, case, list(effects.case_events)


def passed(state: PartitionState, time: timedelta) -> list[CaseEvent]:
    """Return the entries of timers that fire within a time."""
    return [e for effects in pass_time(state, REGISTER, NOON + time) for e in effects.case_events]


def kinds(entries: list[CaseEvent]) -> list[tuple[NoticeKind, tuple[str, ...]]]:
    """Return the notices of entries: kind and units."""
    return [(notice.kind, notice.units) for entry in entries for notice in notices_of(entry)]


def test_a_unit_is_told_of_a_case_that_it_gets() -> None:
    """Opening, acceptance and notes deserve none."""
    assert kinds(entries_of()) == [(NoticeKind.NEW, ("U-T",))]


def test_deadlines_that_pass_are_told_stage_by_stage() -> None:
    """Yellow, red and the tier above, each to the unit; what nobody accepts goes to dispatch."""
    state, case, _ = opened()
    ask(state, case, Move.ACCEPT)
    later = [
        e for f in pass_time(state, REGISTER, NOON + timedelta(days=60)) for e in f.case_events
    ]
    stages = [kind for kind, units in kinds(later) if units == ("U-T",)]
    assert stages == [NoticeKind.YELLOW, NoticeKind.RED, NoticeKind.UP]
    state, _, _ = opened()
    late = passed(state, timedelta(hours=9))
    assert kinds(late) == [(NoticeKind.TIMED_OUT, ("U-T",))]


def test_a_returned_case_and_a_whistle_are_told() -> None:
    """The dispatcher hears of the return; the departments that are called of the whistle."""
    state, case, _ = opened()
    whistle = {"kind": "urgent", "units": ["U-C"]}
    entries = list(ask(state, case, Move.WHISTLE, data=whistle, reason="请到场").case_events)
    entries += ask(state, case, Move.RETURN, reason="不属本单位职责").case_events
    noticed = kinds(entries)
    assert (NoticeKind.WHISTLE, ("U-C",)) in noticed
    assert (NoticeKind.RETURNED, ("U-T",)) in noticed


def test_an_urgent_case_is_told_once() -> None:
    """A second report of it, and the same entry read twice, have the same id."""
    *_, entries = opened(urgency=Urgency.URGENT)
    urgent = [n for e in entries * 2 for n in notices_of(e) if n.kind is NoticeKind.URGENT]
    assert len(urgent) >= 2
    assert len({notice.notice_id for notice in urgent}) == 1


def test_a_reminder_comes_four_hours_before_the_deadline() -> None:
    """A new deadline has a new reminder; a settled or overdue case has none."""
    state, case, _ = opened()
    assert case.due_at is not None
    reminder = reminder_of(case)
    assert reminder is not None
    assert (reminder.at, reminder.units) == (case.due_at - BEFORE_DUE, ("U-T",))
    later = reminder_of(case.model_copy(update={"due_at": case.due_at + timedelta(days=5)}))
    assert later is not None
    assert later.notice_id != reminder.notice_id
    ask(state, case, Move.ACCEPT)
    ask(state, case, Move.RESOLVE, reason="已修好")
    assert reminder_of(state.cases[case.case_id]) is None
    assert reminder_of(case.model_copy(update={"assignment": None})) is None


def test_a_notice_has_no_personal_data() -> None:
    """Phones in titles are masked, and a confidential case has no title."""
    entry = entries_of(content="请联系13800138000王女士，楼道灯坏了")[1]
    (notice,) = notices_of(entry)
    assert "13800138000" not in notice.title
    (hidden,) = notices_of(entries_of(confidential=True, content="举报某某")[1])
    assert hidden.title == "保密件"


def notice(kind: NoticeKind, title: str = "路灯不亮", hour: int = 12) -> Notice:
    """Return a notice with its deadline at an hour of a day."""
    (model,) = notices_of(entries_of()[1])
    due = datetime(2026, 3, 6, hour, tzinfo=BEIJING)
    return model.model_copy(update={"kind": kind, "title": title, "due_at": due})


def test_many_notices_become_one_digest() -> None:
    """The most urgent come first, the rest is counted, and each line leads to its case."""
    many = [notice(NoticeKind.NEW, f"第{number}件") for number in range(100)]
    text = text_of([*many, notice(NoticeKind.RED, "下水道堵")], UNITS, "https://hub.example/")
    assert text.title == "事项提醒：红牌督办1件、新派单100件"
    assert len(text.lines) == LINES
    assert text.lines[0].text.startswith("【红牌督办】下水道堵，城管所，03-06 12:00到期（")
    assert text.lines[0].link.startswith("https://hub.example/cases/")
    assert text.more == "另有91件，见工作台"
    assert plain(text).count("\n") > LINES


def test_without_the_address_of_the_pages_there_are_no_links() -> None:
    """A link that leads nowhere is worse than none."""
    text = text_of([notice(NoticeKind.URGENT)], {}, "")
    assert text.lines[0].link == ""
    assert text.lines[0].text.startswith("❗【紧急件】")


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_its_words(kind: NoticeKind) -> None:
    """No code is shown to a reader."""
    assert str(kind) not in plain(text_of([notice(kind)], UNITS, ""))
