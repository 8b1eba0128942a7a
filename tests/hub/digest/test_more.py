"""Late service items and the burden of the month in the daily digest, as at the end of the day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.digest.daily import daily
from hub.digest.document import Document, Section
from hub.digest.queries import Day
from hub.projects.changes import register
from hub.store.client import Store
from schemas.reports.service import ServiceStage as S
from schemas.topic import PROJECTS
from schemas.town.lists import TaskKind
from schemas.town.task import Ruling
from tests.builders.service import keep_stages, stage
from tests.builders.stored import keep
from tests.builders.tasks import keep_task, task_of
from tests.builders.town import NOON
from tests.hub.projects.built import DETAILS

DAY = date(2026, 3, 27)


def digest(store: Store, day: date) -> Document:
    """Return the digest of a day, written in April."""
    return daily(store.named, Day(day, datetime(2026, 4, 20, tzinfo=UTC)))


def section(document: Document, words: str) -> Section | None:
    """Return the section with words in its title."""
    return next((each for each in document.sections if words in each.title), None)


def test_late_items_are_counted_by_item_and_department(store: Store) -> None:
    """What was decided that day, stands still or is within its promise is not late."""
    keep_stages(
        store,
        stage("1", S.ACCEPTED, "03-02", promised_days=3),
        stage("2", S.ACCEPTED, "03-02", promised_days=3),
        stage("2", S.DECIDED, "03-27 15:00", promised_days=3),
        stage("3", S.ACCEPTED, "03-02", promised_days=3),
        stage("3", S.CORRECTION, "03-04", promised_days=3),
        stage("4", S.ACCEPTED, "03-26", promised_days=30),
        stage("5", S.ACCEPTED, "03-02", promised_days=3),
        stage("5", S.WITHDRAWN, "03-20", promised_days=3),
        stage("6", S.ACCEPTED, "03-09", promised_days=3),
        stage("6", S.DECIDED, "03-28", promised_days=3),
    )
    late = section(digest(store, DAY), "政务服务办件超期")
    assert late is not None
    assert late.title.startswith("八、")
    assert late.words == ("日终有2件办件超过承诺时限没有办结。",)
    assert late.table is not None
    assert late.table.rows == (("社保卡补换", "人社局", "2", "2026-03-05", "22天"),)
    day_before = section(digest(store, DAY - timedelta(days=1)), "政务服务办件超期")
    assert day_before is not None
    assert day_before.words == ("日终有3件办件超过承诺时限没有办结。",)


def test_the_burden_is_that_of_the_month_up_to_the_day(store: Store) -> None:
    """Tasks of the month before and of later days do not count; the index divides by the units."""
    store.insert(
        "units",
        ["code", "name", "tier"],
        [["U-C", "城管局", "county"], ["U-V", "甲村", "village"], ["U-T", "乙镇", "township"]],
    )
    keep_task(store, task_of("台账一", date(2026, 3, 2)))
    keep_task(store, task_of("检查一", DAY, ruling=Ruling.ADMITTED, kind=TaskKind.INSPECTION))
    keep_task(store, task_of("检查二", DAY, ruling=Ruling.TO_COUNTY, kind=TaskKind.INSPECTION))
    keep_task(store, task_of("会议一", DAY, ruling=Ruling.REFUSED, kind=TaskKind.MEETING))
    keep_task(store, task_of("台账二", date(2026, 2, 27)))
    keep_task(store, task_of("台账三", date(2026, 3, 28)))
    burden = section(digest(store, DAY), "下派任务")
    assert burden is not None
    assert burden.words == (
        "本月至当日下派任务4项（当日3项），准入2项，退回1项，1项等候县里决定；减负指数6.00。",
    )
    assert burden.table is not None
    assert burden.table.rows == (("城管局", "4", "2", "1", "1", "12"),)


@pytest.mark.parametrize("with_projects", [False, True])
def test_a_city_without_such_data_has_no_such_sections(store: Store, with_projects: bool) -> None:
    """The numbers of the sections go on without a gap."""
    numbers = [title.partition("、")[0] for title in _titles(digest(store, DAY))]
    assert numbers == list("一二三四五六七")
    if with_projects:
        keep(store, PROJECTS.name, register(DETAILS, "小周", NOON, due=date(2026, 3, 10)))
    keep_task(store, task_of("台账一", DAY))
    titles = _titles(digest(store, DAY))[7:]
    assert titles == (
        ["八、村居项目超期", "九、下派任务与减负"] if with_projects else ["八、下派任务与减负"]
    )


def _titles(document: Document) -> list[str]:
    return [each.title for each in document.sections]
