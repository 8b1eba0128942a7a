"""A member who means harm: opens whom he may not, tries numbers, hides what he does."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from hub.accounts.staff import StaffRole, add_member, set_register_right
from hub.sql.roles import SHOWN
from hub.store.client import Store
from schemas.registers.person_class import PersonClass
from tests.builders.register_files import id_number
from tests.hub.workbench.register_pages.office import (
    CARED,
    TODAY,
    code,
    enter,
    fill,
    look,
)
from tests.hub.workbench.site import HTML, Site, serve

TOWNSHIP = "421299001"


@pytest.mark.parametrize("role", [StaffRole.CITY, StaffRole.AUDITOR, StaffRole.GRID_WORKER])
def test_no_role_opens_anybody(store: Store, tmp_path: Path, role: StaffRole) -> None:
    """Neither form nor list answers; an auditor has no right even if the file says so."""
    fill(store)

    async def talk(site: Site) -> None:
        unit = "W1" if role is StaffRole.GRID_WORKER else ""
        await site.log_in("某人", role, unit)
        if role is not StaffRole.CITY:
            await enter(site, *CARED, name="某人", role=role, unit=unit)
        assert "王小明" not in await look(site, 1, 403)
        path = "/work/registers?grid=G1&class=cared.lives_alone"
        if role is StaffRole.GRID_WORKER:
            assert await site.redirect(path) == "/patrol"
        else:
            await site.page(path, 403)
        assert not [line for line in site.audit() if line[0] == "register_look"]

    serve(store, tmp_path, talk)


def test_absent_and_forbidden_have_the_same_answer(store: Store, tmp_path: Path) -> None:
    """Nobody of this number, another class, another area, dead: one text, one status."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        pages = {(await look(site, number, 404)).replace(site.csrf, "") for number in (9, 2, 4, 6)}
        assert len(pages) == 1
        what = [line[0] for line in site.audit() if line[0].startswith("register")]
        assert what == ["register_miss"] * 4

    serve(store, tmp_path, talk)


def test_trying_neighbouring_numbers_ends_after_a_few(store: Store, tmp_path: Path) -> None:
    """The next look is refused, even at a person whom he may open; the audit is what counts."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        for number in range(20, 25):
            await look(site, number, 404)
        assert "王小明" not in await look(site, 1, 429)
        assert site.audit()[-1][0] == "register_refused"

    async def again(site: Site) -> None:
        await enter(site, *CARED)
        await look(site, 1, 429)

    serve(store, tmp_path, talk)
    # Another process: a restart does not begin a new day.
    serve(store, tmp_path, again)


def test_requests_at_once_do_not_pass_the_limit(store: Store, tmp_path: Path) -> None:
    """Of ten at once as many are answered as the limit allows."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        fields = {"number": id_number(1), "purpose": "visit"}
        answers = await asyncio.gather(*(site.send("/work/registers", **fields) for _ in range(10)))
        assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 7

    serve(store, tmp_path, talk, register_looks=3)


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("", ""),
        ("1", ""),
        ("other", "1"),
        ("other", "。。。。。"),
        ("verify", "111111"),
        ("emergency", "哈哈哈哈"),
        ("look", "需要查看一下情况"),
    ],
)
def test_a_purpose_is_one_of_the_list_and_has_words(
    store: Store, tmp_path: Path, purpose: str, words: str
) -> None:
    """Else nothing is opened, and the refusal is in the audit."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        assert "王小明" not in await look(site, 1, 400, purpose=purpose, words=words)
        assert site.audit()[-1][0] == "register_refused"

    serve(store, tmp_path, talk)


def test_a_link_that_is_passed_on_opens_nothing(store: Store, tmp_path: Path) -> None:
    """A person has no address: only a form with the token of the session opens one.

    Nor does a link list a grid: it would use up the lists of whoever follows it.
    """
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        await look(site, 1)
        for query in (f"number={id_number(1)}", f"code={code(1)}&purpose=visit"):
            answer = await site.client.get(f"/work/registers?{query}", headers=HTML)
            assert answer.status == 400
            assert "王小明" not in await answer.text()
        path, sent = "/work/registers?grid=G1&class=cared.lives_alone", site.audit()
        for site_of_link in ("none", "cross-site"):
            headers = HTML | {"Sec-Fetch-Site": site_of_link}
            answer = await site.client.get(path, headers=headers)
            assert answer.status == 200
            assert 'name="code"' not in await answer.text()
        assert site.audit() == sent
        assert 'name="code"' in await site.page(path)
        site.csrf = "x"
        assert "王小明" not in await look(site, 1, 400)

    serve(store, tmp_path, talk)


def test_a_code_of_another_area_or_class_opens_nobody(store: Store, tmp_path: Path) -> None:
    """A hidden field is no right: it is checked like a number."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        for number in (2, 4):
            answer = await site.send("/work/registers", code=code(number), purpose="visit")
            assert answer.status == 404
        page = await site.page("/work/registers?grid=G3&class=cared.lives_alone")
        assert 'name="code"' not in page
        await site.page("/work/registers?grid=G1&class=key.drug_use", 403)

    serve(store, tmp_path, talk)


def test_the_right_for_cared_for_persons_is_none_for_key_persons(
    store: Store, tmp_path: Path
) -> None:
    """And the other way round; each shows its own classes only."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, PersonClass.DRUG_USE)
        page = await look(site, 2)
        assert "吸毒人员" in page
        await look(site, 5, 404)
        assert "独居" not in await look(site, 1)

    serve(store, tmp_path, talk)


def test_a_right_ends_with_its_day_and_with_another_office(store: Store, tmp_path: Path) -> None:
    """Also in an open session; a member who is added again in another office has none."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED, until=TODAY - timedelta(days=1))
        await look(site, 1, 403)
        await enter(site, *CARED)
        await look(site, 1)
        set_register_right(site.settings, "主任", None)
        await look(site, 1, 403)
        await enter(site, *CARED)
        add_member(site.settings, "主任", "township", "U-T", "")
        await site.log_in("主任", StaffRole.TOWNSHIP, "U-T")
        await look(site, 1, 403)

    serve(store, tmp_path, talk)


def test_nothing_is_shown_that_the_audit_cannot_have(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store refuses the line: the page is an error without the person."""
    fill(store)
    insert = store.insert

    def refuse(table: str, *arguments: Any) -> None:
        if table == "audit":
            raise OperationalError("the disk is full")
        insert(table, *arguments)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        monkeypatch.setattr(store, "insert", refuse)
        page = await look(site, 1, 503)
        assert "王小明" not in page
        monkeypatch.setattr(store, "insert", insert)

    serve(store, tmp_path, talk)


def test_staff_cannot_select_people_or_their_visits() -> None:
    """Neither the register nor what follows it is on the list of what SQL shows."""
    assert not SHOWN & {"people", "people_followed", "person_visits", "visits_of_people"}


def test_words_cannot_turn_the_line_of_the_audit(store: Store, tmp_path: Path) -> None:
    """Signs that reverse or hide text are taken off, and no words are a class or a grid."""
    fill(store)

    async def talk(site: Site) -> None:
        await enter(site, *CARED)
        words = "核实\u202e路灯\x00诉求\u2066 class=key.cult grid=G9"
        await look(site, 1, purpose="verify", words=words)
        detail = site.audit()[-1][4]
        assert detail.endswith("purpose=verify 核实 路灯 诉求 class=key.cult grid=G9")
        await site.log_in("审计员", StaffRole.AUDITOR)
        page = await site.page("/work/registers/looks")
        assert "涉邪教人员" not in page
        assert "一网格（G1）" in page

    serve(store, tmp_path, talk)
