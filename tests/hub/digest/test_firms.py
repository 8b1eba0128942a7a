"""Firms that are complained of again and again in the daily digest."""

from datetime import UTC, date, datetime

from hub.digest.daily import daily
from hub.digest.queries import Day
from hub.store.client import Store
from tests.builders.firms import RegisteredFirm, forget_firms, load_firms, look_for_firms
from tests.hub.registers.test_firms import complaint
from tests.hub.workbench.search.test_search import fill

FIRST = date(2026, 3, 2)
"""The day of the reports of the tests."""


def sections(store: Store, day: date) -> list[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Return title and rows of the section of firms, in the digest of a day."""
    document = daily(store.named, Day(day, datetime(2026, 4, 20, tzinfo=UTC)))
    return [
        (item.title, tuple(map(tuple, item.table.rows)))
        for item in document.sections
        if "主体" in item.title and item.table is not None
    ]


def test_a_firm_with_three_reports_is_named_on_the_day_of_the_third(store: Store) -> None:
    """A day later nothing new was reported, so it is not named again."""
    forget_firms(store)
    load_firms(store, RegisteredFirm(1, "云溪县老王烧烤店"), RegisteredFirm(2, "云溪县周记卤味店"))
    texts = ("老王烧烤", "老王烧烤店", "老王燒烤", "周记卤味", "周记卤味店")
    fill(store, *(complaint(str(number), text) for number, text in enumerate(texts)))
    look_for_firms(store)
    forget_firms(store)
    assert sections(store, FIRST) == [
        (
            "八、多次被诉的主体",
            (("云溪县老王烧烤店", "餐饮业", "G1", "3件", "3件", "12315消费者投诉举报"),),
        )
    ]
    assert sections(store, date(2026, 3, 3)) == []
