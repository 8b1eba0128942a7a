"""The page of deliveries: what was sent, to whom, with which answer, and sending again."""

from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.notifications.webhooks.entries import WebhookEntries
from hub.notifications.webhooks.queue import WebhookQueue
from hub.notifications.webhooks.subscriptions import Subscription, add_subscription
from hub.settings import Settings
from hub.store.client import Store
from tests.hub.notifications.cases import entries_of
from tests.hub.workbench.site import Site, latin_words, serve

NOTICES = """
receivers:
  值班群: {robot: wecom, url: 'https://w.example/send?key=topsecret', quiet: '20:00-07:30'}
rules:
  - {to: 值班群, when: [urgent]}
"""


def filled_queue(folder: Path) -> WebhookQueue:
    """Return a queue with three messages: delivered, given up, and waiting after a failure."""
    settings = Settings(data=folder)
    (folder / "notices.yaml").write_text(NOTICES, "utf-8")
    model = Subscription("志愿平台", "https://app.example/hook?key=topsecret", (), unit="U-T")
    added = add_subscription(settings, model)
    queue = WebhookQueue(folder / "webhooks.db")
    everything = Subscription(added.name, added.url, added.secrets)
    WebhookEntries(queue, lambda: [everything]).take(entries_of())
    (first,) = queue.due(added.name, 1e10, 1)
    queue.end([first], reason="HTTP 204")
    (second,) = queue.due(added.name, 1e10, 1)
    queue.end([second], dead=True, reason="HTTP 500")
    (third,) = queue.due(added.name, 1e10, 1)
    queue.later([third], 1.8e9, "HTTP 503", failed=True)
    queue.disable(added.name, "HTTP 503")
    return queue


@pytest.fixture
def queue(tmp_path: Path) -> WebhookQueue:
    """Return the queue of `filled_queue`."""
    return filled_queue(tmp_path)


def test_the_page_shows_states_and_answers(
    store: Store, tmp_path: Path, queue: WebhookQueue
) -> None:
    """Names, hosts and answers, and nothing that is secret."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/deliveries?name=志愿平台")
        for text in ("已停发", "https://app.example", "城管所", "值班群", "企业微信群"):
            assert text in page
        for text in ("已送达", "已放弃", "待发", "HTTP 500", "2027", "重发"):
            assert (text in page) == (text != "2027")
        assert "topsecret" not in page
        assert "whsec" not in page
        assert set(latin_words(page)) <= {"https", "app", "example", "HTTP"}

    serve(store, tmp_path, talk)
    queue.close()


def test_the_city_sends_a_message_again_and_enables_a_receiver(
    store: Store, tmp_path: Path, queue: WebhookQueue
) -> None:
    """Both are audited; a message that waits cannot be sent again."""
    dead = next(sent for sent in queue.newest("志愿平台", 9) if sent.ended == 2)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        fields = {"name": "志愿平台", "message": str(dead.message_id)}
        assert (await site.send("/work/deliveries/replay", **fields)).status == 303
        assert (await site.send("/work/deliveries/replay", **fields)).status == 404
        assert queue.counts()["志愿平台"].waiting == 2
        assert (await site.send("/work/deliveries/enable", name="志愿平台")).status == 303
        assert queue.receivers() == {}
        assert [line[0] for line in site.audit()].count("webhook") == 3
        assert (await site.send("/work/deliveries/enable", name="别的")).status == 404
        bad = await site.send("/work/deliveries/replay", name="志愿平台", message="x")
        assert bad.status == 400

    serve(store, tmp_path, talk)
    queue.close()


def test_others_do_not_see_it_and_the_auditor_changes_nothing(
    store: Store, tmp_path: Path, queue: WebhookQueue
) -> None:
    """The page is for the city and the auditor."""

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        await site.page("/work/deliveries", 403)
        await site.log_in("审计员", StaffRole.AUDITOR)
        page = await site.page("/work/deliveries?name=志愿平台")
        assert "重发" not in page
        assert "立即恢复发送" not in page
        assert (await site.send("/work/deliveries/enable", name="志愿平台")).status == 403
        forged = await site.client.post("/work/deliveries/enable", data={"name": "志愿平台"})
        assert forged.status == 403

    serve(store, tmp_path, talk)
    queue.close()


def test_without_subscriptions_the_page_says_what_to_do(store: Store, tmp_path: Path) -> None:
    """An invalid file is named, and does not break the page."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/deliveries")
        assert "还没有其他系统订阅" in page
        assert latin_words(page) == []
        (tmp_path / "webhooks.yaml").write_text("- x")
        assert "配置文件有误" in await site.page("/work/deliveries")

    serve(store, tmp_path, talk)
