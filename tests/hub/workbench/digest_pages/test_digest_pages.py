"""The pages behind a digest: the same cases as its numbers, and only those a viewer may see."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.digest.daily import daily
from hub.digest.pages import Pages
from hub.digest.queries import Day
from hub.store.client import Store
from hub.store.registers import store_registers
from hub.workbench.digest_pages.query import LISTS
from schemas.base import BEIJING
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from schemas.town.patrol import Patrols
from streams.case.state import Effects, PartitionState
from streams.steps import event as receive
from tests.builders.stored import keep
from tests.builders.town import REGISTER, TOWN, event
from tests.hub.workbench.site import Site, latin_words, serve

YESTERDAY = (datetime.now(UTC).astimezone(BEIJING) - timedelta(days=1)).date()
Talk = Callable[[Site], Awaitable[None]]


def fill_yesterday(store: Store) -> None:
    """Store six reports of yesterday: five of one place, one confidential."""
    store_registers(store, TOWN, Patrols((), (), (), ()), datetime.now(UTC))
    state, documents, all_effects = PartitionState(), list[UnifiedEvent](), list[Effects]()
    at = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 10, tzinfo=BEIJING)
    for number in range(6):
        document = event(
            f"n{number}",
            category="facility.streetlight",
            name="幸福小区",
            reporter=f"r{number}",
            content="幸福小区门口的路灯不亮" if number < 5 else "举报人的机密",
        )
        changes = {"received_at": at, "occurred_at": at, "confidential": number == 5}
        document = document.model_copy(update=changes)
        effects = receive.step(state, document, REGISTER)
        state.apply(effects)
        documents.append(document)
        all_effects.append(effects)
    keep(store, EVENTS.name, *documents)
    keep(store, CASES.name, *(entry for each in all_effects for entry in each.case_events))
    keep(store, DISPOSITIONS.name, *(each.disposition for each in all_effects if each.disposition))


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with the reports of `fill_yesterday`."""
    fill_yesterday(store)
    return store


def test_every_link_of_a_digest_leads_to_a_page(filled: Store, tmp_path: Path) -> None:
    """The lists of figures, conclusions and tables exist, and are in Chinese."""
    document = daily(filled.named, Day(YESTERDAY, datetime.now(UTC)), Pages("/"))
    links = [figure.url for figure in document.figures]
    links += [conclusion.url for conclusion in document.conclusions if conclusion.url]
    links += [page.url for section in document.sections for page in section.pages]
    lists = {link for link in links if link.startswith("/work/digest/")}
    assert len(lists) >= 4

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        for link in sorted(lists):
            assert latin_words(await site.page(link)) == []

    serve(filled, tmp_path, talk)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_can_be_asked_for(filled: Store, tmp_path: Path, name: str) -> None:
    """A list without rows says so; filters that it does not use change nothing."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        page = await site.page(f"/work/digest/{YESTERDAY}/{name}?unit=&place=幸福小区&grid=G1")
        assert LISTS[name].title in page
        assert re.search(r"没有您可以看的事项|data-item=", page)

    serve(filled, tmp_path, talk)


def test_a_list_has_the_cases_of_its_number(filled: Store, tmp_path: Path) -> None:
    """What opened yesterday is listed; the text of a confidential case is not."""
    (row,) = filled.named(
        "SELECT uniqExact(case_id) AS cases FROM case_events WHERE move = 'open'", {}
    )

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        page = await site.page(f"/work/digest/{YESTERDAY}/opened")
        assert page.count("data-item=") == row["cases"]
        assert "机密" not in page
        day = await site.page(f"/work/digest/{YESTERDAY}")
        assert f'/work/digest/{YESTERDAY}/opened">{row["cases"]}件</a>' in day
        assert latin_words(day) == []
        paper = await site.client.get(f"/work/digest/{YESTERDAY}/paper")
        assert (await paper.read()).startswith(b"%PDF-")

    serve(filled, tmp_path, talk)


def test_others_see_lists_of_their_own_and_no_digest(filled: Store, tmp_path: Path) -> None:
    """A unit without these cases sees none of them; the whole county is for city and auditor."""

    async def talk(site: Site) -> None:
        await site.log_in("小王", StaffRole.UNIT, "U-C")
        assert "没有您可以看的事项" in await site.page(f"/work/digest/{YESTERDAY}/opened")
        for path in (
            f"/work/digest/{YESTERDAY}",
            f"/work/digest/{YESTERDAY}/paper",
            "/work/digest",
        ):
            assert (await site.client.get(path, allow_redirects=False)).status == 403

    serve(filled, tmp_path, talk)


@pytest.mark.parametrize("path", ["2999-01-01", "1999-01-01", "today", "2026-13-01/open", "x/y"])
def test_a_day_that_is_none_is_not_found(store: Store, tmp_path: Path, path: str) -> None:
    """So is a list that no digest has, and an unknown filter is refused."""

    async def talk(site: Site) -> None:
        await site.log_in("小周", StaffRole.CITY)
        await site.page(f"/work/digest/{path}", 404)
        await site.page(f"/work/digest/{YESTERDAY}/nothing", 404)
        await site.page(f"/work/digest/{YESTERDAY}/open?colour=red", 400)

    serve(store, tmp_path, talk)
