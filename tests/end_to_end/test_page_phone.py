"""The phone page in a browser: records wait on the phone without network, and arrive once."""

import pytest
from playwright.sync_api import Page, expect

from hub.accounts.staff import add_member
from tests.end_to_end.page import PASSWORD, Opens, rows, save_screenshot, serious_findings
from tests.end_to_end.running import Hub, await_true

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

WORKER, GRID = "W001001001-1", "429999001001001"
TEXT = "东门农贸市场门口井盖破损"
SENT = f"SELECT native_id, grid_code, attachments FROM events WHERE worker = '{WORKER}'"
DRAWN_PHOTO = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 2400; canvas.height = 1800;
  canvas.getContext("2d").fillRect(10, 10, 500, 500);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const files = new DataTransfer();
  files.items.add(new File([blob], "photo.png", { type: "image/png" }));
  const input = document.querySelector("input[name=photos]");
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}"""
"""Chooses a photo as a person does, larger than what may be sent."""


def log_in(page: Page, name: str) -> None:
    """Log in at the overview, which leads a grid worker to his page."""
    page.fill("#login-form [name=name]", name)
    page.fill("#login-form [name=password]", PASSWORD)
    page.click("#login-form button")
    page.wait_for_url("**/patrol")
    expect(page.locator("[data-duties] summary").first).to_be_visible()


def test_a_record_made_without_network_arrives_once(hub: Hub, page_of: Opens) -> None:
    """The page opens from the phone, keeps the record with its photo, and sends it later."""
    add_member(hub.settings, "小李", "grid_worker", WORKER, PASSWORD)
    page = page_of("", "phone", may_lose=True)
    log_in(page, "小李")
    save_screenshot(page, "patrol-phone")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    expect(page.locator("[data-who]")).to_contain_text("小李")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-net]")).to_contain_text("没有网络")
    expect(page.locator("[data-duties] summary").first).to_be_visible()
    page.click("[data-open=report]")
    page.evaluate(DRAWN_PHOTO)
    expect(page.locator("[data-thumbs] canvas")).to_have_count(1)
    page.fill("textarea[name=text]", TEXT)
    assert serious_findings(page) == []
    page.click("button.main")
    expect(page.locator("[data-queue]")).to_contain_text(TEXT)
    expect(page.locator("[data-waiting]")).to_have_text("1")
    save_screenshot(page, "patrol-waiting")
    page.context.set_offline(False)
    page.click("[data-send]")
    expect(page.locator("[data-queue]")).to_contain_text("全部已送达")
    await_true(lambda: len(rows(hub, f"{SENT} AND content = '{TEXT}'")) == 1, "it is stored")
    (event,) = rows(hub, f"{SENT} AND content = '{TEXT}'")
    assert event["native_id"].startswith(f"{WORKER}-")
    assert (event["grid_code"], event["attachments"]) == (GRID, 1)
    for tab in ("round", "cases", "queue"):
        page.click(f"[data-open={tab}]")
        assert serious_findings(page) == []


def test_a_duty_is_done_with_two_presses(hub: Hub, page_of: Opens) -> None:
    """The check of today's round is filled in, sent, and counted as done."""
    add_member(hub.settings, "小赵", "grid_worker", WORKER, PASSWORD)
    page = page_of("", "phone", may_lose=True)
    log_in(page, "小赵")
    page.locator("[data-duties] li:not(.done) button", has_text="打卡").first.click()
    page.click("button.main")
    expect(page.locator("[data-queue]")).to_contain_text("全部已送达")
    done = f"{SENT} AND kind = 'patrol_check' AND startsWith(native_id, '{WORKER}-')"
    await_true(lambda: len(rows(hub, done)) >= 1, "the check is stored")
    page.click("[data-open=queue]")
    page.click("[data-send]")
    page.click("[data-open=round]")
    expect(page.locator("[data-duties] li.done").first).to_be_attached()
