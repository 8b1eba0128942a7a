"""The bell: who sees which notices, and what is new to whom."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from hub.accounts.staff import StaffRole
from hub.notifications.notices.entries import NoticeEntries
from hub.notifications.notices.notice import Notice, NoticeKind
from hub.notifications.notices.queue import NoticeQueue
from hub.notifications.notices.rules import PAGE, NoticeRules, Rule
from hub.store.client import Store
from tests.hub.notifications.cases import entries_of
from tests.hub.workbench.site import Site, latin_words, serve


def notice(title: str, unit: str, area: str = "421299001001") -> Notice:
    """Return a notice about some case."""
    return Notice(
        notice_id=uuid4(),
        kind=NoticeKind.RED,
        case_id=uuid4(),
        number="20260302-00001",
        at=datetime.now(UTC),
        title=title,
        units=(unit,),
        area=area,
    )


def test_a_rule_for_the_page_needs_no_receiver(tmp_path: Path) -> None:
    """Its notices are there at once, wait for nobody, and count once."""
    queue = NoticeQueue(tmp_path / "notices.db")
    rules = NoticeRules(rules=(Rule(to=PAGE, when=(NoticeKind.NEW,)),))
    now = datetime.now(UTC)
    entries = [entry.model_copy(update={"at": now}) for entry in entries_of()]
    taken = NoticeEntries(queue, lambda: rules)
    assert [taken.take(entries), taken.take(entries)] == [1, 0]
    assert queue.waiting() == {}
    assert [shown.kind for _, shown in queue.shown(0, 9)] == [NoticeKind.NEW]
    queue.close()


def test_everybody_sees_what_concerns_him_and_what_is_new(store: Store, tmp_path: Path) -> None:
    """A unit sees its own, a township its area, the city all; the count falls after a look."""
    queue = NoticeQueue(tmp_path / "notices.db")
    queue.show([notice("本所的", "U-T"), notice("别县的", "U-C", "999999")])

    async def unseen(site: Site) -> int:
        return int((await (await site.client.get("/work/live")).json())["queues"]["notices"])

    async def talk(site: Site) -> None:
        for name, role, unit, titles in (
            ("所长", StaffRole.UNIT, "U-T", {"本所的"}),
            ("镇长", StaffRole.TOWNSHIP, "U-T", {"本所的"}),
            ("局长", StaffRole.UNIT, "U-C", {"别县的"}),
            ("张主任", StaffRole.CITY, "", {"本所的", "别县的"}),
        ):
            await site.log_in(name, role, unit)
            assert await unseen(site) == len(titles)
            page = await site.page("/work/notices")
            assert {title for title in ("本所的", "别县的") if title in page} == titles
            assert page.count(">新<") == len(titles)
            assert "/cases/20260302-00001" in page
            assert latin_words(page) == []
            assert await unseen(site) == 0
            assert ">新<" not in await site.page("/work/notices")
        queue.show([notice("又一件", "U-C")])
        assert await unseen(site) == 1

    serve(store, tmp_path, talk)
    queue.close()


def test_without_notices_the_page_says_who_sets_them(store: Store, tmp_path: Path) -> None:
    """The list opens no file where nothing was ever told."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        assert "由管理员在服务器上设置" in await site.page("/work/notices")
        assert not (tmp_path / "notices.db").exists()

    serve(store, tmp_path, talk)
