"""Fixtures of the tests of the digest."""

from datetime import timedelta

import pytest

from hub.digest.conclusions import FLOOD
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.cases.case import Move
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.town.patrol import Does, Every, Patrols, Plan
from tests.builders.town import TOWN, event
from tests.hub.digest.past import DAY, LATER, SECRET, Past, add_history
from tests.hub.publish.expected_duties import midnight


@pytest.fixture
def filled(store: Store) -> tuple[Store, Past]:
    """Return the store after a day with many events."""
    plan = Plan(id="daily", name="每日巡查", does=Does.CHECK, every=Every.DAY, since=DAY, until=DAY)
    store_registers(store, TOWN, Patrols((), (), (plan,), ()), LATER.now)
    past = Past()
    add_history(past)
    late = past.add_report(DAY - timedelta(days=12), "facility.streetlight")
    past.move(late, Move.ACCEPT, DAY - timedelta(days=12))
    past.add_report(DAY, "order.parking", grid="G2")
    for number in range(7):
        channel = Channel.WECHAT_OFFICIAL if number % 2 else Channel.HOTLINE_12345
        words = "河水发黑发臭" if number else "河水臭"
        past.add_report(DAY, "environment.water", 9 + number / 10, content=words, channel=channel)
    for _ in range(FLOOD):
        past.add_report(DAY, "market.food", hour=11, reporter="angry", content="超市卖过期食品")
    past.add_report(DAY, "facility.streetlight", hour=12, confidential=True, content=SECRET)
    past.add_report(
        DAY,
        "facility.streetlight",
        hour=13,
        kind=Kind.FOLLOW_UP,
        parent=late.native_id,
        reporter="r-late",
        content="催一下",
    )
    checked = event("p1", channel=Channel.GRID_PATROL, kind=Kind.PATROL_CHECK)
    at = midnight(DAY) + timedelta(hours=8)
    past.events.append(checked.model_copy(update={"occurred_at": at, "received_at": at}))
    # Later events do not change the figures of the day.
    past.add_report(DAY + timedelta(days=1), "environment.water", reporter="angry")
    past.move(late, Move.RESOLVE, DAY + timedelta(days=3), reason="修好了")
    past.keep(store)
    return store, past
