"""The pages of ratings: the list of what may be rated, the form, and the table of the year."""

from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.ratings.publish import publish_due
from hub.store.client import Store
from schemas.cases.case import Move
from tests.hub.ratings.test_publish import (
    IN_MARCH,
    RULES,
    store_evaluations,
    store_ratings,
    store_units,
)
from tests.hub.workbench.ratings.whistled import (
    RATINGS,
    form,
    give_key,
    whistle_seq,
    whistled_case,
)
from tests.hub.workbench.site import Site, latin_words, serve


def test_a_township_rates_the_department_that_it_had_called(store: Store, tmp_path: Path) -> None:
    """The list and the page of the case have the form; the rating is stored, the line is marked."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/ratings")
        assert f'name="seq" value="{whistle_seq(case)}"' in page
        for text in ("城管局", case.number, "吹哨", "是否及时", "基本满意"):
            assert text in page, text
        assert not latin_words(page.replace(case.number, ""))
        assert "评价部门" in await site.page(f"/cases/{case.number}")
        sent = await site.send("/work/ratings", **form(case), next=f"/cases/{case.number}")
        assert (sent.status, sent.headers["Location"]) == (303, f"/cases/{case.number}")
        assert store.rows(RATINGS) == [("U-C", True, False, "poor", 1)]
        assert "已评价" in await site.page("/work/ratings")

    serve(store, tmp_path, talk)


def test_a_rating_is_given_again_and_counts_once(store: Store, tmp_path: Path) -> None:
    """The last one counts; the form does not show the earlier one."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        await site.send("/work/ratings", **form(case))
        page = await site.page("/work/ratings")
        assert "selected" not in page
        assert "重新评价" in page
        again = await site.send("/work/ratings", **form(case, solved="yes", grade="good"))
        assert again.status == 303
        assert store.rows(RATINGS) == [("U-C", True, True, "good", 2)]

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("in_time", "", "请回答是否及时"),
        ("solved", "maybe", "请回答是否解决"),
        ("grade", "5", "请选择满意、基本满意或不满意"),
    ],
)
def test_an_incomplete_form_is_refused(
    store: Store, tmp_path: Path, field: str, value: str, problem: str
) -> None:
    """The page says which question has no answer, and nothing is stored."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        answer = await site.send("/work/ratings", **form(case, **{field: value}))
        assert answer.status == 400
        assert problem in await answer.text()
        assert store.rows(RATINGS) == []

    serve(store, tmp_path, talk)


def test_an_open_case_is_not_offered(store: Store, tmp_path: Path) -> None:
    """As long as the case is not settled there is nothing to rate."""
    case = whistled_case(store, (Move.ACCEPT, Move.WHISTLE, Move.ARRIVE))

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "没有可以评价的部门" in await site.page("/work/ratings")
        assert "评价部门" not in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_a_whistle_of_a_confidential_case_is_rated(store: Store, tmp_path: Path) -> None:
    """By the unit that asked, as in any other case, and by no other unit of its area."""
    case = whistled_case(store, confidential=True)

    async def talk(site: Site) -> None:
        give_key(site.settings)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-V")
        assert "没有可以评价的部门" in await site.page("/work/ratings")
        await site.log_in("综合办", StaffRole.TOWNSHIP, "U-T")
        page = await site.page("/work/ratings")
        assert case.number in page
        answer = await site.send("/work/ratings", **form(case))
        assert answer.status == 303

    serve(store, tmp_path, talk)


def test_without_a_key_nothing_is_rated(store: Store, tmp_path: Path) -> None:
    """The page of the case is shown; a rating is refused, because nothing could recognise it."""
    case = whistled_case(store)

    async def talk(site: Site) -> None:
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert "评价部门" not in await site.page(f"/cases/{case.number}")
        assert (await site.send("/work/ratings", **form(case))).status == 409
        assert store.rows(RATINGS) == []

    serve(store, tmp_path, talk)


def test_the_table_of_the_year_is_for_all_offices(store: Store, tmp_path: Path) -> None:
    """City and township see all departments, a department its own line."""
    store_units(store)
    store_ratings(store, 202602, "AABBC")
    store_evaluations(store, True, True, True, True, False)
    publish_due(store, RULES, IN_MARCH)

    async def talk(site: Site) -> None:
        for name, role, unit in (
            ("主任", StaffRole.CITY, ""),
            ("审计员", StaffRole.AUDITOR, ""),
            ("镇长", StaffRole.TOWNSHIP, "U-T"),
        ):
            await site.log_in(name, role, unit)
            page = await site.page("/work/department-ratings")
            for text in ("2026年", "截至2026年2月底", "90%", "80%", "不足5件"):
                assert text in page, text
            assert page.count("<tr>") == 3
            assert not latin_words(page.replace("U-D", ""))
        await site.log_in("局长", StaffRole.UNIT, "U-C")
        page = await site.page("/work/department-ratings?year=2026")
        assert "城管局" in page
        assert page.count("<tr>") == 2
        await site.page("/work/department-ratings?year=x", status=400)
        assert "还没有公布" in await site.page("/work/department-ratings?year=2025")

    serve(store, tmp_path, talk)
