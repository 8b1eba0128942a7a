"""Saved filters and chosen columns: each member has his own."""

import re
from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.web.problem import ProblemError
from hub.workbench.queues.saved import MOST_FILTERS, checked_address, checked_name
from schemas.cases.case import Case
from tests.hub.workbench.site import Site, latin_words, serve

ADDRESS = "/work/queues/open?words=%E8%B7%AF%E7%81%AF"


def test_a_member_saves_and_removes_a_filter(
    store: Store, cases: list[Case], tmp_path: Path
) -> None:
    """The filter is a link on each queue page of this member, and of nobody else."""
    assert cases

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        saved = await site.send("/work/filters", name="路灯<b>", address=ADDRESS)
        assert (saved.status, saved.headers["Location"]) == (303, ADDRESS)
        page = await site.page("/work/queues/triage")
        assert f'href="{ADDRESS}"' in page
        assert "路灯&lt;b&gt;" in page
        await site.log_in("李科长", StaffRole.CITY)
        assert "路灯&lt;b&gt;" not in await site.page("/work/queues/triage")
        await site.log_in("张主任", StaffRole.CITY)
        await site.send("/work/filters", name="路灯<b>", remove="1")
        assert "路灯&lt;b&gt;" not in await site.page("/work/queues/triage")

    serve(store, tmp_path, talk)


def test_there_are_at_most_twenty(store: Store, tmp_path: Path) -> None:
    """A further name is refused; a known name may be saved anew. The token is checked."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        for number in range(MOST_FILTERS):
            answer = await site.send("/work/filters", name=f"第{number}个", address=ADDRESS)
            assert answer.status == 303
        assert (await site.send("/work/filters", name="再来", address=ADDRESS)).status == 400
        assert (await site.send("/work/filters", name="第3个", address=ADDRESS)).status == 303
        assert (await site.send("/work/filters", name="第3个", csrf="x")).status == 400

    serve(store, tmp_path, talk)


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/work/queues/open",
        "//other.example/work/queues/open",
        "/work/design",
        "/work/queues/../../t",
        "/work/queues/open?words=" + "x" * 1000,
        "",
    ],
)
def test_only_queue_pages_are_saved(address: str) -> None:
    """A saved address never leads elsewhere."""
    with pytest.raises(ProblemError, match="只能保存"):
        checked_address(address)


@pytest.mark.parametrize("name", ["", "   ", "长" * 21, "a\x00b"])
def test_a_filter_needs_a_name(name: str) -> None:
    """An empty, overlong or unprintable name is refused."""
    with pytest.raises(ProblemError, match="起名"):
        checked_name(name)


def test_columns_are_chosen(store: Store, cases: list[Case], tmp_path: Path) -> None:
    """Each column is a link that shows or hides it; the address keeps the choice."""
    assert cases

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/queues/open?columns=due,channels")
        heads = re.findall(r'<th scope="col">([^<]+)</th>', page)
        assert heads == ["标题", "时限", "渠道"]
        assert 'href="/work/queues/open?columns=category%2Cdue%2Cchannels"' in page
        assert 'href="/work/queues/open?columns=channels"' in page
        assert latin_words(page) == []

    serve(store, tmp_path, talk)
