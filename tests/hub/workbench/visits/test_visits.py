"""The page of visits by class: due and overdue by grid, worker, township and class."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.publish.followed import follow_people
from hub.store.client import Store
from hub.store.registers import store_registers
from schemas.topic import EVENTS
from schemas.town.patrol import Patrols, Posting
from tests.builders.register_files import person
from tests.builders.stored import keep
from tests.builders.town import TOWN
from tests.hub.publish.test_followed import CHANGES, LONG_AGO, PLANS, TODAY, visit
from tests.hub.registers.test_load import Office
from tests.hub.workbench.site import Site, latin_words, serve

WORKERS = (
    Posting(code="W2", grid_code="G1", kind="part_time"),
    Posting(code="W1", grid_code="G1"),
    Posting(code="W0", grid_code="G1", until=date(2021, 1, 1)),
)


@pytest.fixture
def visited(store: Store, tmp_path: Path) -> Store:
    """Return a store with six people who live alone: five in G1, of whom one was visited."""
    store_registers(store, TOWN, Patrols(WORKERS, (), PLANS, (1, 2)), datetime.now(UTC))
    store.command("ALTER TABLE people_followed MODIFY COMMENT ''")
    people = [person(each, "G1", "独居老人") for each in range(1, 6)]
    Office(store, tmp_path).load([*people, person(6, "G2", "独居老人|残疾人")])
    follow_people(store, LONG_AGO)
    keep(store, EVENTS.name, visit(1, TODAY))
    return store


def test_each_grid_has_its_worker_and_numbers(visited: Store, tmp_path: Path) -> None:
    """A person counts once; the full-time worker of today is responsible."""
    rows = visited.rows(
        "SELECT grid_code, worker, people, done, due, overdue FROM visits_by_grid"
        " ORDER BY grid_code"
    )
    assert rows == [("G1", "W1", 5, 1, 0, 4), ("G2", "", 1, None, None, None)]
    rows = visited.rows("SELECT township, class, people, done, overdue FROM visits_by_township")
    assert sorted(rows) == [
        ("421299001", "cared.disabled", 1, None, None),
        ("421299001", "cared.lives_alone", 6, None, None),
    ]

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/visits")
        label = '<span class="label">应访</span>5'
        for shown in ("一网格", "W1", "无人负责", "不足 5 人，不显示", "独居老人", label):
            assert shown in page
        assert set(latin_words(page)) <= {"alone", "weekly", "disabled", "monthly"}
        assert "没有按人员类别的走访计划" in await site.page("/work/visits?area=999")

    serve(visited, tmp_path, talk)


def test_a_total_gives_away_nobody(visited: Store, tmp_path: Path) -> None:
    """Whoever subtracts what is shown from a total learns nothing of one to four people."""
    more = [person(each, "G2", "独居老人") for each in range(7, 11)]
    Office(visited, tmp_path).load([*more, person(11, "G2", "残疾人")], CHANGES)
    follow_people(visited, LONG_AGO)
    rows = visited.rows("SELECT grid_code, people, done FROM visits_by_grid ORDER BY grid_code")
    assert rows == [("G1", 5, 1), ("G2", 6, None)]
    rows = visited.rows("SELECT class, people, done FROM visits_by_township ORDER BY class")
    assert rows == [("cared.disabled", 2, None), ("cared.lives_alone", 10, 1)]


def test_a_unit_has_no_such_page(visited: Store, tmp_path: Path) -> None:
    """It has cases, and no area."""

    async def talk(site: Site) -> None:
        await site.log_in("局长", StaffRole.UNIT, "U-C")
        await site.page("/work/visits", 403)

    serve(visited, tmp_path, talk)
