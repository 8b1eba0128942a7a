"""A member who means harm: rates too much, rates what is not his, or wants to know who rated."""

import json
import re
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.ratings.publish import publish_due
from hub.settings import Settings
from hub.sql.roles import base_tables_of
from hub.sql.users import VIEWS, SqlSession
from hub.store.catalogue import DATA, Theme
from hub.store.client import Store
from hub.workbench.ratings.desk import MOST_CHANGES
from schemas.cases.case import Move
from tests.hub.ratings.test_publish import IN_MARCH, RULES, store_ratings, store_units
from tests.hub.sql.conftest import answer_of, visibilities
from tests.hub.workbench.queues.test_page_counts import live
from tests.hub.workbench.ratings.whistled import (
    RATINGS,
    TO_SETTLED,
    form,
    give_key,
    whistle_seq,
    whistled_case,
)
from tests.hub.workbench.site import Site, serve

SECRET_TABLES = ("township_ratings", "asked_departments")
TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%Tree'"
VALUES = re.compile(r'(value|content|data-seq)="[^"]*"')


def test_a_township_rates_a_hundred_times(store: Store, tmp_path: Path) -> None:
    """Five are accepted, of which the last counts; the others are refused."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        statuses = [(await site.send("/work/ratings", **form(case))).status for _ in range(100)]
        assert statuses == [303] * MOST_CHANGES + [409] * (100 - MOST_CHANGES)
        assert store.rows(RATINGS) == [("U-C", True, False, "poor", MOST_CHANGES)]

    serve(store, tmp_path, talk)


def test_whoever_whistles_twice_in_a_case_rates_once(store: Store, tmp_path: Path) -> None:
    """A second whistle for the same department is no second rating."""
    case = whistled_case(store, (Move.ACCEPT, Move.WHISTLE, *TO_SETTLED[1:]))

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/ratings")
        assert page.count('<form method="post" action="/work/ratings"') == 1
        assert (await site.send("/work/ratings", **form(case))).status == 303
        first = form(case, seq=str(case.seq - 3))
        assert (await site.send("/work/ratings", **first)).status == 403

    serve(store, tmp_path, talk)


def test_two_members_of_a_unit_have_one_rating(store: Store, tmp_path: Path) -> None:
    """The rating belongs to the unit that asked: a colleague replaces it."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        for name in ("所长", "副所长"):
            await site.log_in(name, StaffRole.UNIT, "U-T")
            assert (await site.send("/work/ratings", **form(case))).status == 303
        assert store.rows(RATINGS) == [("U-C", True, False, "poor", 2)]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("role", "unit", "status"),
    [
        # The city did not ask, and rates nothing.
        (StaffRole.CITY, "", 403),
        (StaffRole.AUDITOR, "", 403),
        # The department itself, a community of the same area, and a unit that may not open it.
        (StaffRole.UNIT, "U-C", 403),
        (StaffRole.TOWNSHIP, "U-V", 403),
        (StaffRole.UNIT, "U-V", 403),
    ],
)
def test_who_did_not_ask_does_not_rate(
    store: Store, tmp_path: Path, role: StaffRole, unit: str, status: int
) -> None:
    """The right comes from the entry of the case, not from the form."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("某人", role, unit)
        answer = await site.send("/work/ratings", **form(case))
        assert answer.status == status
        assert store.rows(RATINGS) == []

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "forged",
    [
        {"unit": "U-T"},
        {"unit": "U-V"},
        {"unit": ""},
        {"seq": "1"},
        {"seq": "999"},
        {"seq": "x"},
    ],
)
def test_a_forged_form_is_refused_and_audited(
    store: Store, tmp_path: Path, forged: dict[str, str]
) -> None:
    """Another entry, or a unit that was not asked: the audit has the attempt."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert (await site.send("/work/ratings", **form(case, **forged))).status == 403
        assert store.rows(RATINGS) == []
        assert ("rating_refused", "镇长") in [line[:2] for line in site.audit()]

    serve(store, tmp_path, talk)


def test_an_unsettled_case_is_not_rated_by_a_forged_form(store: Store, tmp_path: Path) -> None:
    """What the page does not offer is refused when it is sent anyway."""
    case = whistled_case(store, (Move.ACCEPT, Move.WHISTLE))

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        sent = form(case, seq=str(case.seq))
        assert (await site.send("/work/ratings", **sent)).status == 403
        assert store.rows(RATINGS) == []

    serve(store, tmp_path, talk)


def test_the_pages_of_the_department_are_the_same_before_and_after(
    store: Store, tmp_path: Path
) -> None:
    """Its officer reads the source of his pages: nothing shows that it was rated, or how."""
    case = whistled_case(store)
    addresses = (f"/cases/{case.number}", "/work/queues/open", "/work/department-ratings")

    async def talk(site: Site) -> None:
        give_key(site.settings)

        async def read() -> list[str]:
            await site.log_in("局长", StaffRole.UNIT, "U-C")
            # The count of service items comes later than the first page.
            await live(site)
            return [VALUES.sub("", await site.page(address)) for address in addresses]

        before = await read()
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert (await site.send("/work/ratings", **form(case))).status == 303
        assert await read() == before
        assert "评价部门" not in before[0]

    serve(store, tmp_path, talk)


def test_a_rating_stands_in_one_table_without_its_author(store: Store, tmp_path: Path) -> None:
    """No other table has the value; the row names neither case, township nor member.

    The audit has that the right was used.
    """
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        tables = [name for (name,) in store.rows(TABLES) if name != "township_ratings"]
        counted = {
            name: store.rows(f"SELECT count() FROM {name}") for name in tables if name != "audit"
        }
        await site.send("/work/ratings", **form(case))
        assert counted == {name: store.rows(f"SELECT count() FROM {name}") for name in counted}
        row = json.dumps(store.named("SELECT * FROM township_ratings"), default=str)
        named = (str(case.case_id), case.number, "U-T", "421299001", "镇长")
        assert [name for name in named if name in row] == []
        lines = [line for line in site.audit() if line[0] == "rating"]
        assert lines == [("rating", "镇长", "township", str(case.case_id), "")]

    serve(store, tmp_path, talk)


def test_no_view_reads_the_ratings() -> None:
    """The tables behind the figures are inner ones, which no role may query."""
    assert {DATA[name].theme for name in SECRET_TABLES} == {Theme.INNER}


def test_sql_does_not_reach_a_rating(store: Store, engine_settings: Settings) -> None:
    """No role selects from the tables, and no view reads them; the figures are for two roles."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    publish_due(store, RULES, IN_MARCH)
    base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    assert not [view for view, tables in base_tables.items() if tables & set(SECRET_TABLES)]
    for role, visibility in visibilities(store).items():
        session = SqlSession(engine_settings, visibility, f"某{role}")
        for table in SECRET_TABLES:
            for sql in (
                f"SELECT * FROM {table}",
                f"SELECT count() FROM {table}",
                f"SELECT 1 WHERE EXISTS (SELECT 1 FROM {table} WHERE unit = 'U-C')",
            ):
                assert answer_of(session, sql).startswith("Code: 497."), (role, sql)
        figures = answer_of(session, "SELECT unit, township_score FROM department_ratings")
        if role in ("city", "auditor"):
            assert sorted(figures.split("\n"))[1:] == ["U-C\t1", "U-D\t\\N"]
        else:
            assert figures.startswith("Code: 497.")
        session.close()


def test_a_rating_of_the_running_month_changes_no_figure(store: Store, tmp_path: Path) -> None:
    """An officer who looks at the table each day sees nothing when one rating comes in."""
    case = whistled_case(store)
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    publish_due(store, RULES, IN_MARCH)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        figures = "SELECT * FROM department_ratings ORDER BY unit"
        before = store.rows(figures)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert whistle_seq(case)
        assert (await site.send("/work/ratings", **form(case))).status == 303
        assert store.rows(figures) == before

    serve(store, tmp_path, talk)
