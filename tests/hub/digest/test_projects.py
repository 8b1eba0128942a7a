"""Overdue stages of projects in the daily digest: as they stood at the end of the day."""

from datetime import UTC, date, datetime, timedelta

from hub.digest.daily import daily
from hub.digest.document import Document
from hub.digest.queries import Day
from hub.projects.changes import finish_stage, register
from hub.store.client import Store
from schemas.numbered import Paper
from schemas.topic import PROJECTS
from tests.builders.stored import keep
from tests.builders.town import NOON, VILLAGE
from tests.hub.projects.built import DETAILS, SHOWN, change, folded

DUE = date(2026, 3, 10)


def sections(document: Document) -> list[str]:
    """Return what the section of projects says; nothing if there is none."""
    return [" ".join(item.words) for item in document.sections if "村居项目" in item.title]


def digest(store: Store, day: date) -> Document:
    """Return the digest of a day, written a month later."""
    return daily(store.named, Day(day, datetime(2026, 4, 20, tzinfo=UTC)))


def test_a_stage_is_named_from_the_day_after_until_it_is_done(store: Store) -> None:
    """A digest that is written later says the same of the day."""
    store.insert("areas", ["code", "name"], [[VILLAGE, "社区"]])
    store.insert("units", ["code", "name"], [["U-V", "社区居委会"]])
    records = [register(DETAILS, "小周", NOON, due=DUE)]
    papers = (Paper(photo=SHOWN),)
    records.append(
        finish_stage(folded(records), change(records, 12), papers=papers, due=date(2026, 5, 1))
    )
    keep(store, PROJECTS.name, *records)
    assert sections(digest(store, DUE)) == []
    assert sections(digest(store, DUE + timedelta(days=2))) == ["日终有1个项目的阶段超期。"]
    assert sections(digest(store, DUE + timedelta(days=5))) == []
    document = digest(store, DUE + timedelta(days=2))
    (table,) = [item.table for item in document.sections if "村居项目" in item.title]
    assert table is not None
    assert table.rows == (("村口道路硬化", "社区", "社区居委会", "提议", "2026-03-10", "2天"),)
