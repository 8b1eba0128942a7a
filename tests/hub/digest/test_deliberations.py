"""Overdue steps of deliberations in the daily digest: as they stood at the end of the day."""

from datetime import UTC, date, datetime, timedelta

from hub.deliberations.changes import register as put_on_agenda
from hub.deliberations.steps import call_meeting
from hub.digest.daily import daily
from hub.digest.queries import Day
from hub.projects.changes import register
from hub.store.client import Store
from schemas.topic import DELIBERATIONS, PROJECTS
from tests.builders.stored import keep
from tests.builders.town import NOON, VILLAGE
from tests.hub.deliberations.built import DETAILS, call, change, folded
from tests.hub.projects.built import DETAILS as PROJECT

DUE = date(2026, 3, 10)


def titles(store: Store, day: date) -> list[str]:
    """Return the titles of the sections of a digest, written a month later."""
    document = daily(store.named, Day(day, datetime(2026, 4, 20, tzinfo=UTC)))
    return [item.title for item in document.sections if "超期" in item.title and "、" in item.title]


def test_a_topic_that_nobody_called_is_named_until_somebody_does(store: Store) -> None:
    """A digest that is written later says the same of the day."""
    store.insert("areas", ["code", "name"], [[VILLAGE, "社区"]])
    store.insert("units", ["code", "name"], [["U-V", "社区居委会"]])
    records = [put_on_agenda(DETAILS, "小周", NOON, due=DUE)]
    by = change(records, 12)
    records.append(call_meeting(folded(records), by, call(by, day=date(2026, 5, 1))))
    keep(store, DELIBERATIONS.name, *records)
    assert "八、议事超期" not in titles(store, DUE)
    assert "八、议事超期" in titles(store, DUE + timedelta(days=2))
    assert "八、议事超期" not in titles(store, DUE + timedelta(days=5))
    document = daily(store.named, Day(date(2026, 3, 12), datetime(2026, 4, 20, tzinfo=UTC)))
    (section,) = [item for item in document.sections if "议事" in item.title]
    assert section.words == ("日终有1个议题的步骤超期。",)
    assert section.table is not None
    assert section.table.rows == (
        ("村口停车难怎么办", "社区", "社区居委会", "议题", "2026-03-10", "2天"),
    )


def test_projects_come_first_and_both_are_numbered(store: Store) -> None:
    """No number is left out."""
    keep(store, DELIBERATIONS.name, put_on_agenda(DETAILS, "小周", NOON, due=DUE))
    keep(store, PROJECTS.name, register(PROJECT, "小周", NOON, due=DUE))
    late = titles(store, DUE + timedelta(days=2))
    assert late[-2:] == ["八、村居项目超期", "九、议事超期"]
